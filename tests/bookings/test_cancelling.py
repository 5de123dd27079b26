"""Places given back once, in time, while nobody is in."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.factories.bookings import (
    HOLD,
    make_bookable_slot,
    make_booking,
    make_hold,
    taken,
)
from tests.statements import statements
from tourism.audit.operations import VISITOR, Actor
from tourism.audit.queries import entries_of
from tourism.bookings.errors import (
    BookingUsedError,
    CancelTooLateError,
)
from tourism.bookings.models import Booking, BookingStatus
from tourism.bookings.operations import (
    cancel_booking,
    expire_holds,
)
from tourism.bookings.queries import get_booking
from tourism.experiences.models import Slot
from tourism.tickets.models import TicketStatus

MINUTE = timedelta(minutes=1)


@pytest.fixture
def slot(session: Session, at: datetime) -> Slot:
    """Ten places, tomorrow at 9:00."""
    return make_bookable_slot(session, at)


def actions(session: Session, booking: Booking) -> list[str]:
    return [each.action for each in entries_of(session, "booking", booking.reference)]


# Cancelling


def test_cancel_booking_gives_places_back_and_voids_the_ticket(
    session: Session, slot: Slot, at: datetime
) -> None:
    booking = make_booking(session, slot, at, 3)
    cancel_booking(session, booking=booking, now=at, actor=Actor("user", "7"))
    session.expire_all()
    booking = get_booking(session, booking.reference)
    assert booking.status is BookingStatus.CANCELLED
    assert booking.cancelled_at == at
    assert [ticket.status for ticket in booking.tickets] == [TicketStatus.CANCELLED]
    assert taken(session, slot) == 0
    last = entries_of(session, "booking", booking.reference)[-1]
    assert (last.action, last.actor) == ("booking.cancel", "user:7")


def test_cancel_booking_takes_four_statements(session: Session, slot: Slot, at: datetime) -> None:
    booking = make_booking(session, slot, at)
    session.flush()
    with statements(session) as seen:
        cancel_booking(session, booking=booking, now=at, actor=VISITOR)
    assert [each.split()[:2] for each in seen] == [
        ["UPDATE", "bookings"],
        ["UPDATE", "tickets"],
        ["INSERT", "INTO"],
        ["UPDATE", "slots"],
    ]


def test_cancel_booking_twice_gives_places_back_once(
    session: Session, slot: Slot, at: datetime
) -> None:
    make_hold(session, slot, at, 5)
    booking = make_booking(session, slot, at, 3)
    cancel_booking(session, booking=booking, now=at, actor=VISITOR)
    cancel_booking(session, booking=booking, now=at, actor=VISITOR)
    assert taken(session, slot) == 5
    assert actions(session, booking).count("booking.cancel") == 1


def test_cancel_booking_gives_a_hold_back(session: Session, slot: Slot, at: datetime) -> None:
    booking = make_hold(session, slot, at)
    cancel_booking(session, booking=booking, now=at, actor=VISITOR)
    assert (booking.status, taken(session, slot)) == (BookingStatus.CANCELLED, 0)


def test_cancel_booking_leaves_an_expired_hold_as_it_is(
    session: Session, slot: Slot, at: datetime
) -> None:
    booking = make_hold(session, slot, at)
    expire_holds(session, now=at + HOLD)
    cancel_booking(session, booking=booking, now=at + HOLD, actor=VISITOR)
    assert (booking.status, taken(session, slot)) == (BookingStatus.EXPIRED, 0)


def test_cancel_booking_refuses_after_the_cutoff(
    session: Session, slot: Slot, at: datetime
) -> None:
    booking = make_booking(session, slot, at)
    until = slot.starts_at - slot.experience.cancel_cutoff
    with pytest.raises(CancelTooLateError) as refusal:
        cancel_booking(session, booking=booking, now=until + MINUTE, actor=VISITOR)
    assert refusal.value.facts == {"until": until}
    assert taken(session, slot) == 2
    cancel_booking(session, booking=booking, now=until, actor=VISITOR)
    assert taken(session, slot) == 0


def test_cancel_booking_refuses_when_somebody_is_in(
    session: Session, slot: Slot, at: datetime
) -> None:
    booking = make_booking(session, slot, at)
    booking.tickets[0].admitted = 1
    with pytest.raises(BookingUsedError):
        cancel_booking(session, booking=booking, now=at, actor=VISITOR)
    assert taken(session, slot) == 2
