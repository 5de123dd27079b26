"""The schema's history: it runs up and down on both databases, and ends at the models."""

import re
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from tourism import migrations
from tourism.core.db import Base

VERSIONS = sorted((migrations.FOLDER / "versions").glob("[0-9]*.py"))


def test_migrations_lead_to_the_models(empty: sa.Engine) -> None:
    """Column by column, with types, constraints and indexes: as if made from the models."""
    migrations.upgrade(empty)
    migrated = _described(empty)
    migrations.downgrade(empty, "base")
    Base.metadata.create_all(empty)
    assert migrated == _described(empty)


def test_autogenerate_finds_nothing_to_do(empty: sa.Engine) -> None:
    migrations.upgrade(empty)
    with empty.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_up_down_and_up_again(empty: sa.Engine) -> None:
    migrations.upgrade(empty)
    first = _described(empty)
    migrations.downgrade(empty, "base")
    assert _described(empty) == {}
    migrations.upgrade(empty)
    assert _described(empty) == first


def test_each_step_can_be_taken_back_alone(empty: sa.Engine) -> None:
    for _ in VERSIONS:
        migrations.upgrade(empty, "+1")
        after = _described(empty)
        migrations.downgrade(empty, "-1")
        migrations.upgrade(empty, "+1")
        assert _described(empty) == after
    assert migrations.is_current(empty)


def test_upgrading_twice_changes_nothing(empty: sa.Engine) -> None:
    assert not migrations.is_current(empty)
    migrations.upgrade(empty)
    migrations.upgrade(empty)
    assert migrations.is_current(empty)


def test_history_is_one_line_of_well_named_files() -> None:
    script = ScriptDirectory.from_config(migrations.config())
    assert len(script.get_heads()) == len(script.get_bases()) == 1
    for file in VERSIONS:
        assert re.fullmatch(r"\d{8}_\d{4}_[0-9a-f]{4,12}_\w+\.py", file.name)
    assert len(VERSIONS) == len(list(script.walk_revisions()))


def _described(engine: sa.Engine) -> dict[str, Any]:
    """All that the database says of our tables."""
    inspector = sa.inspect(engine)
    names = set(inspector.get_table_names()) - {"alembic_version"}
    return {name: _table(inspector, name) for name in sorted(names)}


def _table(inspector: sa.Inspector, name: str) -> dict[str, Any]:
    return {
        "columns": {
            column["name"]: (str(column["type"]), column["nullable"], column["default"])
            for column in inspector.get_columns(name)
        },
        "primary key": inspector.get_pk_constraint(name),
        "checks": _sorted(inspector.get_check_constraints(name)),
        "foreign keys": _sorted(inspector.get_foreign_keys(name)),
        "unique": _sorted(inspector.get_unique_constraints(name)),
        "indexes": _sorted(map(_plain, inspector.get_indexes(name))),
    }


def _plain(index: Any) -> dict[str, Any]:
    """An index's condition is an object of its own each time: compare it as text."""
    options = {key: str(value) for key, value in index["dialect_options"].items()}
    return index | {"dialect_options": options}


def _sorted(described: Iterable[Any]) -> list[Any]:
    return sorted(described, key=str)
