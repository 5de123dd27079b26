"""The `tourism` command: Flask's own command group with ours added."""

import sys

from flask.cli import FlaskGroup

from tourism.app import create_app
from tourism.settings import SettingsError


def main() -> None:
    """Run a command. A wrong setting ends it with its name, not with a traceback."""
    try:
        group = FlaskGroup(create_app=create_app, add_default_commands=False, load_dotenv=False)
        group.main(prog_name="tourism")
    except SettingsError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
