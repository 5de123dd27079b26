"""Where all parts meet."""

import gc
import os

from flask import Flask
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined

from tourism import channel, cli, desk, gate, office, visitor
from tourism.settings import Settings, read_settings
from tourism.visitor import promptly
from tourism.web import (
    assets,
    auth,
    codes,
    converters,
    db,
    errors,
    filters,
    health,
    kept,
    languages,
    limits,
    metrics,
    notices,
    pages,
    seasons,
    security,
    site,
)
from tourism.web.prompt import Site

csrf = CSRFProtect()


def create_app(settings: Settings | None = None) -> Flask:
    """The whole site. Settings come from the environment unless given."""
    settings = settings or read_settings(os.environ)
    app = Site(
        "tourism",
        static_folder=str(assets.STATIC),
        template_folder=str(assets.TEMPLATES),
        instance_path=str(settings.instance),
    )
    app.config.update(SECRET_KEY=settings.secret_key, TOURISM=settings)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    csrf.init_app(app)
    pages.init_app(app)
    converters.init_app(app)
    assets.init_app(app)
    db.init_app(app, settings.engine_url)
    kept.init_app(app)
    languages.init_app(app, settings.instance)
    filters.init_app(app)
    seasons.init_app(app)
    site.init_app(app)
    auth.init_app(app)
    codes.init_app(app, settings)
    limits.init_app(app, settings)
    errors.init_app(app)
    security.init_app(app, settings)
    metrics.init_app(app, settings)
    for blueprint in (visitor.bp, desk.bp, office.bp, gate.bp, channel.bp, health.bp, metrics.bp):
        app.register_blueprint(blueprint)
    promptly.init_app(app)
    csrf.exempt(gate.api_bp)
    for api in channel.API:
        csrf.exempt(api)
    cli.init_app(app)
    return app


def create_site() -> Flask:
    """The site as a worker of `tourism run` has it: it also tells channels of changes."""
    app = create_app()
    notices.start(app)
    # What is there now stays: looking through it for garbage would hold up all requests.
    gc.collect()
    gc.freeze()
    return app
