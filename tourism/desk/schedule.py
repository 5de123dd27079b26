"""The weekly pattern of each experience: hours, season, breaks, holidays, stay and prices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tourism.core.clock import now
from tourism.desk.schedule_forms import DayForm, PatternForm, day_values, pattern_form
from tourism.experiences.errors import CeilingFullError
from tourism.experiences.models import DayRule, Experience, HolidayRule, Schedule, ScheduleDay
from tourism.experiences.ownership import experiences_of, get_experience_of
from tourism.experiences.public_holidays import public_holidays
from tourism.experiences.schedules import (
    Pattern,
    change_prices,
    change_stay,
    decide_day,
    find_schedule,
    forget_day,
    save_schedule,
    schedules_of,
)
from tourism.web.auth import actor
from tourism.web.db import db_session, transaction
from tourism.web.filters import local
from tourism.web.languages import current_language

bp = Blueprint("schedule", __name__, url_prefix="/schedule")


@dataclass(frozen=True, slots=True)
class OtherDay:
    """A date that is not like its weekday: a holiday, a decided day, or both."""

    day: date
    holiday: str
    decided: ScheduleDay | None


@dataclass(frozen=True, slots=True)
class SchedulePage:
    """All that the page of a pattern shows."""

    experience: Experience
    schedule: Schedule | None
    form: PatternForm
    day_form: DayForm
    others: Sequence[OtherDay]


@bp.get("/")
def index() -> ResponseReturnValue:
    schedules = {each.experience_id: each for each in schedules_of(db_session(), current_user)}
    return render_template(
        "desk/schedule/index.html",
        experiences=experiences_of(db_session(), current_user),
        schedules=schedules,
    )


@bp.get("/<int:experience_id>")
def edit(experience_id: int) -> ResponseReturnValue:
    experience, schedule = _own(experience_id)
    return _page(experience, schedule, pattern_form(experience, schedule, local(now()).date()))


@bp.post("/<int:experience_id>")
def update(experience_id: int) -> ResponseReturnValue:
    experience, _schedule = _own(experience_id)
    form = pattern_form(experience)
    if form.validate_on_submit():
        pattern = form.read(all_day=experience.all_day)
        form.read_stay(), form.read_prices(experience)
        if not form.errors and pattern and _saved(form, experience_id, pattern):
            flash(_("Kept. Now see what would change, then apply it."), "good")
            return redirect(url_for("desk.timetable.show", experience=experience_id), 303)
    return _page(*_own(experience_id), form)


def _saved(form: PatternForm, experience_id: int, pattern: Pattern) -> bool:
    at, who = now(), actor()
    try:
        with transaction() as session:
            experience = get_experience_of(session, current_user, experience_id)
            save_schedule(session, experience_id=experience.id, pattern=pattern, now=at, actor=who)
            change_prices(
                session,
                experience=experience,
                prices=form.read_prices(experience),
                currency=g.destination.currency,
                now=at,
                actor=who,
            )
            stay = form.read_stay() or experience.stay
            change_stay(session, experience=experience, stay=stay, now=at, actor=who)
    except CeilingFullError:
        form.refuse("stay", _("So long, and too many would be here at once."))
        return False
    return True


@bp.post("/<int:experience_id>/days")
def decide(experience_id: int) -> ResponseReturnValue:
    experience, schedule = _own(experience_id)
    form = DayForm()
    decision = form.read(schedule) if schedule and form.validate_on_submit() else None
    if decision is None:
        pattern = pattern_form(experience, schedule, local(now()).date(), kept=True)
        return _page(experience, schedule, pattern, form)
    with transaction() as session:
        decide_day(
            session, experience_id=experience.id, decision=decision, now=now(), actor=actor()
        )
    flash(_("Kept. Now see what would change, then apply it."), "good")
    return redirect(url_for(".edit", experience_id=experience_id, _anchor="days"), 303)


@bp.post("/<int:experience_id>/days/<day:day>/forget")
def forget(experience_id: int, day: date) -> ResponseReturnValue:
    with transaction() as session:
        experience = get_experience_of(session, current_user, experience_id)
        forget_day(session, experience_id=experience.id, day=day, now=now(), actor=actor())
    return redirect(url_for(".edit", experience_id=experience_id, _anchor="days"), 303)


def holidays_of(schedule: Schedule) -> Mapping[date, str]:
    """The public holidays of its season, with their names."""
    return public_holidays(
        g.destination.country,
        g.destination.subdivision,
        schedule.starts_on,
        schedule.ends_on,
        current_language(),
    )


def _own(experience_id: int) -> tuple[Experience, Schedule | None]:
    experience = get_experience_of(db_session(), current_user, experience_id)
    return experience, find_schedule(db_session(), experience_id)


def _page(
    experience: Experience,
    schedule: Schedule | None,
    form: PatternForm,
    day_form: DayForm | None = None,
) -> ResponseReturnValue:
    shown = day_form or DayForm(None, data=day_values(None))
    page = SchedulePage(experience, schedule, form, shown, _others(schedule))
    status = 422 if form.errors or shown.errors else 200
    answer = render_template(
        "desk/schedule/edit.html", page=page, form=form, rules=list(DayRule), words=rule_words()
    )
    return answer, status


def _others(schedule: Schedule | None) -> list[OtherDay]:
    if schedule is None:
        return []
    names = holidays_of(schedule)
    decided = {each.day: each for each in schedule.days}
    days = sorted({*names, *decided})
    return [OtherDay(day, names.get(day, ""), decided.get(day)) for day in days]


def rule_words() -> dict[str, str]:
    return {
        HolidayRule.AS_USUAL: _("open as on any such weekday"),
        HolidayRule.AS_SUNDAY: _("open as on a Sunday"),
        HolidayRule.CLOSED: _("closed"),
        DayRule.OPEN: _("open as its weekday"),
        DayRule.HOURS: _("open, other hours"),
    }
