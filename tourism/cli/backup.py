"""Copies of an SQLite database, made and put back while the site runs.

Both ways go through SQLite's own backup interface, which keeps its locks: a copy is of one instant,
and a reader sees the database either before or after a restore. PostgreSQL has its own tools.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import click
from flask.cli import with_appcontext

from tourism.core.clock import now
from tourism.web.db import engine

_PAGES = 4096  # copied at a time; between two steps a writer may have its turn


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@with_appcontext
def backup(file: Path) -> None:
    """Copy the database into FILE, which must not exist yet. The site may be running."""
    database = _database("pg_dump")
    if file.exists():
        raise click.ClickException(f"{file} exists already: choose another name.")
    if not file.absolute().parent.is_dir():
        raise click.ClickException(f"There is no folder {file.absolute().parent}.")
    _copy_to_file(database, file)
    click.echo(f"Copied the database to {file} ({file.stat().st_size:,} bytes).")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@with_appcontext
def restore(file: Path) -> None:
    """Put FILE in the database's place. What is there now is kept beside it."""
    database = _database("pg_restore")
    _check_whole(file)
    if database.exists():
        kept = database.with_name(f"before-restore-{now():%Y%m%dT%H%M%S.%fZ}.db")
        _copy_to_file(database, kept)
        click.echo(f"Kept the present database as {kept}.")
    _copy(file, database)
    click.echo("Restored. Run `tourism migrate` in case the copy is of an older release.")


def _database(instead: str) -> Path:
    url = engine().url
    if url.get_backend_name() != "sqlite" or not url.database:
        raise click.ClickException(
            f"This command is for SQLite; the database here is PostgreSQL: use {instead}."
        )
    return Path(url.database)


def _copy_to_file(database: Path, file: Path) -> None:
    """The file appears whole, under its name only once it has been checked."""
    if not database.exists():
        raise click.ClickException(f"There is no database at {database} yet.")
    half = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        half.touch(mode=0o600)  # people's names and phones are in it
        _copy(database, half)
        with closing(sqlite3.connect(half)) as made:
            made.execute("PRAGMA journal_mode=DELETE")  # one file, without -wal beside it
        _check_whole(half)
        half.rename(file)
    finally:
        half.unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as there, closing(sqlite3.connect(target)) as here:
        here.execute("PRAGMA busy_timeout=10000")
        there.backup(here, pages=_PAGES, sleep=0.01)


def _check_whole(file: Path) -> None:
    """Refuses what is no database of ours, or a damaged one."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as database:
            (found,) = database.execute("PRAGMA integrity_check").fetchone()
            database.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError as error:
        raise click.ClickException(f"{file} is not a copy of a site's database: {error}") from error
    if found != "ok":
        raise click.ClickException(f"{file} is damaged: {found}")
