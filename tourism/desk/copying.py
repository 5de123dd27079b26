"""One day's slots on other days too, and a single slot more: both are made by hand."""

from datetime import date, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from tourism.bookings.timetable import apply_timetable, compare, make_slot
from tourism.core.clock import now
from tourism.desk.schedule_forms import DaysField
from tourism.desk.timetable import Plan, applied_words, fingerprint, plan_of
from tourism.experiences.models import Experience, Slot
from tourism.experiences.ownership import get_experience_of
from tourism.experiences.queries import midnight, slots_of_day
from tourism.experiences.schedule import Window, days_between, instant
from tourism.experiences.slot_changes import LARGEST_CAPACITY
from tourism.web.auth import actor
from tourism.web.db import db_session, transaction
from tourism.web.filters import local, zone
from tourism.web.forms import LineField
from tourism.web.typed_forms import TypedForm

bp = Blueprint("copying", __name__, url_prefix="/schedule/<int:experience_id>")
_DAY = timedelta(days=1)
_MOST_DAYS = 92


class CopyForm(TypedForm):
    """Which day, and to which."""

    source = LineField(_l("Copy this day"))
    first = LineField(_l("From"))
    last = LineField(_l("To"))
    weekdays = DaysField()

    def read(self) -> tuple[date, list[date]] | None:
        source, first, last = (self.day(name) for name in ("source", "first", "last"))
        if source is None or first is None or last is None:
            return None
        if last < first:
            self.refuse("last", _("The last day lies before the first."))
        elif (last - first).days >= _MOST_DAYS:
            self.refuse("last", _("At most %(num)s days.", num=_MOST_DAYS))
        elif last < local(now()).date():
            self.refuse("last", _("These days are over."))
        if self.errors:
            return None
        weekdays = self.weekdays.days or range(7)
        days = [day for day in days_between(first, last, list(weekdays)) if day != source]
        if not days:
            self.refuse("weekdays", _("None of these weekdays lies between the two days."))
        return (source, days) if days else None


class SlotForm(TypedForm):
    """One slot by hand."""

    on = LineField(_l("Date"))
    opens = LineField(_l("From"))
    closes = LineField(_l("To"))
    capacity = LineField(_l("How many may come"))

    def read(self) -> Window | None:
        day, span = self.day("on"), self.span("opens", "closes")
        capacity = self.number("capacity", 1, LARGEST_CAPACITY)
        if self.errors or not (day and span and capacity):
            return None
        starts, ends = (instant(day, each, zone()) for each in span)
        if ends <= now():
            self.refuse("on", _("This time is over."))
            return None
        return Window(starts, ends, capacity)


@bp.get("/copy")
def show(experience_id: int) -> ResponseReturnValue:
    """The form, and below it, once it is filled in, what copying would do."""
    experience = get_experience_of(db_session(), current_user, experience_id)
    asked = "source" in request.args
    form = CopyForm(request.args if asked else None, meta={"csrf": False})
    chosen = form.read() if asked else None
    return _page(experience, form, _plan(experience, form, chosen))


@bp.post("/copy")
def apply(experience_id: int) -> ResponseReturnValue:
    form = CopyForm()
    chosen = form.read() if form.validate_on_submit() else None
    with transaction() as session:
        experience = get_experience_of(session, current_user, experience_id)
        plan = _plan(experience, form, chosen)
        if plan is None or fingerprint([plan]) != request.form.get("plan"):
            return _page(experience, form, plan, changed=plan is not None)
        apply_timetable(
            session,
            plan.timetable,
            action="schedule.copy",
            now=now(),
            actor=actor(),
            by_hand=True,
        )
    flash(applied_words([plan]), "good")
    return redirect(url_for("desk.arrivals.index", day=plan.weeks[0].first), 303)


@bp.get("/slots/new")
def new(experience_id: int) -> ResponseReturnValue:
    experience = get_experience_of(db_session(), current_user, experience_id)
    form = SlotForm(None, data={"on": local(now()).date().isoformat()})
    return render_template("desk/schedule/slot.html", experience=experience, form=form)


@bp.post("/slots")
def create(experience_id: int) -> ResponseReturnValue:
    form = SlotForm()
    window = form.read() if form.validate_on_submit() else None
    with transaction() as session:
        experience = get_experience_of(session, current_user, experience_id)
        if window and make_slot(
            session, experience_id=experience.id, window=window, now=now(), actor=actor()
        ):
            flash(_("The time is there."), "good")
            return redirect(url_for("desk.arrivals.index", day=local(window.starts_at).date()), 303)
    if window:
        form.refuse("opens", _("There is a time that begins then already."))
    page = render_template("desk/schedule/slot.html", experience=experience, form=form)
    return page, 422


def _plan(
    experience: Experience, form: CopyForm, chosen: tuple[date, list[date]] | None
) -> Plan | None:
    """The day's slots on those days; None when the form says nothing, or the day has none."""
    if chosen is None:
        return None
    source, days = chosen
    model = slots_of_day(db_session(), experience, source, zone())
    if not model:
        form.refuse("source", _("This day has no times."))
        return None
    at = now()
    spans = [(max(at, midnight(day, zone())), midnight(day + _DAY, zone())) for day in days]
    wanted = [_moved(slot, day) for day in days for slot in model]
    timetable = compare(db_session(), experience_id=experience.id, wanted=wanted, spans=spans)
    return plan_of(experience, timetable, {})


def _moved(slot: Slot, day: date) -> Window:
    """The same time on the clock of another day."""
    starts = instant(day, local(slot.starts_at).time(), zone())
    return Window(starts, starts + (slot.ends_at - slot.starts_at), slot.capacity)


def _page(
    experience: Experience, form: CopyForm, plan: Plan | None, *, changed: bool = False
) -> ResponseReturnValue:
    answer = render_template(
        "desk/schedule/copy.html",
        experience=experience,
        form=form,
        shown=plan,
        plan=fingerprint([plan]) if plan else "",
        changed=changed,
    )
    if changed:
        return answer, 409
    return answer, 422 if form.errors else 200
