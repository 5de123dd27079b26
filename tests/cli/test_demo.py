"""The command that puts the sample layer on and takes it away."""

from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy.orm import Session

from tourism.accounts.passwords import check_password
from tourism.accounts.queries import find_user_by_email
from tourism.app import create_app
from tourism.destination.queries import get_destination
from tourism.settings import Mode, Settings

DATA = Path(__file__).parents[2] / "data" / "lizhuang"


def run(app: Flask, *args: str, typed: str = "") -> Result:
    return app.test_cli_runner().invoke(args=["demo", *args], input=typed)


@pytest.fixture
def town(app: Flask, session: Session) -> Session:
    runner = app.test_cli_runner()
    for command, name in (("destination", "destination.geojson"), ("festivals", "festivals.json")):
        assert runner.invoke(args=[f"load-{command}", str(DATA / name)]).exit_code == 0
    return session


def test_demo_prints_people_once_and_then_one_line(app: Flask, town: Session) -> None:
    first = run(app)
    assert first.exit_code == 0
    assert first.output.startswith("Sample layer: 775 slots and ")
    rows = [line.split() for line in first.output.splitlines() if "@demo.example" in line]
    assert len(rows) == 10
    for email, password, role, *_ in rows[:2]:  # a check takes as long as a hash
        user = find_user_by_email(town, email)
        assert user is not None
        assert check_password(user.password_hash, password)
        assert user.role.value == role
    town.commit()
    again = run(app)
    assert again.exit_code == 0
    assert len(again.output.splitlines()) == 1
    assert again.output.startswith("The sample layer is up to date")


def test_demo_needs_a_destination(app: Flask, session: Session) -> None:
    result = run(app)
    assert result.exit_code == 1
    assert "Load a destination first" in result.output


def test_demo_reset_asks_first(app: Flask, town: Session, tmp_path: Path) -> None:
    file = tmp_path / "few.json"
    file.write_text(
        '{"windows": ["08:00"], "window_minutes": 60, "units": [], "operators": [],'
        ' "experiences": [], "gates": [], "people": []}'
    )
    assert run(app, "--file", str(file)).exit_code == 0
    assert get_destination(town).demo_loaded
    town.commit()
    assert run(app, "--reset", typed="n\n").exit_code == 1
    town.expire_all()
    assert get_destination(town).demo_loaded
    town.commit()
    assert "The sample layer is removed." in run(app, "--reset", typed="y\n").output
    town.expire_all()
    assert not get_destination(town).demo_loaded
    town.commit()
    assert run(app, "--reset", "--yes").output == "There is no sample layer.\n"


def test_demo_lists_the_faults_of_its_file(app: Flask, town: Session, tmp_path: Path) -> None:
    file = tmp_path / "bad.json"
    file.write_text("{}")
    result = run(app, "--file", str(file))
    assert result.exit_code == 1
    assert "  file: operators: is missing" in result.output
    assert not get_destination(town).demo_loaded


@pytest.mark.parametrize("args", [[], ["--reset", "--yes"]])
def test_demo_is_refused_in_production(tmp_path: Path, args: list[str]) -> None:
    settings = Settings(mode=Mode.PRODUCTION, instance=tmp_path, secret_key="for tests only")
    result = run(create_app(settings), *args)
    assert result.exit_code == 1
    assert result.output == "Error: Sample data has no place in production mode.\n"
