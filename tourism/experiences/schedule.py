"""A weekly pattern to arrival windows: which days, which hours, in the destination's own time.

Nothing here reads or writes the database; `bookings/timetable.py` compares the windows with the
slots that there are.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import WEEKLY, rrule

from tourism.experiences.models import DayRule, HolidayRule, Schedule, ScheduleDay

_SUNDAY = 6


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """An arrival window that a slot should offer."""

    starts_at: datetime
    ends_at: datetime
    capacity: int


@dataclass(frozen=True, slots=True)
class Hours:
    """When a day is open, and how many may come in each of its windows."""

    opens: time
    closes: time
    capacity: int


@dataclass(frozen=True, slots=True)
class Break:
    starts: time
    ends: time


def windows(
    schedule: Schedule, zone: ZoneInfo, holidays: Iterable[date], *, all_day: bool
) -> list[Window]:
    """Every window of the season, in order; ``all_day`` is one a day, from opening to closing.

    Needs the schedule's days loaded. A time that the clock leaves out in spring is the same
    instant an hour later on the wall, and no window is made twice.
    """
    made: dict[datetime, Window] = {}
    for day, hours in sorted(hours_by_day(schedule, holidays).items()):
        spans = [(hours.opens, hours.closes)] if all_day else list(_spans(schedule, hours))
        for starts, ends in spans:
            begin, end = instant(day, starts, zone), instant(day, ends, zone)
            if end > begin:
                made.setdefault(begin, Window(begin, end, hours.capacity))
    return sorted(made.values())


def hours_by_day(schedule: Schedule, holidays: Iterable[date]) -> dict[date, Hours]:
    """The hours of each open day: by its weekday, then by the holiday, then by the host's word."""
    runs = [(entry["days"], _hours(entry)) for entry in schedule.hours]
    by_weekday = {weekday: hours for days, hours in runs for weekday in days}
    found = {day: hours for days, hours in runs for day in days_of(schedule, days)}
    if schedule.holidays is not HolidayRule.AS_USUAL:
        instead = by_weekday if schedule.holidays is HolidayRule.AS_SUNDAY else {}
        for day in holidays:
            if schedule.starts_on <= day <= schedule.ends_on:
                _put(found, day, instead.get(_SUNDAY))
    for each in schedule.days:
        _put(found, each.day, _decided(each, by_weekday))
    return found


def days_of(schedule: Schedule, weekdays: Sequence[int]) -> list[date]:
    """The days of the season that fall on these weekdays."""
    return days_between(schedule.starts_on, schedule.ends_on, weekdays)


def days_between(first: date, last: date, weekdays: Sequence[int]) -> list[date]:
    if not weekdays:
        return []
    start, end = datetime.combine(first, time()), datetime.combine(last, time())
    rule = rrule(WEEKLY, dtstart=start, until=end, byweekday=list(weekdays))
    return [moment.date() for moment in rule]


def open_spans(hours: Hours, breaks: Sequence[Break]) -> list[tuple[time, time]]:
    """What of the opening hours no break covers."""
    spans: list[tuple[time, time]] = []
    start = hours.opens
    for each in sorted(breaks, key=lambda each: each.starts):
        if each.ends <= start or each.starts >= hours.closes:
            continue
        if each.starts > start:
            spans.append((start, each.starts))
        start = each.ends
    if start < hours.closes:
        spans.append((start, hours.closes))
    return spans


def instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """The instant at which the clocks there show that time; of two such, the first."""
    return datetime.combine(day, wall, zone).astimezone(UTC)


def breaks_of(schedule: Schedule) -> list[Break]:
    return [Break(_time(each["from"]), _time(each["to"])) for each in schedule.breaks]


def _spans(schedule: Schedule, hours: Hours) -> Iterator[tuple[time, time]]:
    """Windows begin anew after each break, and none reaches into a break or past closing."""
    for starts, ends in open_spans(hours, breaks_of(schedule)):
        at = _of_day(starts)
        while at + schedule.window <= _of_day(ends):
            yield _wall(at), _wall(at + schedule.window)
            at += schedule.every


def _decided(each: ScheduleDay, by_weekday: Mapping[int, Hours]) -> Hours | None:
    usual = by_weekday.get(each.day.weekday())
    match each.rule:
        case DayRule.CLOSED:
            return None
        case DayRule.OPEN:
            return usual or next(iter(by_weekday.values()), None)
        case DayRule.HOURS:
            capacity = each.capacity or (usual or next(iter(by_weekday.values()))).capacity
            return Hours(_time(each.opens or ""), _time(each.closes or ""), capacity)


def _put(found: dict[date, Hours], day: date, hours: Hours | None) -> None:
    if hours is None:
        found.pop(day, None)
    else:
        found[day] = hours


def _hours(entry: Mapping[str, object]) -> Hours:
    capacity = entry["capacity"]
    assert isinstance(capacity, int)
    return Hours(_time(str(entry["opens"])), _time(str(entry["closes"])), capacity)


def _time(text: str) -> time:
    return time.fromisoformat(text)


def _of_day(wall: time) -> timedelta:
    return timedelta(hours=wall.hour, minutes=wall.minute)


def _wall(at: timedelta) -> time:
    minutes = int(at.total_seconds()) // 60
    return time(minutes // 60, minutes % 60)
