"""Copies of the database: whole, checked, and put back without losing what was there."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskCliRunner

from tests.factories.destination import make_destination, make_place
from tourism import migrations
from tourism.app import create_app
from tourism.destination.queries import all_places
from tourism.settings import Settings
from tourism.web import db


@pytest.fixture
def site(tmp_path: Path) -> Flask:
    """A site on SQLite with one place."""
    made = create_app(Settings(instance=tmp_path / "instance", secret_key="for tests only"))
    with made.app_context():
        migrations.upgrade(db.engine())
        with db.transaction() as session:
            make_destination(session)
            make_place(session, "first")
    return made


def tourism(site: Flask, *words: str | Path) -> Result:
    return FlaskCliRunner(site).invoke(site.cli, [str(word) for word in words])


def places(site: Flask) -> list[str]:
    with site.app_context():
        return [place.slug for place in all_places(db.db_session())]


def add_place(site: Flask, slug: str) -> None:
    with site.app_context(), db.transaction() as session:
        make_place(session, slug)


def test_a_backup_brings_back_what_was(site: Flask, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    assert tourism(site, "backup", copy).exit_code == 0
    add_place(site, "second")
    restored = tourism(site, "restore", copy)
    assert restored.exit_code == 0
    assert places(site) == ["first"]
    (kept,) = (tmp_path / "instance").glob("before-restore-*.db")
    assert kept.name in restored.output
    tourism(site, "restore", kept)
    assert places(site) == ["first", "second"]


def test_a_copy_holds_what_an_open_writer_has_committed(site: Flask, tmp_path: Path) -> None:
    """The site runs on: its newest pages are in the write-ahead log only."""
    copy = tmp_path / "copy.db"
    with site.app_context():
        session = db.db_session()
        with db.transaction():
            make_place(session, "second")
        assert (tmp_path / "instance/tourism.db-wal").stat().st_size > 0
        assert tourism(site, "backup", copy).exit_code == 0
    with closing(sqlite3.connect(copy)) as copied:
        assert copied.execute("SELECT count(*) FROM places").fetchone() == (2,)


def test_a_copy_is_one_file_for_its_owner_only(site: Flask, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    tourism(site, "backup", folder / "copy.db")
    assert [file.name for file in folder.iterdir()] == ["copy.db"]
    assert stat.S_IMODE((folder / "copy.db").stat().st_mode) == 0o600


def test_a_backup_never_writes_over_a_file(site: Flask, tmp_path: Path) -> None:
    file = tmp_path / "precious"
    file.write_text("precious")
    refused = tourism(site, "backup", file)
    assert refused.exit_code == 1
    assert "exists already" in refused.output
    assert file.read_text() == "precious"


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 100])
def test_what_is_no_copy_of_ours_is_not_restored(
    site: Flask, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "other"
    file.write_bytes(content)
    refused = tourism(site, "restore", file)
    assert refused.exit_code == 1
    assert "is not a copy of a site's database" in refused.output
    assert places(site) == ["first"]


def test_a_damaged_copy_is_not_restored(site: Flask, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    tourism(site, "backup", copy)
    content = bytearray(copy.read_bytes())
    content[4096 * 3 : 4096 * 20] = bytes(4096 * 17)
    copy.write_bytes(content)
    assert tourism(site, "restore", copy).exit_code == 1
    assert places(site) == ["first"]


def test_the_folder_of_a_copy_must_exist(site: Flask, tmp_path: Path) -> None:
    refused = tourism(site, "backup", tmp_path / "nowhere" / "copy.db")
    assert refused.exit_code == 1
    assert "There is no folder" in refused.output


@pytest.mark.parametrize(("command", "tool"), [("backup", "pg_dump"), ("restore", "pg_restore")])
def test_postgresql_has_its_own_tools(command: str, tool: str, tmp_path: Path) -> None:
    url = "postgresql+psycopg://nobody@localhost:1/none"
    site = create_app(Settings(instance=tmp_path, database_url=url, secret_key="for tests only"))
    file = tmp_path / "copy.db"
    if command == "restore":
        file.touch()
    refused = tourism(site, command, file)
    assert refused.exit_code == 1
    assert tool in refused.output
