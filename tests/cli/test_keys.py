"""`tourism keys`: makes, lists and rotates keys, and never shows a private one."""

from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories.tickets import make_ticketed_booking
from tourism.cli.keys import keys
from tourism.core.clock import now
from tourism.settings import Settings
from tourism.tickets.keys import load_keys


@pytest.fixture
def file(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings = Settings(ticket_keys=tmp_path / "keys.json", secret_key="for tests only")
    monkeypatch.setitem(app.config, "TOURISM", settings)
    return settings.ticket_keys_file


def run(app: Flask, file: Path, *words: str) -> Result:
    """Run a command; whatever happens, it prints no private half."""
    result: Result = app.test_cli_runner().invoke(keys, words)
    for seed in load_keys(file).seeds.values() if file.exists() else ():
        assert seed.hex() not in result.output
    return result


def test_create_makes_keys_once(app: Flask, file: Path) -> None:
    first, made = run(app, file, "create"), load_keys(file)
    again = run(app, file, "create")
    assert (first.exit_code, again.exit_code) == (0, 1)
    assert "already" in again.output
    assert load_keys(file) == made


def test_list_shows_numbers_parts_and_public_halves(app: Flask, file: Path) -> None:
    run(app, file, "create")
    lines = run(app, file, "list").output.split("\n")
    public = load_keys(file).public
    assert lines[0].split() == ["1", "current", public[1].hex()]
    assert lines[1].split() == ["2", "next", public[2].hex()]


@pytest.mark.parametrize("command", ["list", "rotate"])
def test_commands_say_that_there_are_no_keys(app: Flask, file: Path, command: str) -> None:
    result = run(app, file, command)
    assert result.exit_code == 1
    assert "no ticket keys" in result.output


def test_rotate_moves_on_by_one(app: Flask, session: Session, file: Path) -> None:
    run(app, file, "create")
    result = run(app, file, "rotate")
    assert "Restart" in result.output
    assert load_keys(file).current_id == 2
    assert "previous" in run(app, file, "list").output


def test_rotate_does_not_strand_coming_tickets_unless_forced(
    app: Flask, session: Session, file: Path
) -> None:
    """Key 1 is given up by the second rotation; a saved ticket signed with it would be refused."""
    make_ticketed_booking(session, now() + timedelta(days=1))
    session.commit()
    run(app, file, "create")
    assert run(app, file, "rotate").exit_code == 0
    refused = run(app, file, "rotate")
    assert refused.exit_code == 1
    assert "1 coming tickets" in refused.output
    assert load_keys(file).current_id == 2
    assert run(app, file, "rotate", "--force").exit_code == 0
    assert sorted(load_keys(file).seeds) == [2, 3, 4]
