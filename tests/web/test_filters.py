"""How values read in the three languages, in the town's time."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask, g

from tourism.core.money import Money
from tourism.destination.models import Destination
from tourism.web import filters

Show = Callable[..., list[str]]
# 23:30 on the 29th in UTC, 7:30 on the 30th in the town.
INSTANT = datetime(2027, 5, 29, 23, 30, tzinfo=UTC)


@pytest.fixture
def show(app: Flask) -> Show:
    """What a filter makes of a value in zh-Hans, zh-Hant and en."""

    def _show(name: str, *values: Any) -> list[str]:
        return [_in(app, tag, name, *values) for tag in ("zh-CN", "zh-TW", "en")]

    return _show


def _in(app: Flask, tag: str, name: str, *values: Any) -> str:
    with app.test_request_context(headers={"Accept-Language": tag}):
        g.destination = Destination(time_zone="Asia/Shanghai", country="CN")
        return str(getattr(filters, name)(*values))


@pytest.mark.parametrize(
    ("amount", "shown"),
    [(3000, "¥30"), (3050, "¥30.50"), (0, "¥0"), (5, "¥0.05"), (123456700, "¥1,234,567")],
)
def test_money(show: Show, amount: int, shown: str) -> None:
    assert show("money", Money(amount, "CNY")) == [shown] * 3


def test_times_are_the_towns(show: Show) -> None:
    assert show("local_time", INSTANT) == ["07:30"] * 3


def test_dates_are_the_towns(show: Show) -> None:
    assert show("local_day", INSTANT) == ["5月30日", "5月30日", "May 30"]
    assert show("local_date", INSTANT) == ["5月30日周日", "5月30日 週日", "Sun, May 30"]
    assert show("full_day", INSTANT) == ["2027年5月30日", "2027年5月30日", "May 30, 2027"]
    assert show("weekday", INSTANT) == ["周日", "週日", "Sun"]
    assert show("month_name", 5) == ["5月", "5月", "May"]


def test_dates_stay_what_they_are(show: Show) -> None:
    assert show("local_day", date(2027, 5, 30)) == ["5月30日", "5月30日", "May 30"]


def test_near_days_have_names(show: Show) -> None:
    today = date(2027, 5, 30)
    assert show("near_day", INSTANT, today) == ["今天", "今天", "today"]
    assert show("near_day", today + timedelta(days=1), today) == ["明天", "明天", "tomorrow"]
    assert show("near_day", today - timedelta(days=1), today)[2] == "Sat, May 29"


def test_lengths(show: Show) -> None:
    assert show("duration", timedelta(hours=2)) == ["2小时", "2小時", "2 hours"]
    assert show("duration", timedelta(hours=1))[2] == "1 hour"
    assert show("duration", timedelta(minutes=90)) == ["1.5小时", "1.5小時", "1.5 hours"]
    assert show("duration", timedelta(minutes=100)) == ["100分钟", "100分鐘", "100 minutes"]


def test_references_are_read_in_two_halves(show: Show) -> None:
    assert show("reference", "7K4M2Q9D") == ["7K4M-2Q9D"] * 3


def test_texts_of_the_data(show: Show) -> None:
    assert show("text", {"zh-Hans": "湖", "zh-Hant": "湖（繁）", "en": "lake"}) == [
        "湖",
        "湖（繁）",
        "lake",
    ]
    assert show("text", {"zh-Hans": "湖"}) == ["湖"] * 3
    assert show("text", {}) == [""] * 3
