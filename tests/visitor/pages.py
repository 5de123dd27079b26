"""What tests of the booking pages send and read, as a browser without JavaScript does."""

import re
from datetime import timedelta
from html import unescape

import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.factories.bookings import (
    make_booking,
    make_hold,
)
from tourism.bookings.models import Booking
from tourism.bookings.queries import get_booking
from tourism.core.clock import now
from tourism.experiences.models import Slot

CONTACT = {"name": "王小妹", "phone": "138 0000 0123", "note": ""}


def field(slot: Slot, code: str) -> str:
    return next(f"unit_{unit.id}" for unit in slot.experience.units if unit.code == code)


def party(slot: Slot, adults: object = 2, **others: object) -> dict[str, str]:
    """The form of a party, with the hidden key of one view of the page."""
    wanted = {"adult": adults, **others}
    return {field(slot, code): str(number) for code, number in wanted.items()} | {"request": "once"}


def send(client: FlaskClient, slot: Slot, **values: object) -> TestResponse:
    return client.post(f"/slots/{slot.id}/bookings", data=party(slot, **values))


def held(session: Session, slot: Slot) -> Booking:
    booking = make_hold(session, slot, now())
    session.commit()
    return booking


def booked(session: Session, slot: Slot) -> Booking:
    booking = make_booking(session, slot, now())
    session.commit()
    return booking


def path(booking: Booking, act: str = "") -> str:
    return f"/bookings/{booking.reference}{act and '/' + act}?key={booking.key}"


def reread(session: Session, booking: Booking) -> Booking:
    session.rollback()
    session.expire_all()
    return get_booking(session, booking.reference)


def overdue(session: Session, booking: Booking) -> None:
    session.execute(
        sa.update(Booking)
        .where(Booking.id == booking.id)
        .values(hold_expires_at=now() - timedelta(seconds=1))
    )
    session.commit()


def words(response: TestResponse) -> str:
    """The page's text without its markup, spaces folded."""
    body = response.text.partition("<main")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def box(response: TestResponse, name: str) -> dict[str, str]:
    """The attributes of a form's box."""
    tag = re.search(rf'<(?:input|textarea)[^>]* name="{name}"[^>]*>', response.text)
    assert tag
    return {key: unescape(value) for key, value in re.findall(r'([\w-]+)="([^"]*)"', tag[0])}
