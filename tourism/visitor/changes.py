"""A visitor's own changes of a booking: another time, fewer people. Each is asked before done."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tourism.bookings.changes import move_booking, shrink_booking
from tourism.bookings.errors import PartyError
from tourism.bookings.models import Booking
from tourism.bookings.waiting import serve_waiting
from tourism.core.clock import now
from tourism.core.errors import ConflictError
from tourism.experiences.errors import CeilingFullError
from tourism.experiences.models import Slot
from tourism.experiences.queries import get_slot
from tourism.visitor.access import booking_asked_for, guard, to_booking
from tourism.visitor.booking_pages import BookingPage, other_slots
from tourism.visitor.contacts import contact_form
from tourism.web.auth import actor
from tourism.web.db import db_session, transaction
from tourism.web.parties import PartyForm, party_form, quantities, typed_quantities
from tourism.web.refusals import ceiling_words

bp = Blueprint("changes", __name__)
guard(bp)
_MOST_TIMES = 60


@bp.get("/bookings/<reference>/time")
def times(reference: str) -> ResponseReturnValue:
    """Where else the party finds room."""
    page = _page(booking_asked_for(reference))
    if not page.can_change:
        return to_booking(page.booking)
    return render_template("visitor/changes/times.html", page=page, slots=_times(page))


@bp.get("/bookings/<reference>/time/<int:slot_id>")
def ask_move(reference: str, slot_id: int) -> ResponseReturnValue:
    """What moving does, before it is done."""
    page = _page(booking_asked_for(reference))
    slot = get_slot(db_session(), slot_id)
    if not page.can_change or slot.id == page.slot.id:
        return to_booking(page.booking)
    return render_template("visitor/changes/move.html", page=page, slot=slot)


@bp.post("/bookings/<reference>/time/<int:slot_id>")
def move(reference: str, slot_id: int) -> ResponseReturnValue:
    booking = booking_asked_for(reference)
    if booking.channel_id is not None:
        return to_booking(booking)
    old_slot_id = booking.slot_id
    try:
        with transaction() as session:
            move_booking(session, booking=booking, slot_id=slot_id, now=now(), actor=actor())
            serve_waiting(session, slot_id=old_slot_id, now=now())
    except CeilingFullError as error:
        flash(ceiling_words(error), "bad")
        return redirect(url_for(".times", reference=reference, key=booking.key), 303)
    except ConflictError:
        flash(_("That did not work: this time is no longer to be had. Nothing was changed."), "bad")
        return redirect(url_for(".times", reference=reference, key=booking.key), 303)
    flash(_("Done: your booking is for the new time. The code stays the same."), "good")
    return to_booking(booking)


@bp.get("/bookings/<reference>/people")
def people(reference: str) -> ResponseReturnValue:
    page = _page(booking_asked_for(reference))
    if not page.can_change:
        return to_booking(page.booking)
    typed = {each.unit_id: str(each.quantity) for each in page.booking.units}
    return _people(page, party_form(page.slot.experience, typed))


@bp.post("/bookings/<reference>/people")
def shrink(reference: str) -> ResponseReturnValue:
    """Asks once more with the new party; does it when that is confirmed."""
    page = _page(booking_asked_for(reference))
    typed = typed_quantities(request.form)
    party = quantities(typed)
    form = party_form(page.slot.experience, typed)
    if not page.can_change:
        return to_booking(page.booking)
    if party is None or form.size >= page.booking.party_size:
        return _people(page, form, is_refused=party is not None)
    if "confirmed" not in request.form:
        return render_template("visitor/changes/shrink.html", page=page, form=form)
    try:
        with transaction() as session:
            shrink_booking(session, booking=page.booking, party=party, now=now(), actor=actor())
            serve_waiting(session, slot_id=page.booking.slot_id, now=now())
    except PartyError as error:
        again = _page(booking_asked_for(reference))
        return _people(again, party_form(again.slot.experience, typed, error=error), True)
    except ConflictError:
        flash(_("That did not work any more. Nothing was changed."), "bad")
        return to_booking(page.booking)
    flash(_("Done: fewer people are on your ticket now. The code stays the same."), "good")
    return to_booking(page.booking)


def _page(booking: Booking) -> BookingPage:
    return BookingPage(booking, contact_form(), now())


def _times(page: BookingPage) -> list[Slot]:
    return other_slots(page.slot, page.booking.party_size, page.now, _MOST_TIMES)


def _people(page: BookingPage, form: PartyForm, is_refused: bool = False) -> ResponseReturnValue:
    status = 422 if is_refused or form.faults else 200
    return render_template(
        "visitor/changes/people.html", page=page, form=form, is_refused=is_refused
    ), status
