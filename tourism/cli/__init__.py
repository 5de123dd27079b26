"""The `tourism` command: one module a subject, all gathered here.

A command that reads the site's settings or database stands under `@with_appcontext`; so the app is
made when the command runs, and `--help` needs neither.
"""

import click
from flask import Flask

from tourism.cli import (
    backup,
    configuration,
    demo,
    devices,
    keys,
    ledger,
    load,
    schema,
    serve,
    vendor,
)

COMMANDS: list[click.Command] = [
    demo.demo,
    devices.devices,
    keys.keys,
    load.export_destination,
    load.load_destination,
    load.load_festivals,
    backup.backup,
    backup.restore,
    configuration.settings,
    ledger.recount,
    ledger.sweep,
    schema.migrate,
    serve.run,
    vendor.vendor,
]


def init_app(app: Flask) -> None:
    for command in COMMANDS:
        app.cli.add_command(command)
