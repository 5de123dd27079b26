"""A weekly pattern to windows: days, breaks, holidays, single days, clocks that change."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tourism.experiences.models import DayRule, HolidayRule, Schedule, ScheduleDay
from tourism.experiences.public_holidays import public_holidays
from tourism.experiences.schedule import windows

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
WEEK, WEEKEND = [0, 1, 2, 3, 4], [5, 6]


def run(days: list[int], opens: str, closes: str, capacity: int = 20) -> dict[str, Any]:
    return {"days": days, "opens": opens, "closes": closes, "capacity": capacity}


def pattern(**values: Any) -> Schedule:
    """Monday 2027-05-24 to Sunday 2027-05-30, every day from 8:00 to 11:00, each hour."""
    defaults: dict[str, Any] = {
        "starts_on": date(2027, 5, 24),
        "ends_on": date(2027, 5, 30),
        "hours": [run([*WEEK, *WEEKEND], "08:00", "11:00")],
        "breaks": [],
        "every": timedelta(hours=1),
        "window": timedelta(hours=1),
        "holidays": HolidayRule.AS_USUAL,
        "days": [],
    }
    return Schedule(**defaults | values)


def shown(schedule: Schedule, holidays: Any = (), zone: ZoneInfo = SHANGHAI) -> list[str]:
    made = windows(schedule, zone, holidays, all_day=False)
    return [f"{each.starts_at.astimezone(zone):%d %H:%M} {each.capacity}" for each in made]


def test_each_day_has_its_windows_in_local_time() -> None:
    made = windows(pattern(), SHANGHAI, [], all_day=False)
    assert len(made) == 21
    assert made[0].starts_at == datetime(2027, 5, 24, 0, 0, tzinfo=UTC)
    assert made[0].ends_at - made[0].starts_at == timedelta(hours=1)


def test_weekdays_have_hours_of_their_own() -> None:
    hours = [run(WEEK, "09:00", "10:00"), run(WEEKEND, "08:00", "10:00", 60)]
    made = shown(pattern(hours=hours))
    assert made[:2] == ["24 09:00 20", "25 09:00 20"]
    assert made[-2:] == ["30 08:00 60", "30 09:00 60"]
    assert len(made) == 9


def test_windows_begin_anew_after_a_break_and_none_reaches_into_it() -> None:
    hours = [run([0], "08:00", "15:00")]
    breaks = [{"from": "10:30", "to": "13:30"}]
    made = shown(pattern(hours=hours, breaks=breaks))
    assert made == ["24 08:00 20", "24 09:00 20", "24 13:30 20"]


def test_arrival_may_be_shorter_than_the_time_between() -> None:
    made = windows(
        pattern(hours=[run([0], "08:00", "09:20")], window=timedelta(minutes=20)),
        SHANGHAI,
        [],
        all_day=False,
    )
    assert [each.ends_at - each.starts_at for each in made] == [timedelta(minutes=20)] * 2


def test_all_day_is_one_window_from_opening_to_closing() -> None:
    (made,) = windows(pattern(hours=[run([6], "09:00", "17:00", 200)]), SHANGHAI, [], all_day=True)
    assert (made.ends_at - made.starts_at, made.capacity) == (timedelta(hours=8), 200)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (HolidayRule.AS_USUAL, ["26 09:00 20"]),
        (HolidayRule.CLOSED, []),
        (HolidayRule.AS_SUNDAY, ["26 08:00 60"]),
    ],
)
def test_holidays_follow_their_rule(rule: HolidayRule, expected: list[str]) -> None:
    hours = [run([2], "09:00", "10:00"), run([6], "08:00", "09:00", 60)]
    made = shown(pattern(hours=hours, holidays=rule), [date(2027, 5, 26), date(2027, 6, 9)])
    assert made == [*expected, "30 08:00 60"]


def test_what_the_host_decides_goes_before_calendar_and_weekday() -> None:
    days = [
        ScheduleDay(day=date(2027, 5, 24), rule=DayRule.CLOSED),
        ScheduleDay(day=date(2027, 5, 25), rule=DayRule.OPEN),
        ScheduleDay(
            day=date(2027, 5, 26), rule=DayRule.HOURS, opens="14:00", closes="15:00", capacity=5
        ),
        ScheduleDay(day=date(2027, 5, 27), rule=DayRule.HOURS, opens="14:00", closes="15:00"),
    ]
    hours = [run([0, 1, 2, 3], "08:00", "09:00")]
    schedule = pattern(hours=hours, days=days, holidays=HolidayRule.CLOSED)
    assert shown(schedule, [date(2027, 5, 25)]) == ["25 08:00 20", "26 14:00 5", "27 14:00 20"]


def test_clocks_that_change_keep_wall_time_and_make_nothing_twice() -> None:
    """Berlin, 28 March 2027: 2:00 does not exist. 31 October: 2:00 comes twice."""
    for day in (date(2027, 3, 28), date(2027, 10, 31)):
        schedule = pattern(starts_on=day, ends_on=day, hours=[run([6], "01:00", "10:00")])
        made = windows(schedule, BERLIN, [], all_day=False)
        starts = [each.starts_at for each in made]
        assert len(set(starts)) == len(starts)
        assert all(each.ends_at > each.starts_at for each in made)
        assert f"{made[-1].starts_at.astimezone(BERLIN):%H:%M}" == "09:00"
    before = pattern(starts_on=date(2027, 3, 26), ends_on=date(2027, 3, 29))
    assert {each[3:8] for each in shown(before, zone=BERLIN)} == {"08:00", "09:00", "10:00"}


def test_holidays_are_the_country_s_in_the_reader_s_language() -> None:
    first, last = date(2027, 5, 1), date(2027, 6, 30)
    assert public_holidays("CN", "", first, last, "zh-Hans")[date(2027, 6, 9)] == "端午节"
    assert public_holidays("CN", "", first, last, "zh-Hant")[date(2027, 6, 9)] == "端午節"
    assert "Dragon" in public_holidays("CN", "", first, last, "en")[date(2027, 6, 9)]
    assert min(public_holidays("CN", "", first, last, "en")) == date(2027, 5, 1)


def test_holidays_of_a_part_of_the_country_and_of_none() -> None:
    first, last = date(2027, 1, 1), date(2027, 1, 31)
    epiphany = date(2027, 1, 6)
    assert epiphany in public_holidays("DE", "BY", first, last, "en")
    assert epiphany not in public_holidays("DE", "", first, last, "en")
    assert public_holidays("XX", "", first, last, "en") == {}
    assert epiphany not in public_holidays("DE", "unknown", first, last, "en")
