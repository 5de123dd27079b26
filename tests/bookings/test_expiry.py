"""Holds that are over, and those that ask for more time."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories.bookings import (
    HOLD,
    make_bookable_slot,
    make_booking,
    make_hold,
    taken,
)
from tests.factories.experiences import make_slot
from tests.statements import statements
from tourism.audit.operations import VISITOR
from tourism.audit.queries import entries_of
from tourism.bookings.errors import (
    BookingCancelledError,
    BookingExpiredError,
    HoldAtLimitError,
)
from tourism.bookings.models import Booking, BookingStatus
from tourism.bookings.operations import (
    cancel_booking,
    expire_holds,
    extend_hold,
)
from tourism.bookings.queries import get_booking
from tourism.experiences.errors import (
    SlotFullError,
)
from tourism.experiences.models import Slot
from tourism.experiences.queries import get_slot

MINUTE = timedelta(minutes=1)


@pytest.fixture
def slot(session: Session, at: datetime) -> Slot:
    """Ten places, tomorrow at 9:00."""
    return make_bookable_slot(session, at)


def actions(session: Session, booking: Booking) -> list[str]:
    return [each.action for each in entries_of(session, "booking", booking.reference)]


def status(session: Session, booking: Booking) -> BookingStatus:
    session.expire_all()
    return get_booking(session, booking.reference).status


# Expiry


def test_an_overdue_hold_gives_its_places_to_who_asks_next(
    session: Session, slot: Slot, at: datetime
) -> None:
    """No sweep, no timer: the next hold of a full slot finds the places."""
    first = make_hold(session, slot, at, 10)
    session.commit()
    with pytest.raises(SlotFullError):
        make_hold(session, slot, at + HOLD - MINUTE, 2)
    session.rollback()
    make_hold(session, get_slot(session, slot.id), at + HOLD, 2)
    assert taken(session, slot) == 2
    assert status(session, first) is BookingStatus.EXPIRED
    assert actions(session, first) == ["booking.hold", "booking.expire"]


def test_expire_holds_gives_back_what_is_over_and_only_that(
    session: Session, slot: Slot, at: datetime
) -> None:
    old, kept = make_hold(session, slot, at, 2), make_hold(session, slot, at + MINUTE, 3)
    confirmed = make_booking(session, slot, at, 4)
    assert expire_holds(session, now=at + HOLD) == 1
    assert expire_holds(session, now=at + HOLD) == 0
    assert taken(session, slot) == 7
    assert status(session, old) is BookingStatus.EXPIRED
    assert status(session, kept) is BookingStatus.HELD
    assert status(session, confirmed) is BookingStatus.CONFIRMED


def test_expire_holds_of_one_slot_leaves_the_others(
    session: Session, slot: Slot, at: datetime
) -> None:
    other = make_slot(session, slot.experience, slot.ends_at)
    make_hold(session, slot, at), make_hold(session, other, at)
    assert expire_holds(session, now=at + HOLD, slot_id=other.id) == 1
    assert (taken(session, slot), taken(session, other)) == (2, 0)


def test_expire_holds_takes_one_statement_when_there_is_nothing(
    session: Session, slot: Slot, at: datetime
) -> None:
    with statements(session) as seen:
        expire_holds(session, now=at)
    assert len(seen) == 1


def test_expire_holds_waits_for_nobody(session: Session, slot: Slot, at: datetime) -> None:
    """Who asks may stand on the slot's lock; waiting for a booking there could be a deadlock. (On
    SQLite a reader locks nothing, so there is nothing to pass over.)"""
    booking = make_hold(session, slot, at)
    session.commit()
    with Session(session.get_bind()) as other:
        other.execute(sa.select(Booking.id).where(Booking.id == booking.id).with_for_update())
        is_sqlite = session.get_bind().dialect.name == "sqlite"
        if not is_sqlite:
            session.execute(sa.text("SET LOCAL lock_timeout = '300ms'"))
        assert expire_holds(session, now=at + HOLD) == (1 if is_sqlite else 0)
        session.rollback()


# Extending


def test_extend_hold_gives_a_full_length_from_now(
    session: Session, slot: Slot, at: datetime
) -> None:
    booking = make_hold(session, slot, at)
    extend_hold(session, booking=booking, now=at + 10 * MINUTE, hold=HOLD, actor=VISITOR)
    assert booking.hold_expires_at == at + 25 * MINUTE
    assert actions(session, booking) == ["booking.hold", "booking.extend"]


def test_extend_hold_ends_at_twice_its_length(session: Session, slot: Slot, at: datetime) -> None:
    booking = make_hold(session, slot, at)
    extend_hold(session, booking=booking, now=at + 14 * MINUTE, hold=HOLD, actor=VISITOR)
    extend_hold(session, booking=booking, now=at + 20 * MINUTE, hold=HOLD, actor=VISITOR)
    assert booking.hold_expires_at == at + 2 * HOLD
    with pytest.raises(HoldAtLimitError):
        extend_hold(session, booking=booking, now=at + 21 * MINUTE, hold=HOLD, actor=VISITOR)


def test_extend_hold_refuses_what_is_over(session: Session, slot: Slot, at: datetime) -> None:
    booking = make_hold(session, slot, at)
    with pytest.raises(BookingExpiredError):
        extend_hold(session, booking=booking, now=at + HOLD, hold=HOLD, actor=VISITOR)
    cancel_booking(session, booking=booking, now=at, actor=VISITOR)
    with pytest.raises(BookingCancelledError):
        extend_hold(session, booking=booking, now=at, hold=HOLD, actor=VISITOR)


def test_extend_hold_leaves_a_confirmed_booking_alone(
    session: Session, slot: Slot, at: datetime
) -> None:
    booking = make_booking(session, slot, at)
    extend_hold(session, booking=booking, now=at, hold=HOLD, actor=VISITOR)
    assert booking.hold_expires_at is None
