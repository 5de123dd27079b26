"""A party that came without booking: how many, paid on the spot, and its ticket."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tourism.bookings.errors import (
    BookingFixedError,
    BookingNotFoundError,
    PartyError,
    WalkInEarlyError,
)
from tourism.bookings.models import Booking
from tourism.bookings.queries import get_booking_of
from tourism.bookings.walk_ins import EARLY, WalkIn, cancel_walk_in, sell_walk_in
from tourism.core.clock import now
from tourism.core.errors import ConflictError
from tourism.experiences.errors import CeilingFullError, SlotFullError
from tourism.experiences.models import Slot, SlotState
from tourism.experiences.ownership import get_slot_of
from tourism.experiences.queries import get_slot, midnight, open_slots
from tourism.web.auth import actor
from tourism.web.codes import ticket_keys
from tourism.web.db import db_session, transaction
from tourism.web.filters import local, local_time, zone
from tourism.web.languages import current_language
from tourism.web.parties import PartyForm, party_form, pressed_step, quantities, typed_quantities
from tourism.web.refusals import ceiling_words

bp = Blueprint("walk_ins", __name__)
_QUICK = range(1, 7)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WalkInPage:
    """Who comes, what they pay, and where there is room when there is none here."""

    slot: Slot
    form: PartyForm
    request_key: str  # the same in every sending of this page
    refusal: str
    others: Sequence[Slot]
    now: datetime

    @property
    def left(self) -> int:
        """Places for people on the spot: free ones, and those held back for them."""
        return self.slot.places_left + self.slot.held_back

    @property
    def can_sell(self) -> bool:
        begun = self.now >= self.slot.starts_at - EARLY
        is_on = begun and self.now < self.slot.ends_at
        return is_on and self.slot.state is SlotState.OPEN and self.left > 0

    @property
    def opens_at(self) -> datetime:
        return self.slot.starts_at - EARLY

    @property
    def quick(self) -> list[tuple[int, str]]:
        """So many of the first unit, one tap each, as the name of its field says it."""
        if not self.form.rows:
            return []
        first = self.form.rows[0]
        largest = min(self.left, self.slot.experience.largest_party)
        return [(number, first.field) for number in _QUICK if number <= largest]


@bp.route("/slots/<int:slot_id>/walk-in", methods=["GET", "POST"])
def new(slot_id: int) -> ResponseReturnValue:
    """Who comes. Sent by POST when a key of a stepper was pressed without JavaScript."""
    values = request.form or request.args
    slot = _slot(slot_id)
    form = party_form(slot.experience, typed_quantities(values), pressed_step(values))
    return _show(slot, form)


@bp.post("/slots/<int:slot_id>/walk-ins")
def create(slot_id: int) -> ResponseReturnValue:
    """Paid, and in the book."""
    slot, typed = _slot(slot_id), typed_quantities(request.form)
    party = quantities(typed)
    if party is None:
        return _show(slot, party_form(slot.experience, typed)), 422
    try:
        booking = _sell(slot, party)
    except PartyError as error:
        slot = _slot(slot_id)  # the refusal took back what had been read
        return _show(slot, party_form(slot.experience, typed, error=error)), 422
    except ConflictError as error:
        slot = _slot(slot_id)
        return _show(slot, party_form(slot.experience, typed), _words(error)), 409
    return redirect(url_for(".show", reference=booking.reference), 303)


@bp.get("/walk-ins/<reference>")
def show(reference: str) -> ResponseReturnValue:
    """The ticket, to be photographed or printed."""
    return render_template("desk/walk_ins/show.html", booking=_walk_in(reference))


@bp.get("/walk-ins/<reference>/cancel")
def confirm_cancel(reference: str) -> ResponseReturnValue:
    return render_template("desk/walk_ins/cancel.html", booking=_walk_in(reference))


@bp.post("/walk-ins/<reference>/cancel")
def cancel(reference: str) -> ResponseReturnValue:
    booking = _walk_in(reference)
    try:
        with transaction() as session:
            cancel_walk_in(session, booking=booking, now=now(), actor=actor())
    except ConflictError:
        flash(_("It was not undone: somebody of the party is in, or it was undone before."), "bad")
        return redirect(url_for(".show", reference=reference), 303)
    flash(_("Undone. The ticket admits nobody; give the money back."), "good")
    return redirect(url_for(".new", slot_id=booking.slot_id), 303)


def _slot(slot_id: int) -> Slot:
    """A slot of theirs, with the units of its experience."""
    get_slot_of(db_session(), current_user, slot_id)
    return get_slot(db_session(), slot_id)


def _walk_in(reference: str) -> Booking:
    booking = get_booking_of(db_session(), current_user, reference)
    if not booking.walk_in:
        raise BookingNotFoundError(reference=reference)
    return booking


def _sell(slot: Slot, party: Mapping[int, int]) -> Booking:
    walk_in = WalkIn(
        party=party, language=current_language(), idempotency_key=_idempotency_key(slot.id, party)
    )
    with transaction() as session:
        return sell_walk_in(
            session,
            slot_id=slot.id,
            walk_in=walk_in,
            key_id=ticket_keys().current_id,
            now=now(),
            actor=actor(),
        )


def _idempotency_key(slot_id: int, party: Mapping[int, int]) -> str:
    """One for each page and party: a double tap sells once, another party is another sale."""
    page = request.form.get("request", "")[:32] or secrets.token_urlsafe(16)
    wish = hashlib.sha256(repr((slot_id, sorted(party.items()))).encode()).hexdigest()[:16]
    return f"desk:{page}:{wish}"


def _show(slot: Slot, form: PartyForm, refusal: str = "") -> str:
    at = now()
    page = WalkInPage(
        slot=slot,
        form=form,
        request_key=secrets.token_urlsafe(16),
        refusal=refusal,
        others=_others(slot, form.size, at),
        now=at,
    )
    return render_template("desk/walk_ins/new.html", page=page)


def _others(slot: Slot, size: int, at: datetime) -> list[Slot]:
    """The next slots of the day that have room for so many."""
    evening = midnight(local(slot.starts_at).date() + _DAY, zone())
    found = open_slots(db_session(), slot.experience_id, at - _DAY, evening)
    fit = (each for each in found if each.ends_at > at and each.places_left >= max(1, size))
    return [each for each in fit if each.id != slot.id][:3]


def _words(error: ConflictError) -> str:
    words: str
    match error:
        case CeilingFullError():
            words = ceiling_words(error)
        case SlotFullError():
            words = _("Only %(num)s places are left here now.", num=error.facts["left"])
        case WalkInEarlyError():
            starts_at = error.facts["from_"]
            assert isinstance(starts_at, datetime)
            words = _("Tickets on the spot are sold from %(time)s.", time=local_time(starts_at))
        case BookingFixedError():
            words = _("This sale can no longer be changed.")
        case _:
            words = _("This time takes nobody now: it is closed, over, or needs no booking.")
    return words
