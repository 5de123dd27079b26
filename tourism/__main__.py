"""The `tourism` command, and how it ends: 0 done, 1 refused, 2 wrongly asked or wrongly set."""

import sys

from flask.cli import AppGroup, ScriptInfo
from sqlalchemy.exc import OperationalError

from tourism.app import create_app
from tourism.cli import COMMANDS
from tourism.core.errors import TourismError
from tourism.settings import SettingsError


def main() -> None:
    """Run a command. What it refuses is one line on stderr, not a traceback."""
    try:
        _group().main(prog_name="tourism", obj=ScriptInfo(create_app=create_app))
    except SettingsError as error:
        _end(str(error), 2)
    except TourismError as error:
        facts = ", ".join(f"{name}={value}" for name, value in error.facts.items())
        _end(f"refused: {error.code}{facts and f' ({facts})'}", 1)
    except OperationalError as error:
        reason = " ".join(str(error.orig).split())
        _end(f"the database refused: {reason} (is it running, and migrated?)", 1)


def _group() -> AppGroup:
    return AppGroup(
        commands={command.name: command for command in COMMANDS if command.name},
        help="Runs and looks after a township's visitor platform.",
        no_args_is_help=True,
    )


def _end(line: str, code: int) -> None:
    print(f"tourism: {line}", file=sys.stderr)
    sys.exit(code)


if __name__ == "__main__":
    main()
