"""One slot: who comes, how many may, and whether it can be booked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import IntegerField

from tourism.bookings.capacity import Choice, lower_below_taken, raise_or_lower, too_many
from tourism.core.clock import now
from tourism.experiences.errors import CapacityBelowTakenError, CapacityInvalidError
from tourism.experiences.models import Slot
from tourism.experiences.ownership import get_slot_of
from tourism.experiences.slot_changes import close_slot, reopen_slot
from tourism.statistics.queries import Guest, SlotCount, get_slot_count, guests_of_slot
from tourism.web.auth import actor
from tourism.web.db import db_session, transaction
from tourism.web.filters import local
from tourism.web.forms import Form, required

bp = Blueprint("slots", __name__, url_prefix="/slots")
_STEPS = (-10, -5, 5, 10)


class CapacityForm(Form):
    capacity = IntegerField(_l("How many may come"), [required(_l("Enter a number."))])


@dataclass(frozen=True, slots=True)
class SlotPage:
    """All that the page of a slot shows."""

    day: date
    count: SlotCount
    guests: Sequence[Guest]
    is_over: bool

    @property
    def slot(self) -> Slot:
        return self.count.slot

    @property
    def capacities(self) -> list[tuple[int, int]]:
        """Capacities one tap away: the step and what it leads to. They name the result and not
        the step, so that a second tap changes nothing."""
        reached = ((step, self.slot.capacity + step) for step in _STEPS)
        return [(step, total) for step, total in reached if total >= max(1, self.slot.taken)]


@bp.get("/<int:slot_id>")
def show(slot_id: int) -> ResponseReturnValue:
    slot = get_slot_of(db_session(), current_user, slot_id)
    return _show(slot, CapacityForm(capacity=slot.capacity))


@bp.post("/<int:slot_id>/capacity")
def update(slot_id: int) -> ResponseReturnValue:
    """A number below those who have booked leads to the question what becomes of them."""
    form = CapacityForm()
    try:
        is_changed = form.validate_on_submit() and _is_changed(slot_id, form)
    except CapacityBelowTakenError:
        return redirect(url_for(".ask_fewer", slot_id=slot_id, capacity=form.capacity.data), 303)
    if is_changed:
        flash(_("Up to %(num)s may come now.", num=form.capacity.data), "good")
        return redirect(url_for(".show", slot_id=slot_id), 303)
    return _show(get_slot_of(db_session(), current_user, slot_id), form)


@bp.get("/<int:slot_id>/fewer")
def ask_fewer(slot_id: int) -> ResponseReturnValue:
    """Who is affected by fewer places than are taken, and what may become of them."""
    slot = get_slot_of(db_session(), current_user, slot_id)
    wanted = _wanted(request.args)
    if wanted is None or wanted >= slot.taken or slot.ends_at <= now():
        return redirect(url_for(".show", slot_id=slot.id), 303)
    found = too_many(db_session(), slot_id=slot.id, capacity=wanted, now=now())
    return render_template("desk/slots/fewer.html", slot=slot, found=found)


@bp.post("/<int:slot_id>/fewer")
def fewer(slot_id: int) -> ResponseReturnValue:
    wanted, choice = _wanted(request.form), request.form.get("choice", "")
    if wanted is None or choice not in set(Choice):
        own = get_slot_of(db_session(), current_user, slot_id)
        return redirect(url_for(".ask_fewer", slot_id=own.id, capacity=wanted), 303)
    with transaction() as session:
        slot = get_slot_of(session, current_user, slot_id)
        lower_below_taken(
            session,
            slot_id=slot.id,
            capacity=wanted,
            choice=Choice(choice),
            now=now(),
            actor=actor(),
        )
    flash(_("Up to %(num)s may come now.", num=wanted), "good")
    return redirect(url_for(".show", slot_id=slot_id), 303)


def _wanted(values: Mapping[str, str]) -> int | None:
    """A number of places, if that is what was sent."""
    text = values.get("capacity", "")
    return int(text) if text.isdecimal() and len(text) <= 4 and int(text) else None


@bp.get("/<int:slot_id>/close")
def confirm_close(slot_id: int) -> ResponseReturnValue:
    """Shows who has booked before anything happens."""
    slot = get_slot_of(db_session(), current_user, slot_id)
    count = get_slot_count(db_session(), slot)
    return render_template("desk/slots/close.html", slot=slot, count=count)


@bp.post("/<int:slot_id>/close")
def close(slot_id: int) -> ResponseReturnValue:
    with transaction() as session:
        slot = get_slot_of(session, current_user, slot_id)
        close_slot(session, slot_id=slot.id, now=now(), actor=actor())
    flash(_("No more bookings are taken for this time."), "good")
    return redirect(url_for(".show", slot_id=slot_id), 303)


@bp.post("/<int:slot_id>/reopen")
def reopen(slot_id: int) -> ResponseReturnValue:
    with transaction() as session:
        slot = get_slot_of(session, current_user, slot_id)
        reopen_slot(session, slot_id=slot.id, now=now(), actor=actor())
    flash(_("This time can be booked again."), "good")
    return redirect(url_for(".show", slot_id=slot_id), 303)


def _show(slot: Slot, form: CapacityForm) -> ResponseReturnValue:
    at = now()
    page = SlotPage(
        day=local(slot.starts_at).date(),
        count=get_slot_count(db_session(), slot),
        guests=guests_of_slot(db_session(), slot.id, at),
        is_over=slot.ends_at <= at,
    )
    return render_template("desk/slots/show.html", page=page, form=form), form.status


def _is_changed(slot_id: int, form: CapacityForm) -> bool:
    try:
        with transaction() as session:
            slot = get_slot_of(session, current_user, slot_id)
            raise_or_lower(
                session,
                slot_id=slot.id,
                capacity=form.capacity.data or 0,
                now=now(),
                actor=actor(),
            )
    except CapacityInvalidError as error:
        form.refuse("capacity", _("Enter a number from 1 to %(num)s.", num=error.facts["largest"]))
    else:
        return True
    return False
