"""The database's schema."""

import click
from flask.cli import with_appcontext

from tourism import migrations
from tourism.web.db import engine


@click.command()
@with_appcontext
def migrate() -> None:
    """Bring the database's schema up to date."""
    migrations.upgrade(engine())
    click.echo("The schema is current.")
