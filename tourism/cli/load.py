"""Load a township's files, and write its destination back to one."""

import os
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext

from tourism.core.checking import BadFileError, Fault, read_json
from tourism.core.clock import now
from tourism.destination import geojson
from tourism.destination.errors import NoDestinationError, OtherDestinationError
from tourism.destination.operations import Loaded, basemap_document, destination_document
from tourism.destination.operations import load_destination as load_into
from tourism.festivals.operations import load_calendar
from tourism.web.assets import STATIC
from tourism.web.db import db_session, transaction

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEW_FILE = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command()
@click.argument("file", type=_FILE)
@click.option("--basemap", type=_FILE, help="GeoJSON of roads, waters and hills under the places.")
@with_appcontext
def load_destination(file: Path, basemap: Path | None) -> None:
    """Load a destination FILE (GeoJSON), or refuse it whole.

    Places are added and updated by their id; those that the file no longer has are retired. With
    faults nothing is written, each fault is listed, and the exit code is 1.
    """
    try:
        document = read_json(file.read_bytes())
        base = read_json(basemap.read_bytes()) if basemap else None
        with transaction() as session:
            loaded = load_into(session, document=document, basemap=base, now=now())
            _require_drawings(document)
    except BadFileError as error:
        raise _refusal(file, error) from error
    except OtherDestinationError as error:
        raise click.ClickException(
            f"This database holds “{error.facts['loaded']}”; {file} is for"
            f" “{error.facts['file']}”. Load it into a database of its own."
        ) from error
    _report(loaded)


def _require_drawings(document: dict[str, Any]) -> None:
    """A `scene` is one of the drawings that the site has."""
    scenes = [(each["id"], each["properties"].get("scene")) for each in document["features"]]
    faults = [
        Fault(slug, "properties.scene", f"“{scene}” is not in static/img")
        for slug, scene in scenes
        if scene and not (STATIC / "img" / scene).is_file()
    ]
    if faults:
        raise BadFileError(faults)


def _refusal(file: Path, error: BadFileError) -> click.ClickException:
    count = len(error.faults)
    lines = [f"{file}: {count} fault{'s' if count > 1 else ''}; nothing was loaded."]
    return click.ClickException("\n".join([*lines, *(f"  {fault}" for fault in error.faults)]))


def _report(loaded: Loaded) -> None:
    counts = (
        f"{len(loaded.new)} new, {len(loaded.changed)} changed,"
        f" {len(loaded.unchanged)} unchanged, {len(loaded.retired)} retired"
    )
    click.echo(f"Places: {counts}.")
    if loaded.retired:
        click.echo(f"Retired (no longer in the file): {', '.join(loaded.retired)}")
    if loaded.destination:
        click.echo(f"Changed of the destination itself: {', '.join(loaded.destination)}")


@click.command()
@click.argument("file", type=_NEW_FILE)
@click.option("--basemap", type=_NEW_FILE, help="Write the base map here.")
@with_appcontext
def export_destination(file: Path, basemap: Path | None) -> None:
    """Write the destination to FILE; loading it gives the same state."""
    try:
        document = destination_document(db_session())
    except NoDestinationError as error:
        raise click.ClickException("No destination is loaded yet.") from error
    _write(file, geojson.as_text(document))
    click.echo(f"{file}: {len(document['features'])} places.")
    if basemap:
        base = basemap_document(db_session())
        _write(basemap, geojson.as_text(base))
        click.echo(f"{basemap}: {len(base['features'])} lines and areas.")


def _write(file: Path, text: str) -> None:
    """All of it or nothing: a half-written file would replace a good one."""
    part = file.with_name(f"{file.name}.part")
    part.write_text(text, "utf-8")
    os.replace(part, file)


@click.command()
@click.argument("file", type=_FILE)
@with_appcontext
def load_festivals(file: Path) -> None:
    """Load a calendar FILE (JSON) of crops and festivals, or refuse it whole.

    Dates and edition numbers become public only when the file says that they are confirmed.
    """
    try:
        with transaction() as session:
            loaded = load_calendar(session, document=read_json(file.read_bytes()), now=now())
    except BadFileError as error:
        raise _refusal(file, error) from error
    except NoDestinationError as error:
        raise click.ClickException("Load a destination first: tourism load-destination.") from error
    click.echo(
        f"Crops and festivals: {len(loaded.new)} new, {len(loaded.changed)} changed,"
        f" {len(loaded.unchanged)} unchanged."
    )
    if loaded.missing:
        click.echo(f"Kept, though not in the file: {', '.join(sorted(loaded.missing))}")
