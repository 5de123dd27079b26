"""Sites of their own, for what the shared one cannot show: routes that break, other settings."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.factories.destination import make_destination
from tourism import migrations
from tourism.app import create_app
from tourism.settings import Settings
from tourism.web.db import engine, transaction

Build = Callable[..., Flask]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Build a site on a new SQLite file, with a destination."""

    def _build(**settings: Any) -> Flask:
        instance = tmp_path / str(len(list(tmp_path.iterdir())))
        made = create_app(Settings(instance=instance, secret_key="for tests only", **settings))
        with made.app_context():
            migrations.upgrade(engine())
            with transaction() as session:
                make_destination(session)
        return made

    return _build
