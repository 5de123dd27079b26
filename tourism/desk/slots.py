"""One slot: who comes, how many may, and whether it can be booked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import IntegerField

from tourism.core.clock import now
from tourism.experiences.errors import CapacityBelowTakenError, CapacityInvalidError
from tourism.experiences.models import Slot
from tourism.experiences.ownership import get_slot_of
from tourism.experiences.slot_changes import change_capacity, close_slot, reopen_slot
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
    """Refuses a number below those who have booked, and says how many they are."""
    form = CapacityForm()
    if form.validate_on_submit() and _is_changed(slot_id, form):
        flash(_("Up to %(num)s may come now.", num=form.capacity.data), "good")
        return redirect(url_for(".show", slot_id=slot_id), 303)
    return _show(get_slot_of(db_session(), current_user, slot_id), form)


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
            change_capacity(
                session,
                slot_id=slot.id,
                capacity=form.capacity.data or 0,
                now=now(),
                actor=actor(),
            )
    except CapacityBelowTakenError as error:
        form.refuse(
            "capacity", _("%(num)s places are taken; it cannot be fewer.", num=error.facts["taken"])
        )
    except CapacityInvalidError as error:
        form.refuse("capacity", _("Enter a number from 1 to %(num)s.", num=error.facts["largest"]))
    else:
        return True
    return False
