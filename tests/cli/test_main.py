"""The command as a whole: help without a site, and refusals in one line."""

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from flask.cli import ScriptInfo

from tourism.cli import COMMANDS


def tourism(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tourism", *words],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )


def leaves(command: click.Command) -> list[click.Command]:
    if isinstance(command, click.Group):
        return [leaf for each in command.commands.values() for leaf in leaves(each)]
    return [command]


LEAVES = [leaf for command in COMMANDS for leaf in leaves(command)]


def test_help_needs_neither_a_database_nor_right_settings(tmp_path: Path) -> None:
    instance = tmp_path / "none"
    for words in (["--help"], ["run", "--help"]):
        done = tourism(*words, TOURISM_INSTANCE=str(instance), TOURISM_MODE="nonsense")
        assert (done.returncode, done.stderr) == (0, "")
        assert "Usage: tourism" in done.stdout
    assert not instance.exists()


def test_names_are_unique_and_in_order() -> None:
    names = [command.name for command in COMMANDS]
    assert names == sorted(set(names), key=str)


@pytest.mark.parametrize("command", LEAVES, ids=lambda command: command.name)
def test_each_command_says_what_it_does(command: click.Command) -> None:
    assert command.help
    assert re.match(r"[A-Z]", command.help)
    options = [each for each in command.params if isinstance(each, click.Option)]
    assert [each.name for each in options if not each.help] == []


@pytest.mark.parametrize("command", LEAVES, ids=lambda command: command.name)
def test_help_of_each_command_makes_no_app(command: click.Command) -> None:
    def refuse() -> None:
        raise AssertionError("an app was made")

    info = ScriptInfo(create_app=refuse)
    with pytest.raises(SystemExit) as ended:
        command.main(["--help"], obj=info)
    assert ended.value.code == 0


def test_a_wrong_setting_is_one_line_with_its_name(tmp_path: Path) -> None:
    done = tourism("migrate", TOURISM_INSTANCE=str(tmp_path), TOURISM_HOLD="soon")
    assert done.returncode == 2
    assert "TOURISM_HOLD='soon'" in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_absent_database_is_one_line(tmp_path: Path) -> None:
    url = "postgresql+psycopg://nobody@127.0.0.1:1/none"
    done = tourism("migrate", TOURISM_INSTANCE=str(tmp_path), TOURISM_DATABASE_URL=url)
    assert done.returncode == 1
    assert done.stderr.startswith("tourism: the database refused: ")
    assert "Traceback" not in done.stderr


def test_settings_are_printed_without_secrets(tmp_path: Path) -> None:
    done = tourism(
        "settings",
        TOURISM_INSTANCE=str(tmp_path),
        TOURISM_SECRET_KEY="the-secret",
        TOURISM_DATABASE_URL="postgresql+psycopg://town:the-password@localhost/town",
        TOURISM_REDIS_URL="redis://:the-password@localhost/0",
        TOURISM_HOLD="20",
        TOURISM_HTTPS="yes",
    )
    assert done.returncode == 0
    printed = dict(line.split("=", 1) for line in done.stdout.splitlines())
    assert printed["TOURISM_SECRET_KEY"] == "***"
    assert printed["TOURISM_DATABASE_URL"] == "postgresql+psycopg://town:***@localhost/town"
    assert printed["TOURISM_REDIS_URL"] == "redis://:***@localhost/0"
    assert (printed["TOURISM_HOLD"], printed["TOURISM_HTTPS"]) == ("20", "yes")
    assert "the-" not in done.stdout
