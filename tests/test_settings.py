"""Every setting is documented, checked by name, and read in one place."""

import re
import stat
from dataclasses import fields
from pathlib import Path

import pytest

from tourism.settings import Settings, SettingsError, read_settings, variable

ROOT = Path(__file__).parent.parent
NAMES = [variable(each.name) for each in fields(Settings)]


def test_each_setting_is_documented_and_nothing_else_is() -> None:
    documented = re.findall(r"^\| `(TOURISM_\w+)` ", (ROOT / "docs/settings.md").read_text(), re.M)
    assert documented == NAMES


def test_only_the_settings_module_knows_the_variables() -> None:
    """The app hands the environment over; nobody else looks into it."""
    readers = [
        str(source.relative_to(ROOT))
        for source in sorted((ROOT / "tourism").rglob("*.py"))
        if re.search(r"\bos\.(environ|getenv)\b", source.read_text())
    ]
    assert readers == ["tourism/app.py"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("TOURISM_MODE", "live"),
        ("TOURISM_HTTPS", "maybe"),
        ("TOURISM_TRUSTED_PROXIES", "-1"),
        ("TOURISM_HOLD", "0"),
        ("TOURISM_PORT", "http"),
        ("TOURISM_PORT", "65536"),
        ("TOURISM_THREADS", "0"),
        ("TOURISM_WORKERS", "1.5"),
        ("TOURISM_TILES_DATUM", "bd09"),
    ],
)
def test_a_wrong_value_stops_with_the_name_of_its_variable(
    name: str, text: str, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError, match=f"{name}='{text}'"):
        read_settings({"TOURISM_INSTANCE": str(tmp_path), name: text})


def test_a_wrong_database_is_named_without_its_password(tmp_path: Path) -> None:
    url = "mysql://town:hidden@localhost/town"
    with pytest.raises(SettingsError, match="TOURISM_DATABASE_URL is not usable") as refused:
        read_settings({"TOURISM_INSTANCE": str(tmp_path), "TOURISM_DATABASE_URL": url})
    assert "hidden" not in str(refused.value)


def test_production_has_no_default_secret(tmp_path: Path) -> None:
    environ = {"TOURISM_INSTANCE": str(tmp_path), "TOURISM_MODE": "production"}
    with pytest.raises(SettingsError, match="TOURISM_SECRET_KEY"):
        read_settings(environ)
    assert list(tmp_path.iterdir()) == []
    assert read_settings(environ | {"TOURISM_SECRET_KEY": "x" * 40}).secret_key == "x" * 40


def test_a_demo_makes_its_secret_once_for_its_owner_only(tmp_path: Path) -> None:
    environ = {"TOURISM_INSTANCE": str(tmp_path / "new")}
    first = read_settings(environ).secret_key
    assert len(first) >= 32
    assert read_settings(environ).secret_key == first
    assert stat.S_IMODE((tmp_path / "new/secret-key").stat().st_mode) == 0o600


def test_an_empty_variable_is_as_good_as_none(tmp_path: Path) -> None:
    environ = {"TOURISM_INSTANCE": str(tmp_path), "TOURISM_PORT": "", "TOURISM_MODE": ""}
    assert read_settings(environ).port == 8000
    assert read_settings(environ).is_demo
