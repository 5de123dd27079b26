"""Slots that do not take place: choose them, see in numbers what it means, confirm, follow up.

Desk and office share these pages; the parent blueprint guards them, and each person reaches the
slots of the operators that are theirs.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tourism.bookings.answers import Answers, closures_of, get_answers, get_asked
from tourism.bookings.closings import (
    Decision,
    close_as_planned,
    find_closure_by_key,
    mark_of,
    plan_of,
)
from tourism.bookings.closures import ANSWER_WITHIN, Plan
from tourism.bookings.errors import (
    ClosureRepeatedError,
    NothingToCloseError,
    PlanChangedError,
)
from tourism.bookings.models import Closure, ClosureReason
from tourism.core.clock import now
from tourism.experiences.errors import CeilingFullError
from tourism.experiences.models import Experience, Slot
from tourism.experiences.ownership import slots_of
from tourism.experiences.queries import midnight
from tourism.web.auth import actor
from tourism.web.closure_forms import REASONS, ClosureForm, asked_form, sent_form
from tourism.web.days import asked_day
from tourism.web.db import db_session, transaction
from tourism.web.filters import local, zone
from tourism.web.holds import give_back_overdue_holds
from tourism.web.phones import open_number, opened_numbers

bp = Blueprint("closures", __name__, url_prefix="/closures")
_DAY = timedelta(days=1)
_NOON = time(12)


@dataclass(frozen=True, slots=True)
class Choice:
    """A day's slots to choose from, by experience, and which are ticked."""

    today: date
    day: date
    groups: Sequence[tuple[Experience, Sequence[Slot]]]
    ticked: frozenset[int]
    now: datetime

    @property
    def before(self) -> date | None:
        return self.day - _DAY if self.day > self.today else None

    @property
    def after(self) -> date:
        return self.day + _DAY


@dataclass(frozen=True, slots=True)
class PlanPage:
    """What closing would do, and the mark by which it is known when it is confirmed."""

    plan: Plan
    form: ClosureForm
    request_key: str
    answer_by: datetime
    has_changed: bool

    @property
    def mark(self) -> str:
        return mark_of(self.plan)


@dataclass(frozen=True, slots=True)
class AnswersPage:
    """A closure and its answers, and whose numbers are open in this browser."""

    answers: Answers
    opened: frozenset[str]
    at: datetime


@bp.app_template_filter()
def closure_reason(reason: ClosureReason) -> str:
    return str(REASONS.get(reason, _("Fewer places than booked")))


@bp.get("/")
def index() -> ResponseReturnValue:
    give_back_overdue_holds()
    closures = closures_of(db_session(), current_user)
    return render_template("closures/index.html", closures=closures)


@bp.get("/new")
def new() -> ResponseReturnValue:
    """Choose slots: all of a part of the day are ticked where the address asks for it."""
    form = asked_form()
    form.reason.data = form.reason.data or ClosureReason.RAIN.value
    return _choose(form)


@bp.get("/plan")
def plan() -> ResponseReturnValue:
    """What it would mean, in numbers; nothing is changed."""
    return _plan_or_choice(asked_form(), secrets.token_urlsafe(16))


@bp.post("/")
def create() -> ResponseReturnValue:
    """Close what the plan said, if it still is as it was shown."""
    form = sent_form()
    if not form.validate():
        return _choose(form), 422
    request_key = request.form.get("request", "")[:22] or secrets.token_urlsafe(16)
    try:
        closure = _close(form, request_key)
    except CeilingFullError:
        form.refuse("slot", _("A limit above these times is full. Close fewer times at once."))
        return _choose(form), 409
    except (NothingToCloseError, PlanChangedError, ClosureRepeatedError):
        return _done_or_changed(form, request_key)
    flash(_("Closed. Those who have booked see it on their booking's page now."), "good")
    return redirect(url_for(".show", closure_id=closure.id), 303)


@bp.get("/<int:closure_id>")
def show(closure_id: int) -> ResponseReturnValue:
    give_back_overdue_holds()
    at = now()
    page = AnswersPage(get_answers(db_session(), current_user, closure_id), opened_numbers(at), at)
    return render_template("closures/show.html", page=page)


@bp.post("/<int:closure_id>/phones/<reference>")
def open_phone(closure_id: int, reference: str) -> ResponseReturnValue:
    """Show the number of a party that was asked, to call it."""
    booking = get_asked(db_session(), current_user, closure_id, reference)
    open_number(booking, actor(), now())
    return redirect(url_for(".show", closure_id=closure_id, _anchor=booking.reference), 303)


def _close(form: ClosureForm, request_key: str) -> Closure:
    decision = Decision(
        slot_ids=form.slot_ids,
        reason=form.why,
        words=form.words,
        mark=request.form.get("mark", ""),
        request_key=request_key,
    )
    with transaction() as session:
        return close_as_planned(
            session, user=current_user, decision=decision, now=now(), actor=actor()
        )


def _done_or_changed(form: ClosureForm, request_key: str) -> ResponseReturnValue:
    if done := find_closure_by_key(db_session(), request_key):
        return redirect(url_for(".show", closure_id=done.id), 303)
    return _plan_or_choice(form, request_key, has_changed=True)


def _plan_or_choice(
    form: ClosureForm, request_key: str, *, has_changed: bool = False
) -> ResponseReturnValue:
    if not form.validate():
        return _choose(form), 422
    at = now()
    plan = plan_of(db_session(), current_user, form.slot_ids, at)
    if not plan.slots:
        form.refuse("slot", _("These times are over."))
        return _choose(form), 422
    page = PlanPage(plan, form, request_key, at + ANSWER_WITHIN, has_changed)
    return render_template("closures/plan.html", page=page), 409 if has_changed else 200


def _choose(form: ClosureForm) -> str:
    at = now()
    today = local(at).date()
    day = max(today, asked_day(today))
    slots = slots_of(
        db_session(), current_user, midnight(day, zone()), midnight(day + _DAY, zone())
    )
    ahead = [slot for slot in slots if slot.ends_at > at]
    choice = Choice(today, day, _by_experience(ahead), _ticked(form, ahead), at)
    return render_template("closures/new.html", choice=choice, form=form, reasons=REASONS)


def _by_experience(slots: Sequence[Slot]) -> list[tuple[Experience, list[Slot]]]:
    groups: dict[int, list[Slot]] = {}
    for slot in slots:
        groups.setdefault(slot.experience_id, []).append(slot)
    return [(group[0].experience, group) for group in groups.values()]


def _ticked(form: ClosureForm, slots: Sequence[Slot]) -> frozenset[int]:
    part = request.args.get("part")
    chosen = set(form.slot_ids)
    return frozenset(
        slot.id for slot in slots if slot.id in chosen or (part and _is_in(slot, part))
    )


def _is_in(slot: Slot, part: str) -> bool:
    is_morning = local(slot.starts_at).time() < _NOON
    return part == "all" or (part == "morning") == is_morning
