"""Reading bookings."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from tests.factories.bookings import (
    PHONE,
    make_bookable_slot,
    make_booking,
    make_hold,
)
from tests.statements import statements
from tourism.audit.operations import VISITOR
from tourism.bookings.errors import BookingNotFoundError
from tourism.bookings.operations import cancel_booking
from tourism.bookings.queries import (
    booking_of_ticket,
    bookings_of_slot,
    find_booking,
    get_booking,
)
from tourism.experiences.models import Slot


@pytest.fixture
def slot(session: Session, at: datetime) -> Slot:
    return make_bookable_slot(session, at)


def test_get_booking_loads_all_that_its_page_touches(
    session: Session, slot: Slot, at: datetime
) -> None:
    reference = make_booking(session, slot, at).reference
    session.commit()
    session.expunge_all()
    with statements(session) as seen:
        booking = get_booking(session, reference)
        assert booking.slot.experience.place.slug
        assert booking.slot.experience.operator.slug
        assert len(booking.slot.experience.units) == 3
        assert booking.units[0].unit.code == "adult"
        assert booking_of_ticket(session, booking.tickets[0].id) is booking
    assert len(seen) <= 8  # two bookings read, four statements each at most


def test_get_booking_refuses_what_is_not_there(session: Session) -> None:
    with pytest.raises(BookingNotFoundError):
        get_booking(session, "00000000")
    with pytest.raises(BookingNotFoundError):
        booking_of_ticket(session, "0000000000000000")


def test_find_booking_needs_both_number_and_phone(
    session: Session, slot: Slot, at: datetime
) -> None:
    booking = make_booking(session, slot, at)
    hold = make_hold(session, slot, at)
    assert find_booking(session, booking.reference, PHONE) is booking
    assert find_booking(session, booking.reference, "+8613900000000") is None
    assert find_booking(session, "00000000", PHONE) is None
    assert find_booking(session, hold.reference, "") is None


def test_bookings_of_slot_are_those_who_come(session: Session, slot: Slot, at: datetime) -> None:
    first, second = make_booking(session, slot, at, 1), make_booking(session, slot, at, 2)
    cancelled = make_booking(session, slot, at, 3)
    cancel_booking(session, booking=cancelled, now=at, actor=VISITOR)
    make_hold(session, slot, at, 1)
    assert list(bookings_of_slot(session, slot.id)) == [first, second]
