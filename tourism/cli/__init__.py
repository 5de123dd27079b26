"""The `tourism` command: one module a subject, all gathered here.

A command that reads the site's settings or database stands under `@with_appcontext`; so the app is
made when the command runs, and `--help` needs neither.
"""

import click
from flask import Flask

from tourism.cli import schema, vendor

COMMANDS: list[click.Command] = [
    schema.migrate,
    vendor.vendor,
]


def init_app(app: Flask) -> None:
    for command in COMMANDS:
        app.cli.add_command(command)
