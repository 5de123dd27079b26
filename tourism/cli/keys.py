"""The keys that sign tickets. Private halves are never printed."""

from collections.abc import Callable
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from tourism.core.clock import now
from tourism.settings import Settings
from tourism.tickets.errors import KeyFileError
from tourism.tickets.keys import TicketKeys, create_keys, load_keys, rotate_keys
from tourism.tickets.queries import count_coming_tickets
from tourism.web.db import db_session


@click.group()
def keys() -> None:
    """The keys that sign tickets."""


@keys.command()
@with_appcontext
def create() -> None:
    """Make the file of keys; an existing one is never replaced.

    Keep a copy of the file apart from the database's backups: whoever has both can forge tickets.
    """
    made = _or_refuse(create_keys)
    click.echo(f"Made {_settings().ticket_keys_file} (only its owner may read it).")
    _print(made)


@keys.command("list")
@with_appcontext
def list_keys() -> None:
    """Show each key's number, part and public half."""
    _print(_or_refuse(load_keys))


@keys.command()
@click.option("--force", is_flag=True, help="Give up a key that coming tickets are signed with.")
@with_appcontext
def rotate(force: bool) -> None:
    """Sign with the next key from now on, and give up the previous one.

    Tickets signed with the key that signed until now stay good. Restart the site afterwards, and
    let every gate phone sync before you rotate again: it then knows the key after this one.

    After the file has leaked rotate three times with --force: none of its keys is then known at
    the gates, and every ticket's page shows a newly signed code. Saved and printed copies of the
    old codes are refused.
    """
    old = _or_refuse(load_keys)
    if not force:
        _refuse_stranding(old)
    _print(_or_refuse(rotate_keys))
    click.echo("Restart the site so that it signs with the new key.")


def _refuse_stranding(old: TicketKeys) -> None:
    if old.previous_id is None:
        return
    coming = count_coming_tickets(db_session(), key_id=old.previous_id, now=now())
    if coming:
        raise click.ClickException(
            f"{coming} coming tickets are signed with key {old.previous_id}, which would be given "
            "up. Wait until they are over, or say --force."
        )


def _print(shown: TicketKeys) -> None:
    parts = {"previous": shown.previous_id, "current": shown.current_id, "next": shown.next_id}
    for part, number in parts.items():
        if number is not None:
            click.echo(f"{number:3}  {part:8}  {shown.public[number].hex()}")


def _or_refuse(act: Callable[[Path], TicketKeys]) -> TicketKeys:
    try:
        return act(_settings().ticket_keys_file)
    except (KeyFileError, OSError) as error:
        raise click.ClickException(str(error)) from error


def _settings() -> Settings:
    settings: Settings = current_app.config["TOURISM"]
    return settings
