"""From the weekly pattern to slots: what would be made, changed and taken away; then doing it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from tourism.bookings.timetable import Change, Known, Timetable, apply_timetable, compare
from tourism.core.clock import now
from tourism.desk.schedule import holidays_of
from tourism.experiences.models import Experience, Schedule
from tourism.experiences.schedule import Window, windows
from tourism.experiences.schedules import schedules_of
from tourism.web.auth import actor
from tourism.web.db import db_session, transaction
from tourism.web.filters import local, zone

bp = Blueprint("timetable", __name__, url_prefix="/timetable")
_KINDS = ("made", "changed", "removed", "same", "left_alone")
_FAR = timedelta(days=3660)


@dataclass(slots=True)
class DayPlan:
    """What happens on one local day of one experience."""

    day: date
    holiday: str = ""
    made: list[Window] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    removed: list[Change] = field(default_factory=list)
    same: list[Known] = field(default_factory=list)
    left_alone: list[Change] = field(default_factory=list)

    @property
    def times(self) -> list[tuple[str, Window | Change | Known]]:
        """All of them in the order of the clock, each with what becomes of it."""
        found = [(what, each) for what in _KINDS for each in getattr(self, what)]
        return sorted(found, key=lambda pair: _start(pair[1]))


@dataclass(frozen=True, slots=True)
class Week:
    """Some days from Monday on, and their sums."""

    days: Sequence[DayPlan]

    @property
    def first(self) -> date:
        return self.days[0].day

    @property
    def last(self) -> date:
        return self.days[-1].day

    def count(self, what: str) -> int:
        return sum(len(getattr(day, what)) for day in self.days)


@dataclass(frozen=True, slots=True)
class Plan:
    """One experience's timetable, by week."""

    experience: Experience
    timetable: Timetable
    weeks: Sequence[Week]


@bp.get("/")
def show() -> ResponseReturnValue:
    """What applying would do; nothing is changed."""
    return _show(_plans(_only(request.args), now()))


@bp.post("/")
def apply() -> ResponseReturnValue:
    """Do what was shown. When it would be something else by now, it is shown again instead."""
    only, at = _only(request.form), now()
    with transaction() as session:
        plans = _plans(only, at)
        if not plans or fingerprint(plans) != request.form.get("plan"):
            return _show(plans, changed=bool(plans))
        for plan in plans:
            apply_timetable(session, plan.timetable, action="schedule.apply", now=at, actor=actor())
    flash(applied_words(plans), "good")
    return redirect(url_for(".show", experience=only), 303)


def fingerprint(plans: Sequence[Plan]) -> str:
    return "-".join(plan.timetable.fingerprint for plan in plans)


def applied_words(plans: Sequence[Plan]) -> str:
    made, changed, removed = (
        sum(len(getattr(plan.timetable, what)) for plan in plans)
        for what in ("made", "changed", "removed")
    )
    words = [ngettext("%(num)s time made", "%(num)s times made", made)]
    words.append(ngettext("%(num)s changed", "%(num)s changed", changed))
    words.append(ngettext("%(num)s taken away", "%(num)s taken away", removed))
    return str(_("Done: %(what)s.", what=_(", ").join(words)))


def plan_of(experience: Experience, timetable: Timetable, holidays: Mapping[date, str]) -> Plan:
    """The timetable by local day and week."""
    days: dict[date, DayPlan] = {}
    for what in _KINDS:
        for each in getattr(timetable, what):
            day = local(_start(each)).date()
            plan = days.setdefault(day, DayPlan(day, holidays.get(day, "")))
            getattr(plan, what).append(each)
    return Plan(experience, timetable, _weeks(days[day] for day in sorted(days)))


def _plans(only: int | None, at: datetime) -> list[Plan]:
    return [_plan(each, at) for each in schedules_of(db_session(), current_user, only)]


def _plan(schedule: Schedule, at: datetime) -> Plan:
    holidays = holidays_of(schedule)
    wanted = windows(schedule, zone(), holidays, all_day=schedule.experience.all_day)
    timetable = compare(
        db_session(),
        experience_id=schedule.experience_id,
        wanted=wanted,
        spans=[(at, at + _FAR)],
    )
    return plan_of(schedule.experience, timetable, holidays)


def _show(plans: Sequence[Plan], *, changed: bool = False) -> ResponseReturnValue:
    only = plans[0].experience.id if len(plans) == 1 else None
    answer = render_template(
        "desk/timetable/show.html",
        plans=plans,
        only=only,
        plan=fingerprint(plans),
        is_settled=all(plan.timetable.is_settled for plan in plans),
        changed=changed,
    )
    return answer, 409 if changed else 200


def _only(values: Mapping[str, str]) -> int | None:
    text = values.get("experience", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _start(each: Window | Change | Known) -> datetime:
    return each.slot.starts_at if isinstance(each, Change) else each.starts_at


def _weeks(days: Iterable[DayPlan]) -> list[Week]:
    runs = groupby(days, key=lambda each: each.day.isocalendar()[:2])
    return [Week(list(run)) for _week, run in runs]
