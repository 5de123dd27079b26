"""The `tourism` command: one module a subject, all gathered here.

A command that reads the site's settings or database stands under `@with_appcontext`; so the app is
made when the command runs, and `--help` needs neither.
"""

import click
from flask import Flask

from tourism.cli import (
    backup,
    ceilings,
    channels,
    configuration,
    deliver,
    demo,
    devices,
    keys,
    ledger,
    load,
    people,
    schema,
    serve,
    vendor,
)

COMMANDS: list[click.Command] = [
    backup.backup,
    ceilings.ceilings,
    channels.channels,
    deliver.deliver,
    demo.demo,
    devices.devices,
    load.export_destination,
    keys.keys,
    load.load_destination,
    load.load_festivals,
    schema.migrate,
    people.people,
    ledger.recount,
    backup.restore,
    ceilings.rules,
    serve.run,
    configuration.settings,
    ledger.sweep,
    vendor.vendor,
]


def init_app(app: Flask) -> None:
    for command in COMMANDS:
        app.cli.add_command(command)
