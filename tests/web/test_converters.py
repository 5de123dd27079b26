"""What may stand in an address."""

from datetime import date

import pytest
from flask import Flask, url_for

from tests.web.conftest import Build
from tourism.web.days import asked_day, asked_day_or_none

TODAY = date(2027, 5, 30)


@pytest.fixture
def site(build: Build) -> Flask:
    made = build()
    made.add_url_rule("/n/<int:number>", "number", lambda number: f"{number}")
    made.add_url_rule("/d/<day:day>", "day", lambda day: f"{day}")
    return made


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/n/1", 200),
        ("/n/2147483647", 200),
        ("/n/2147483648", 404),
        ("/n/" + "9" * 300, 404),
        ("/n/-1", 404),
        ("/n/x", 404),
        ("/d/2027-05-30", 200),
        ("/d/2027-02-29", 404),
        ("/d/0001-01-01", 404),
        ("/d/9999-12-31", 404),
    ],
)
def test_numbers_and_days(site: Flask, path: str, status: int) -> None:
    assert site.test_client().get(path).status_code == status


def test_day_goes_into_an_address(site: Flask) -> None:
    with site.test_request_context():
        assert url_for("day", day=TODAY) == "/d/2027-05-30"


@pytest.mark.parametrize(
    ("query", "day"),
    [
        ("day=2027-06-01", date(2027, 6, 1)),
        ("", None),
        ("day=", None),
        ("day=soon", None),
        ("day=9999-12-31", None),
        ("day=0001-01-01", None),
        ("other=2027-06-01", None),
    ],
)
def test_asked_day(site: Flask, query: str, day: date | None) -> None:
    with site.test_request_context(f"/?{query}"):
        assert asked_day_or_none(TODAY) == day
        assert asked_day(TODAY) == (day or TODAY)
