"""What a process would run with."""

from dataclasses import fields
from datetime import timedelta

import click
import sqlalchemy as sa
from flask import current_app
from flask.cli import with_appcontext

from tourism.settings import Settings, variable


@click.command()
@with_appcontext
def settings() -> None:
    """Print each setting as it is in force; secrets are hidden."""
    present: Settings = current_app.config["TOURISM"]
    for each in fields(present):
        click.echo(f"{variable(each.name)}={_shown(each.name, getattr(present, each.name))}")


def _shown(name: str, value: object) -> str:
    match name, value:
        case _, None | "":
            return ""
        case "secret_key" | "metrics_token", _:
            return "***"
        case "database_url" | "redis_url", str():
            return sa.make_url(value).render_as_string(hide_password=True)
        case _, timedelta():
            return f"{value.total_seconds() / 60:g}"
        case _, bool():
            return "yes" if value else "no"
    return str(value)
