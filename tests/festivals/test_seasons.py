"""Seasons as arithmetic: no database, no language."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tourism.festivals.models import Confidence, Crop, CropKind
from tourism.festivals.seasons import (
    UNITS,
    DayOfYear,
    Span,
    Stage,
    Window,
    fact_of_day,
    season_of,
)

DAYS = st.dates(date(2000, 1, 1), date(2000, 12, 31)).map(lambda day: DayOfYear(day.month, day.day))
TODAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))


def crop(slug: str, *days: str, kind: CropKind = CropKind.FRUIT) -> Crop:
    starts, peak_starts, peak_ends, ends = days
    return Crop(
        slug=slug,
        kind=kind,
        name={"en": slug},
        starts=starts,
        ends=ends,
        peak_starts=peak_starts,
        peak_ends=peak_ends,
        confidence=Confidence.HIGH,
        rank=0,
    )


CHERRY = crop("cherry", "05-20", "05-28", "06-10", "06-20")
BLUEBERRY = crop("blueberry", "06-05", "06-15", "07-10", "07-25")
BLOSSOM = crop("blossom", "04-01", "04-05", "04-15", "04-20", kind=CropKind.BLOOM)
LAVENDER = crop("lavender", "06-10", "06-18", "07-05", "07-15", kind=CropKind.BLOOM)
STRAWBERRY = crop("strawberry", "12-01", "01-10", "02-20", "03-31")
ALL = [CHERRY, BLUEBERRY, BLOSSOM, LAVENDER]


@pytest.mark.parametrize("text", ["13-01", "02-30", "5-1", "", "0520"])
def test_a_day_that_no_year_has_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        DayOfYear.parse(text)


def test_leap_day_falls_on_the_28th_in_other_years() -> None:
    leap = DayOfYear.parse("02-29")
    assert (leap.in_year(2028), leap.in_year(2027)) == (date(2028, 2, 29), date(2027, 2, 28))


@pytest.mark.parametrize(
    ("today", "starts", "ends"),
    [
        (date(2027, 1, 1), date(2027, 5, 20), date(2027, 6, 20)),
        (date(2027, 6, 20), date(2027, 5, 20), date(2027, 6, 20)),
        (date(2027, 6, 21), date(2028, 5, 20), date(2028, 6, 20)),
    ],
)
def test_a_window_is_the_present_or_the_next_one(today: date, starts: date, ends: date) -> None:
    assert Window.parse("05-20", "06-20").dates(today) == (starts, ends)


@pytest.mark.parametrize(
    ("today", "starts"),
    [
        (date(2027, 2, 1), date(2026, 12, 1)),
        (date(2027, 3, 31), date(2026, 12, 1)),
        (date(2027, 4, 1), date(2027, 12, 1)),
        (date(2027, 12, 31), date(2027, 12, 1)),
    ],
)
def test_a_window_may_run_over_new_year(today: date, starts: date) -> None:
    assert Window.parse("12-01", "03-31").dates(today)[0] == starts


def test_spans_are_measured_in_ten_day_units() -> None:
    """April's first twenty days are the tenth and eleventh of 36 units."""
    assert Window.parse("04-01", "04-20").spans() == [Span(9, 2)]
    assert Window.parse("01-01", "12-31").spans() == [Span(0, 36)]


def test_a_window_over_new_year_is_drawn_in_two() -> None:
    assert Window.parse("12-01", "01-31").spans() == [Span(0, 3), Span(33, 3)]


@given(DAYS, DAYS, TODAYS)
def test_a_window_never_ends_before_today_nor_before_it_starts(
    starts: DayOfYear, ends: DayOfYear, today: date
) -> None:
    first, last = Window(starts, ends).dates(today)
    assert first <= last
    assert last >= today
    assert (first - today).days <= 366


@given(DAYS, DAYS)
def test_spans_stay_in_the_drawn_year(starts: DayOfYear, ends: DayOfYear) -> None:
    for span in Window(starts, ends).spans():
        assert span.width > 0
        assert span.x >= 0
        assert span.x + span.width <= UNITS + 0.01


@pytest.mark.parametrize(
    ("month", "day", "stage"),
    [
        (5, 19, Stage.COMING),
        (5, 20, Stage.EARLY),
        (5, 27, Stage.EARLY),
        (5, 28, Stage.PEAK),
        (6, 10, Stage.PEAK),
        (6, 11, Stage.LATE),
        (6, 20, Stage.LATE),
        (6, 21, Stage.COMING),
    ],
)
def test_the_stages_of_a_season(month: int, day: int, stage: Stage) -> None:
    assert season_of(CHERRY, date(2027, month, day)).stage is stage


@pytest.mark.parametrize(
    ("today", "stage"),
    [
        (date(2026, 12, 15), Stage.EARLY),
        (date(2027, 1, 15), Stage.PEAK),
        (date(2027, 3, 1), Stage.LATE),
        (date(2027, 4, 1), Stage.COMING),
    ],
)
def test_the_stages_of_a_winter_season(today: date, stage: Stage) -> None:
    """Its peak lies in the year after its start."""
    assert season_of(STRAWBERRY, today).stage is stage


@pytest.mark.parametrize(
    ("month", "day", "stage", "leading", "then"),
    [
        (5, 30, Stage.PEAK, ["cherry"], "blueberry"),
        (6, 20, Stage.PEAK, ["blueberry"], None),  # fruit before the lavender's peak
        (6, 12, Stage.EARLY, ["blueberry"], None),
        (7, 12, Stage.LATE, ["blueberry"], "cherry"),
        (4, 2, Stage.EARLY, ["blossom"], "cherry"),
        (11, 23, Stage.COMING, ["blossom"], "cherry"),
        (5, 1, Stage.COMING, ["cherry"], "blueberry"),
    ],
)
def test_the_fact_of_the_day(
    month: int, day: int, stage: Stage, leading: list[str], then: str | None
) -> None:
    fact = fact_of_day(ALL, date(2026, month, day))
    assert fact is not None
    assert fact.stage is stage
    assert [season.crop.slug for season in fact.leading] == leading
    assert (fact.then.crop.slug if fact.then else None) == then


def test_two_fruits_may_lead_together() -> None:
    grape = crop("grape", "07-25", "08-05", "09-05", "09-15")
    peach = crop("peach", "08-05", "08-15", "08-31", "09-05")
    fact = fact_of_day([grape, peach], date(2027, 8, 20))
    assert fact is not None
    assert [season.crop.slug for season in fact.leading] == ["grape", "peach"]


def test_without_crops_there_is_no_fact() -> None:
    assert fact_of_day([], date(2027, 5, 30)) is None
