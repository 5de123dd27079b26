"""Put the sample layer on, or take it away."""

from collections.abc import Sequence
from pathlib import Path
from unicodedata import east_asian_width

import click
from flask import current_app
from flask.cli import with_appcontext

from tourism.core.checking import BadFileError, read_json
from tourism.core.clock import now
from tourism.demo.layer import Laid, lay
from tourism.demo.people import DemoPerson
from tourism.demo.removal import remove
from tourism.destination.errors import NoDestinationError
from tourism.destination.queries import get_destination
from tourism.settings import Settings
from tourism.web.assets import ROOT
from tourism.web.codes import ticket_keys
from tourism.web.db import db_session, transaction


@click.command()
@click.option(
    "--file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Description of the layer (else data/<destination>/demo.json).",
)
@click.option("--reset", is_flag=True, help="Remove the whole layer and all bookings made on it.")
@click.option("--yes", is_flag=True, help="Remove without asking.")
@with_appcontext
def demo(file: Path | None, reset: bool, yes: bool) -> None:
    """Put a layer of sample operators, slots and people on, to try the site with.

    Run again on a later day it opens the days that have come within reach. Passwords are printed
    once, at the first time. Never in production mode.
    """
    settings: Settings = current_app.config["TOURISM"]
    if not settings.is_demo:
        raise click.ClickException("Sample data has no place in production mode.")
    try:
        if reset:
            _remove(yes)
        else:
            _lay(file or _file_of_destination())
    except NoDestinationError as error:
        raise click.ClickException("Load a destination first: tourism load-destination.") from error


def _file_of_destination() -> Path:
    file = ROOT / "data" / get_destination(db_session()).slug / "demo.json"
    if not file.is_file():
        raise click.ClickException(f"{file} is missing: name a file with --file.")
    return file


def _lay(file: Path) -> None:
    try:
        with transaction() as session:
            document, key_id = read_json(file.read_bytes()), ticket_keys().current_id
            laid = lay(session, document=document, key_id=key_id, now=now())
    except BadFileError as error:
        lines = [f"{file} has faults; nothing was loaded.", *(f"  {each}" for each in error.faults)]
        raise click.ClickException("\n".join(lines)) from error
    click.echo(_summary(laid))
    if laid.people:
        click.echo(f"\nDemo people (shown only now):\n\n{_table(laid.people)}\n")


def _summary(laid: Laid) -> str:
    if not (laid.people or laid.slots or laid.bookings):
        return f"The sample layer is up to date, with slots until {laid.last_day}."
    added = f"{laid.slots} slots and {laid.bookings} bookings added"
    return f"Sample layer: {added}, with slots until {laid.last_day}."


def _table(people: Sequence[DemoPerson]) -> str:
    rows = [("email", "password", "role", "name")]
    rows += [(each.email, each.password, each.role.value, each.name) for each in people]
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(_padded, row, widths)).rstrip() for row in rows)


def _padded(cell: str, width: int) -> str:
    return cell + " " * (width - _width(cell))


def _width(text: str) -> int:
    """Columns on a terminal, where a Chinese character takes two."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _remove(yes: bool) -> None:
    if not yes:
        click.confirm("Remove all sample data and the bookings made on it?", abort=True)
    with transaction() as session:
        removed = remove(session, now=now())
    click.echo("The sample layer is removed." if removed else "There is no sample layer.")
