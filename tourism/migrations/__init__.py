"""The schema's history, run by Alembic. `tourism migrate` brings a database up to date."""

from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

FOLDER = Path(__file__).parent


def config(engine: sa.Engine | None = None) -> Config:
    """Alembic's settings without an ini file; env.py takes the engine from the attributes."""
    made = Config()
    made.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    made.set_main_option(
        "file_template",
        "%%(year)d%%(month).2d%%(day).2d_%%(hour).2d%%(minute).2d_%%(rev)s_%%(slug)s",
    )
    made.attributes["engine"] = engine
    return made


def upgrade(engine: sa.Engine, revision: str = "head") -> None:
    command.upgrade(config(engine), revision)


def downgrade(engine: sa.Engine, revision: str) -> None:
    command.downgrade(config(engine), revision)


@cache
def newest_revision() -> str | None:
    return ScriptDirectory.from_config(config()).get_current_head()


def is_current(engine: sa.Engine) -> bool:
    """Whether the database has the newest schema. Raises SQLAlchemyError without a database."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == newest_revision()
