"""The app on both databases, its session, and the people who recur."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, g, has_app_context
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.servers import postgresql
from tourism import migrations
from tourism.app import create_app
from tourism.core.db import Base, make_engine
from tourism.settings import Settings
from tourism.web import db
from tourism.web.limits import limiter

BACKENDS = ("sqlite", "postgresql")


@pytest.fixture(scope="session", params=BACKENDS)
def app(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """The site with an empty, migrated database; each test that asks for it runs on both."""
    instance = tmp_path_factory.mktemp(request.param)
    if request.param == "sqlite":
        yield _app(instance, "")
        return
    with postgresql() as url:
        made = _app(instance, url)
        yield made
        with made.app_context():
            db.dispose()


def _app(instance: Path, url: str) -> Flask:
    made = create_app(Settings(instance=instance, database_url=url, secret_key="for tests only"))
    made.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=False, WTF_CSRF_ENABLED=False)
    made.config["KEPT_S"] = 0  # a test sees at once what it has changed
    made.test_client_class = Browser
    with made.app_context():
        migrations.upgrade(db.engine())
    return made


class Browser(FlaskClient):
    """A client whose requests share the test's session, but no more of its context: who asks, in
    which language and under which policy is found out anew each time, as on a server."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        for name in list(g if has_app_context() else ()):
            if name != "db_session":
                g.pop(name)
        return super().open(*args, **kwargs)


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A session on an emptied database, inside an app context."""
    with app.app_context():
        _empty(db.engine())
        limiter.reset()
        yield db.db_session()


@pytest.fixture
def client(app: Flask, session: Session) -> FlaskClient:
    """A browser without cookies, reading Chinese."""
    client = app.test_client()
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
    return client


@pytest.fixture
def at() -> datetime:
    """The instant at which a test happens: 9:00 in Lizhuang on a day of the cherry season."""
    return datetime(2027, 5, 30, 1, 0, tzinfo=UTC)


def _empty(engine: sa.Engine) -> None:
    tables = [table.name for table in reversed(Base.metadata.sorted_tables)]
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE")
            return
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        for name in tables:
            connection.exec_driver_sql(f"DELETE FROM {name}")


@pytest.fixture
def empty(app: Flask, tmp_path: Path) -> Iterator[sa.Engine]:
    """A database of its own without any table, on the backend of the app."""
    with app.app_context():
        server = db.engine()
    if server.dialect.name == "sqlite":
        yield make_engine(f"sqlite:///{tmp_path / 'empty.db'}")
        return
    admin = server.execution_options(isolation_level="AUTOCOMMIT")
    _on_server(admin, "DROP DATABASE IF EXISTS tourism_migrations")
    _on_server(admin, "CREATE DATABASE tourism_migrations")
    url = server.url.set(database="tourism_migrations").render_as_string(hide_password=False)
    engine = make_engine(url)
    yield engine
    engine.dispose()
    _on_server(admin, "DROP DATABASE tourism_migrations")


def _on_server(engine: sa.Engine, statement: str) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
