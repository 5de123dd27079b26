"""Where a site gets its ticket keys from."""

from pathlib import Path

import pytest

from tourism import migrations
from tourism.app import create_app
from tourism.settings import Mode, Settings, SettingsError
from tourism.tickets.keys import create_keys, load_keys
from tourism.web import db
from tourism.web.codes import ticket_keys


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


def settings(file: Path, mode: Mode) -> Settings:
    return Settings(mode=mode, instance=file.parent, ticket_keys=file, secret_key="for tests only")


def test_a_demo_makes_its_keys_when_they_are_first_needed(file: Path) -> None:
    app = create_app(settings(file, Mode.DEMO))
    assert not file.exists()
    with app.app_context():
        made = ticket_keys()
        assert ticket_keys() is made
    assert load_keys(file) == made


def test_a_demo_keeps_its_keys(file: Path) -> None:
    keys = create_keys(file)
    with create_app(settings(file, Mode.DEMO)).app_context():
        assert ticket_keys() == keys


def test_production_makes_no_keys_but_names_the_command(file: Path) -> None:
    with (
        create_app(settings(file, Mode.PRODUCTION)).app_context(),
        pytest.raises(SettingsError, match="tourism keys create"),
    ):
        ticket_keys()
    assert not file.exists()


def test_a_damaged_file_is_not_replaced(file: Path) -> None:
    file.write_text("{}")
    with create_app(settings(file, Mode.DEMO)).app_context(), pytest.raises(SettingsError):
        ticket_keys()
    assert file.read_text() == "{}"


def test_a_site_without_keys_is_not_ready(file: Path) -> None:
    app = create_app(settings(file, Mode.PRODUCTION))
    with app.app_context():
        migrations.upgrade(db.engine())
    assert app.test_client().get("/readyz").json == {"status": "no ticket keys"}
    create_keys(file)
    assert app.test_client().get("/readyz").json == {"status": "ready"}
