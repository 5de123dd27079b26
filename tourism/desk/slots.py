"""One slot: who comes, how many may, and whether it can or need be booked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import current_user
from wtforms import IntegerField

from tourism.bookings.capacity import Choice, lower_below_taken, raise_or_lower, too_many
from tourism.bookings.reopening import plan_reopening, reopen_slot
from tourism.bookings.walk_ins import hold_back
from tourism.core.clock import now
from tourism.desk import undo
from tourism.desk.arrivals import Row, rows
from tourism.experiences.errors import (
    CapacityBelowTakenError,
    CapacityInvalidError,
    CeilingFullError,
    SlotClosedError,
    SlotFullError,
    SlotOverError,
)
from tourism.experiences.models import Slot
from tourism.experiences.ownership import get_slot_of
from tourism.experiences.slot_changes import (
    ask_for_booking,
    close_slot,
    free_slot,
)
from tourism.statistics.queries import Guest, SlotCount, get_slot_count, guests_of_slot
from tourism.web.auth import actor
from tourism.web.db import db_session, transaction
from tourism.web.filters import local
from tourism.web.forms import Form, required

bp = Blueprint("slots", __name__, url_prefix="/slots")
_MOST_KEPT = 9999


class CapacityForm(Form):
    capacity = IntegerField(_l("How many may come"), [required(_l("Enter a number."))])


class KeptForm(Form):
    places = IntegerField(_l("Held back for people without booking"))


@dataclass(frozen=True, slots=True)
class SlotPage:
    """All that the page of a slot shows."""

    day: date
    row: Row
    guests: Sequence[Guest]

    @property
    def slot(self) -> Slot:
        return self.row.slot

    @property
    def count(self) -> SlotCount:
        return self.row.count


@bp.get("/<int:slot_id>")
def show(slot_id: int) -> ResponseReturnValue:
    slot = get_slot_of(db_session(), current_user, slot_id)
    return _show(slot)


@bp.post("/<int:slot_id>/capacity")
def update(slot_id: int) -> ResponseReturnValue:
    """A number below those who have booked leads to the question what becomes of them."""
    form = CapacityForm()
    before = _wanted_before(slot_id)
    try:
        is_changed = form.validate_on_submit() and _is_changed(slot_id, form)
    except CapacityBelowTakenError:
        wanted = form.capacity.data
        return redirect(url_for(".ask_fewer", slot_id=slot_id, capacity=wanted, back=_back()), 303)
    if is_changed:
        words = _("Up to %(num)s may come now.", num=form.capacity.data)
        return _done(undo.back_by(slot_id, "update", words, capacity=before))
    return _show(get_slot_of(db_session(), current_user, slot_id), capacity=form)


@bp.get("/<int:slot_id>/fewer")
def ask_fewer(slot_id: int) -> ResponseReturnValue:
    """Who is affected by fewer places than are taken, and what may become of them."""
    slot = get_slot_of(db_session(), current_user, slot_id)
    wanted = _wanted(request.args)
    if wanted is None or wanted >= slot.taken or slot.ends_at <= now():
        return redirect(url_for(".show", slot_id=slot.id), 303)
    found = too_many(db_session(), slot_id=slot.id, capacity=wanted, now=now())
    return render_template("desk/slots/fewer.html", slot=slot, found=found, back=_back())


@bp.post("/<int:slot_id>/fewer")
def fewer(slot_id: int) -> ResponseReturnValue:
    wanted, choice = _wanted(request.form), request.form.get("choice", "")
    if wanted is None or choice not in set(Choice):
        own = get_slot_of(db_session(), current_user, slot_id)
        flash(_("Choose one of these."), "bad")
        return redirect(url_for(".ask_fewer", slot_id=own.id, capacity=wanted), 303)
    before = _wanted_before(slot_id)
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
    words = _("Up to %(num)s may come now.", num=wanted)
    if choice == Choice.KEEP:
        return _done(undo.back_by(slot_id, "update", words, capacity=before))
    return _done(undo.Undo(slot_id, words))


@bp.get("/<int:slot_id>/close")
def confirm_close(slot_id: int) -> ResponseReturnValue:
    """Shows who has booked before anything happens."""
    return _confirm(slot_id, "close")


@bp.post("/<int:slot_id>/close")
def close(slot_id: int) -> ResponseReturnValue:
    _change(slot_id, close_slot)
    words = _("No more bookings are taken for this time.")
    return _done(undo.back_by(slot_id, "reopen", words))


@bp.get("/<int:slot_id>/reopen")
def confirm_reopen(slot_id: int) -> ResponseReturnValue:
    """Shows what becomes of those whom a closure has asked to come at another time."""
    slot = get_slot_of(db_session(), current_user, slot_id)
    plan = plan_reopening(db_session(), slot.id)
    return render_template("desk/slots/reopen.html", slot=slot, plan=plan, back=_back())


@bp.post("/<int:slot_id>/reopen")
def reopen(slot_id: int) -> ResponseReturnValue:
    """What a closure had asked cannot be asked again by a tap, so then there is no way back."""
    was_called_off = get_slot_of(db_session(), current_user, slot_id).closed_for
    _change(slot_id, reopen_slot)
    words = _("This time can be booked again.")
    if was_called_off:
        return _done(undo.Undo(slot_id, words))
    return _done(undo.back_by(slot_id, "close", words))


@bp.get("/<int:slot_id>/free")
def confirm_free(slot_id: int) -> ResponseReturnValue:
    """Shows who has booked before everybody else may come too."""
    return _confirm(slot_id, "free")


@bp.post("/<int:slot_id>/free")
def free(slot_id: int) -> ResponseReturnValue:
    _change(slot_id, free_slot)
    return _done(undo.back_by(slot_id, "book", _("Everybody may come without booking.")))


@bp.post("/<int:slot_id>/book")
def book(slot_id: int) -> ResponseReturnValue:
    _change(slot_id, ask_for_booking)
    return _done(undo.back_by(slot_id, "free", _("This time can be booked again.")))


@bp.post("/<int:slot_id>/kept")
def keep(slot_id: int) -> ResponseReturnValue:
    """Hold so many places back for people who come without booking."""
    form = KeptForm()
    before = get_slot_of(db_session(), current_user, slot_id).held_back
    places = form.places.data
    if form.validate_on_submit() and _is_kept(slot_id, form):
        words = ngettext("%(num)s place is held back.", "%(num)s places are held back.", places)
        return _done(undo.back_by(slot_id, "keep", words, places=before))
    return _show(get_slot_of(db_session(), current_user, slot_id), kept=form)


def _is_kept(slot_id: int, form: KeptForm) -> bool:
    places = form.places.data
    if places is None or not 0 <= places <= _MOST_KEPT:
        form.refuse("places", _("Enter a number from 0 to %(num)s.", num=_MOST_KEPT))
        return False
    try:
        with transaction() as session:
            slot = get_slot_of(session, current_user, slot_id)
            hold_back(session, slot_id=slot.id, places=places, now=now(), actor=actor())
    except SlotFullError as error:
        left = error.facts["left"]
        words = ngettext("Only %(num)s place is free.", "Only %(num)s places are free.", left)
        form.refuse("places", _("The car park or zone is full.") if _is_ceiling(error) else words)
    except (SlotClosedError, SlotOverError):
        form.refuse("places", _("Only a time that takes bookings can hold places back."))
    else:
        return True
    return False


def _is_ceiling(error: SlotFullError) -> bool:
    return isinstance(error, CeilingFullError)


def _wanted(values: Mapping[str, str]) -> int | None:
    """A number of places, if that is what was sent."""
    text = values.get("capacity", "")
    return int(text) if text.isdecimal() and len(text) <= 4 and int(text) else None


def _wanted_before(slot_id: int) -> int:
    slot = get_slot_of(db_session(), current_user, slot_id)
    return slot.wanted_capacity or slot.capacity


def _change(slot_id: int, operation: Callable[..., object]) -> None:
    with transaction() as session:
        slot = get_slot_of(session, current_user, slot_id)
        operation(session, slot_id=slot.id, now=now(), actor=actor())


def _confirm(slot_id: int, act: str) -> ResponseReturnValue:
    slot = get_slot_of(db_session(), current_user, slot_id)
    count = get_slot_count(db_session(), slot)
    return render_template(f"desk/slots/{act}.html", slot=slot, count=count, back=_back())


def _back() -> str | None:
    """Whether the day's page sent the request, and is where to go back to."""
    return "1" if request.values.get("back") else None


def _done(done: undo.Undo) -> ResponseReturnValue:
    """Back to where the key was, with what was done and the way back from it."""
    undo.remember(done)
    if not _back():
        return redirect(url_for(".show", slot_id=done.slot_id), 303)
    slot = get_slot_of(db_session(), current_user, done.slot_id)
    day = local(slot.starts_at).date()
    shown = None if day == local(now()).date() else day
    return redirect(url_for("desk.arrivals.index", day=shown, _anchor=f"slot-{slot.id}"), 303)


def _show(
    slot: Slot, *, capacity: CapacityForm | None = None, kept: KeptForm | None = None
) -> ResponseReturnValue:
    at = now()
    (row,) = rows([get_slot_count(db_session(), slot)], at)
    guests = guests_of_slot(db_session(), slot.id, at)
    page = SlotPage(local(slot.starts_at).date(), row, guests)
    answer = render_template(
        "desk/slots/show.html",
        page=page,
        done=undo.take(),
        form=capacity or CapacityForm(None, data={"capacity": slot.capacity}),
        kept=kept or KeptForm(None, data={"places": slot.held_back}),
    )
    return answer, 422 if capacity or kept else 200


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
