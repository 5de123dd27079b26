"""Whose a booking is: who has its private link, found it by number and phone, or made it signed in.

Whoever is none of these is told nothing, not even whether there is such a booking.
"""

import secrets
from typing import TypeVar

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from tourism.bookings.errors import BookingNotFoundError
from tourism.bookings.models import Booking
from tourism.bookings.queries import get_booking
from tourism.bookings.rush import Claim, Held
from tourism.core import base32
from tourism.visitor.contacts import opened_bookings
from tourism.web.db import db_session
from tourism.web.rush import get_claim

Claimed = TypeVar("Claimed", Booking, Claim)
PRIVATE = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex"}


def booking_asked_for(reference: str) -> Booking:
    """The booking, for whom it is. Raises BookingNotFoundError."""
    return _for_its_own(get_booking(db_session(), base32.as_typed(reference)))


def claim_asked_for(reference: str) -> Claim:
    """The same, without slot and party."""
    return _for_its_own(get_claim(base32.as_typed(reference)))


def _for_its_own(booking: Claimed) -> Claimed:
    given = request.args.get("key", "").encode()
    if secrets.compare_digest(booking.key.encode(), given):
        return booking
    mine = current_user.is_authenticated and booking.visitor_id == current_user.id
    if mine or booking.reference in opened_bookings():
        return booking
    raise BookingNotFoundError(reference=booking.reference)


def to_booking(booking: Booking | Claim | Held) -> Response:
    address = url_for("visitor.bookings.show", reference=booking.reference, key=booking.key)
    answer = redirect(address, 303)
    assert isinstance(answer, Response)
    return answer


def guard(bp: Blueprint) -> None:
    """Keep the answers of these pages private, and send strangers to where they can prove it."""
    bp.register_error_handler(BookingNotFoundError, _not_found)
    bp.after_request(_keep_private)


def _not_found(_error: BookingNotFoundError) -> ResponseReturnValue:
    """Unknown, or not yours: in both cases the way to prove that it is."""
    asked = (request.view_args or {}).get("reference")
    return redirect(url_for("visitor.bookings.find", reference=asked), 303)


def _keep_private(response: Response) -> Response:
    response.headers.update(PRIVATE)
    return response
