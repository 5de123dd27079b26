"""The `tourism` command."""

import click
from flask import Flask

from tourism import migrations
from tourism.web.db import engine


def init_app(app: Flask) -> None:
    app.cli.add_command(migrate)


@click.command()
def migrate() -> None:
    """Bring the database's schema up to date."""
    migrations.upgrade(engine())
    click.echo("The schema is current.")
