"""A party's answer to a closure: the held slot, another one, or cancelling."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tourism.bookings.models import Booking
from tourism.bookings.offers import accept_offer, choose_other, decline_offer, find_open_offer
from tourism.core.clock import now
from tourism.core.errors import ConflictError
from tourism.experiences.errors import CeilingFullError
from tourism.experiences.queries import get_slot
from tourism.visitor.access import booking_asked_for, guard, to_booking
from tourism.visitor.booking_pages import BookingPage, other_slots
from tourism.visitor.contacts import contact_form
from tourism.web.auth import actor
from tourism.web.db import db_session, transaction
from tourism.web.refusals import ceiling_words

bp = Blueprint("offers", __name__, url_prefix="/bookings/<reference>/offer")
guard(bp)
_MOST_TIMES = 60


@bp.post("/accept")
def accept(reference: str) -> ResponseReturnValue:
    booking = booking_asked_for(reference)
    try:
        with transaction() as session:
            accept_offer(session, booking=booking, now=now(), actor=actor())
    except ConflictError:
        return _too_late(booking)
    flash(_("Done: your booking is for the new time. The code stays the same."), "good")
    return to_booking(booking)


@bp.get("/times")
def times(reference: str) -> ResponseReturnValue:
    """Where else the party finds room."""
    booking = booking_asked_for(reference)
    offer = find_open_offer(db_session(), booking)
    if offer is None:
        return to_booking(booking)
    page = BookingPage(booking, contact_form(), now())
    slots = other_slots(booking.slot, booking.party_size, page.now, _MOST_TIMES)
    return render_template("visitor/offers/times.html", page=page, offer=offer, slots=slots)


@bp.get("/times/<int:slot_id>")
def ask(reference: str, slot_id: int) -> ResponseReturnValue:
    booking = booking_asked_for(reference)
    if find_open_offer(db_session(), booking) is None:
        return to_booking(booking)
    page = BookingPage(booking, contact_form(), now())
    slot = get_slot(db_session(), slot_id)
    return render_template("visitor/offers/move.html", page=page, slot=slot)


@bp.post("/times/<int:slot_id>")
def move(reference: str, slot_id: int) -> ResponseReturnValue:
    booking = booking_asked_for(reference)
    try:
        with transaction() as session:
            choose_other(session, booking=booking, slot_id=slot_id, now=now(), actor=actor())
    except CeilingFullError as error:
        flash(ceiling_words(error), "bad")
        return redirect(url_for(".times", reference=reference, key=booking.key), 303)
    except ConflictError:
        flash(_("That did not work: this time is no longer to be had. Nothing was changed."), "bad")
        return redirect(url_for(".times", reference=reference, key=booking.key), 303)
    flash(_("Done: your booking is for the new time. The code stays the same."), "good")
    return to_booking(booking)


@bp.get("/cancel")
def ask_cancel(reference: str) -> ResponseReturnValue:
    booking = booking_asked_for(reference)
    if find_open_offer(db_session(), booking) is None:
        return to_booking(booking)
    page = BookingPage(booking, contact_form(), now())
    return render_template("visitor/offers/cancel.html", page=page)


@bp.post("/cancel")
def cancel(reference: str) -> ResponseReturnValue:
    booking = booking_asked_for(reference)
    try:
        with transaction() as session:
            decline_offer(session, booking=booking, now=now(), actor=actor())
    except ConflictError:
        return _too_late(booking)
    return to_booking(booking)


def _too_late(booking: Booking) -> ResponseReturnValue:
    flash(_("This has been settled already. Below you see how your booking stands."), "warn")
    return to_booking(booking)
