"""What an owner types about the weekly pattern, and what is wrong with it, beside each field."""

from collections.abc import Iterator, Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from itertools import combinations
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectMultipleField

from tourism.experiences.models import DayRule, Experience, HolidayRule, Schedule, ScheduleDay
from tourism.experiences.schedule import Break, Hours, days_between, open_spans
from tourism.experiences.schedules import Decision, Pattern
from tourism.experiences.slot_changes import LARGEST_CAPACITY
from tourism.web.forms import LineField
from tourism.web.typed_forms import TypedForm

RUNS, BREAKS = range(3), range(3)
LONGEST_SEASON = timedelta(days=370)


def _weekday(text: str) -> int:
    return int(text) if text in set("0123456") else -1


class DaysField(SelectMultipleField):
    """Weekdays, Monday being 0; others than there are do not count."""

    def __init__(self, **values: Any) -> None:
        super().__init__(_l("Weekdays"), coerce=_weekday, validate_choice=False, **values)

    @property
    def days(self) -> list[int]:
        return sorted({day for day in self.data or () if day >= 0})


class PatternForm(TypedForm):
    """The weekly pattern; `pattern_form` adds the rows and the prices."""

    starts_on = LineField(_l("First day"))
    ends_on = LineField(_l("Last day"))
    every = LineField(_l("A new time begins every (minutes)"))
    window = LineField(_l("How long one may arrive (minutes)"))
    stay = LineField(_l("How long people stay (minutes)"))
    holidays = LineField(_l("On public holidays"))

    def read(self, *, all_day: bool) -> Pattern | None:
        """The pattern, or None when something was refused."""
        season = self._season()
        hours = self._hours()
        breaks = [] if all_day else self._breaks(hours)
        every, window = self._lengths(hours, breaks, all_day=all_day)
        if self.holidays.data not in set(HolidayRule):
            self.refuse("holidays", _("Choose one of these."))
        if self.errors or season is None:
            return None
        self._check_days(hours, season)
        return (
            None
            if self.errors
            else Pattern(
                starts_on=season[0],
                ends_on=season[1],
                hours=[_entry(days, each) for days, each in hours.values()],
                breaks=[{"from": f"{b.starts:%H:%M}", "to": f"{b.ends:%H:%M}"} for b in breaks],
                every=every,
                window=window,
                holidays=HolidayRule(self.holidays.data or ""),
            )
        )

    def read_stay(self) -> timedelta | None:
        minutes = self.number("stay", 5, 1440)
        return None if minutes is None else timedelta(minutes=minutes)

    def read_prices(self, experience: Experience) -> dict[int, int | None]:
        """In minor units, by the unit's id."""
        return {unit.id: self.price(f"price_{unit.id}") for unit in experience.units}

    def _season(self) -> tuple[date, date] | None:
        first, last = self.day("starts_on"), self.day("ends_on")
        if first is None or last is None:
            return None
        if last < first:
            self.refuse("ends_on", _("The last day lies before the first."))
        elif last - first > LONGEST_SEASON:
            self.refuse("ends_on", _("At most %(num)s days.", num=LONGEST_SEASON.days))
        return first, last

    def _hours(self) -> dict[int, tuple[list[int], Hours]]:
        """Each row that is filled in, by its number."""
        rows = {}
        for row in RUNS:
            names = [f"{name}_{row}" for name in ("opens", "closes", "capacity")]
            days = self[f"days_{row}"].days
            if row and not days and self.is_empty(*names):
                continue
            if not days:
                self.refuse(f"days_{row}", _("Choose at least one weekday."))
            span = self.span(*names[:2])
            capacity = self.number(names[2], 1, LARGEST_CAPACITY)
            if span and capacity:
                rows[row] = days, Hours(*span, capacity)
        for (_a, (before, _x)), (row, (days, _y)) in combinations(rows.items(), 2):
            if both := set(before) & set(days):
                self.refuse(f"days_{row}", _same_day_words(len(both)))
        return rows

    def _breaks(self, hours: Mapping[int, tuple[list[int], Hours]]) -> list[Break]:
        found: list[Break] = []
        for row in BREAKS:
            first, last = f"break_from_{row}", f"break_to_{row}"
            if self.is_empty(first, last):
                continue
            span = self.span(first, last)
            if span is None:
                continue
            if any(span[0] < each.ends and each.starts < span[1] for each in found):
                self.refuse(first, _("This break overlaps another."))
            elif hours and not any(
                each.opens < span[1] and span[0] < each.closes for _days, each in hours.values()
            ):
                self.refuse(first, _("You are not open at that time anyway."))
            found.append(Break(*span))
        return found

    def _lengths(
        self,
        hours: Mapping[int, tuple[list[int], Hours]],
        breaks: list[Break],
        *,
        all_day: bool,
    ) -> tuple[timedelta, timedelta]:
        if all_day:
            return timedelta(days=1), timedelta(days=1)
        every, window = self.number("every", 5, 720), self.number("window", 5, 720)
        lengths = timedelta(minutes=every or 0), timedelta(minutes=window or 0)
        if not every or not window:
            return lengths
        if window > every:
            words = _("Not longer than %(num)s minutes: the next time would have begun.", num=every)
            self.refuse("window", words)
        for row, (_days, each) in hours.items():
            if not any(_length(*span) >= lengths[1] for span in open_spans(each, breaks)):
                self.refuse(f"closes_{row}", _("No time fits between opening, breaks and closing."))
        return lengths

    def _check_days(
        self, hours: Mapping[int, tuple[list[int], Hours]], season: tuple[date, date]
    ) -> None:
        if not any(days_between(*season, days) for days, _hours in hours.values()):
            self.refuse("ends_on", _("None of your weekdays lies between these two days."))


class DayForm(TypedForm):
    """One date that is another than its weekday."""

    day_on = LineField(_l("Date"))
    rule = LineField(_l("On that day"))
    day_opens = LineField(_l("Opens"))
    day_closes = LineField(_l("Closes"))
    day_capacity = LineField(_l("Places each time"))

    def read(self, schedule: Schedule) -> Decision | None:
        day = self.day("day_on")
        if day and not schedule.starts_on <= day <= schedule.ends_on:
            self.refuse("day_on", _("This day lies outside the season."))
        if self.rule.data not in set(DayRule):
            self.refuse("rule", _("Choose one of these."))
            return None
        rule = DayRule(self.rule.data)
        opens, closes, capacity = self._hours() if rule is DayRule.HOURS else (None, None, None)
        if self.errors or day is None:
            return None
        return Decision(day, rule, opens, closes, capacity)

    def _hours(self) -> tuple[str | None, str | None, int | None]:
        span = self.span("day_opens", "day_closes")
        capacity = None
        if not self.is_empty("day_capacity"):
            capacity = self.number("day_capacity", 1, LARGEST_CAPACITY)
        if span is None:
            return None, None, None
        return f"{span[0]:%H:%M}", f"{span[1]:%H:%M}", capacity


def pattern_form(
    experience: Experience,
    schedule: Schedule | None = None,
    today: date | None = None,
    *,
    kept: bool = False,
) -> PatternForm:
    """The form with its rows, as it was sent or, with ``kept``, filled with what is kept."""

    class Filled(PatternForm):
        pass

    for row in RUNS:
        setattr(Filled, f"days_{row}", DaysField())
        setattr(Filled, f"opens_{row}", LineField(_l("Opens")))
        setattr(Filled, f"closes_{row}", LineField(_l("Closes")))
        setattr(Filled, f"capacity_{row}", LineField(_l("Places each time")))
    for row in BREAKS:
        setattr(Filled, f"break_from_{row}", LineField(_l("Break from")))
        setattr(Filled, f"break_to_{row}", LineField(_l("to")))
    for unit in experience.units:
        setattr(Filled, f"price_{unit.id}", LineField(""))
    data = dict(_kept(experience, schedule, today))
    return Filled(None, data=data) if kept else Filled(data=data)


def _kept(
    experience: Experience, schedule: Schedule | None, today: date | None
) -> Iterator[tuple[str, object]]:
    yield "stay", str(round(experience.stay.total_seconds() / 60))
    for unit in experience.units:
        if unit.price_amount is not None:
            yield f"price_{unit.id}", f"{Decimal(unit.price_amount) / 100:f}"
    if schedule is None:
        yield "starts_on", today.isoformat() if today else ""
        yield from {"holidays": HolidayRule.AS_USUAL.value, "every": "60", "window": "60"}.items()
        return
    yield "starts_on", schedule.starts_on.isoformat()
    yield "ends_on", schedule.ends_on.isoformat()
    yield "holidays", schedule.holidays.value
    for name in ("every", "window"):
        yield name, str(round(getattr(schedule, name).total_seconds() / 60))
    for row, entry in enumerate(schedule.hours):
        for name in ("days", "opens", "closes"):
            yield f"{name}_{row}", entry[name]
        yield f"capacity_{row}", str(entry["capacity"])
    for row, each in enumerate(schedule.breaks):
        yield f"break_from_{row}", each["from"]
        yield f"break_to_{row}", each["to"]


def day_values(each: ScheduleDay | None) -> dict[str, str]:
    """A decided day as the form has it."""
    if each is None:
        return {"rule": DayRule.CLOSED.value}
    values = {
        "day_on": each.day.isoformat(),
        "rule": each.rule.value,
        "day_opens": each.opens,
        "day_closes": each.closes,
        "day_capacity": each.capacity and str(each.capacity),
    }
    return {name: value for name, value in values.items() if value}


def _entry(days: list[int], hours: Hours) -> dict[str, Any]:
    return {
        "days": days,
        "opens": f"{hours.opens:%H:%M}",
        "closes": f"{hours.closes:%H:%M}",
        "capacity": hours.capacity,
    }


def _length(starts: time, ends: time) -> timedelta:
    return timedelta(hours=ends.hour - starts.hour, minutes=ends.minute - starts.minute)


def _same_day_words(count: int) -> str:
    if count == 1:
        return str(_("A weekday stands in two rows. It can only have one."))
    return str(_("Some weekdays stand in two rows. Each can only have one."))
