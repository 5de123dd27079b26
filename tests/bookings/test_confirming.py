"""A hold becomes a booking with its ticket, also late while there is room."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories.bookings import (
    HOLD,
    PHONE,
    confirm,
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
    TooManyBookingsError,
)
from tourism.bookings.models import Booking, BookingStatus
from tourism.bookings.operations import (
    cancel_booking,
    expire_holds,
)
from tourism.bookings.queries import get_booking
from tourism.bookings.recount import recount
from tourism.experiences.models import Slot, SlotState
from tourism.tickets.models import Ticket, TicketStatus

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


# Confirming


def test_confirm_booking_gives_one_ticket_for_the_party(
    session: Session, slot: Slot, at: datetime
) -> None:
    booking = make_hold(session, slot, at, 3)
    confirm(session, booking, at + MINUTE, name="李梅", note="带轮椅", key_id=7)
    booking = get_booking(session, booking.reference)
    assert booking.status is BookingStatus.CONFIRMED
    assert (booking.name, booking.phone, booking.note) == ("李梅", PHONE, "带轮椅")
    assert (booking.confirmed_at, booking.hold_expires_at) == (at + MINUTE, None)
    (ticket,) = booking.tickets
    assert (ticket.slot_id, ticket.starts_at, ticket.ends_at) == (
        slot.id,
        slot.starts_at,
        slot.ends_at,
    )
    assert (ticket.party_size, ticket.key_id, ticket.status) == (3, 7, TicketStatus.VALID)
    assert taken(session, slot) == 3
    assert actions(session, booking) == ["booking.hold", "booking.confirm"]


def test_confirm_booking_takes_four_statements(session: Session, slot: Slot, at: datetime) -> None:
    """Bookings of the phone, the change, ticket and audit; the slot's row is not touched."""
    booking = make_hold(session, slot, at)
    session.flush()
    with statements(session) as seen:
        confirm(session, booking, at)
        session.flush()
    assert [statement.split()[0] for statement in seen] == ["SELECT", "UPDATE", "INSERT", "INSERT"]


def test_confirm_booking_twice_changes_nothing(session: Session, slot: Slot, at: datetime) -> None:
    booking = make_booking(session, slot, at)
    (ticket,) = booking.tickets
    session.commit()
    session.expire_all()
    again = confirm(session, get_booking(session, booking.reference), at, name="Another")
    assert again.name == "王小妹"
    assert session.scalars(sa.select(Ticket.id)).all() == [ticket.id]


def test_confirm_booking_that_another_process_confirmed_changes_nothing(
    session: Session, slot: Slot, at: datetime
) -> None:
    """The object in hand still says held; the database knows better."""
    booking = make_hold(session, slot, at)
    session.execute(
        sa.update(Booking).values(status=BookingStatus.CONFIRMED, hold_expires_at=None),
        execution_options={"synchronize_session": False},
    )
    assert booking.status is BookingStatus.HELD
    assert confirm(session, booking, at).status is BookingStatus.CONFIRMED
    assert session.scalars(sa.select(Ticket.id)).all() == []


def test_confirm_booking_too_late_takes_its_places_again(
    session: Session, slot: Slot, at: datetime
) -> None:
    """Overdue but not swept: its places are still counted, and counted once afterwards."""
    booking = make_hold(session, slot, at, 10)
    confirm(session, booking, at + HOLD + MINUTE)
    assert booking.status is BookingStatus.CONFIRMED
    assert taken(session, slot) == 10
    assert recount(session) == []


def test_confirm_booking_after_expiry_takes_its_places_again(
    session: Session, slot: Slot, at: datetime
) -> None:
    booking = make_hold(session, slot, at, 6)
    expire_holds(session, now=at + HOLD)
    make_booking(session, slot, at + HOLD, 4)
    confirm(session, booking, at + HOLD, phone="+8613800000999")
    assert taken(session, slot) == 10
    assert recount(session) == []


def test_confirm_booking_after_expiry_gets_what_other_overdue_holds_keep(
    session: Session, slot: Slot, at: datetime
) -> None:
    booking = make_hold(session, slot, at, 6)
    expire_holds(session, now=at + HOLD)
    make_hold(session, slot, at + HOLD, 6)
    confirm(session, booking, at + 2 * HOLD)
    assert taken(session, slot) == 6
    assert recount(session) == []


def test_confirm_booking_refuses_when_its_places_are_gone(
    session: Session, slot: Slot, at: datetime
) -> None:
    booking = make_hold(session, slot, at, 6)
    expire_holds(session, now=at + HOLD)
    make_hold(session, slot, at + HOLD, 5)
    session.commit()
    with pytest.raises(BookingExpiredError):
        confirm(session, booking, at + HOLD)
    session.rollback()
    assert status(session, booking) is BookingStatus.EXPIRED
    assert session.scalars(sa.select(Ticket.id)).all() == []
    assert recount(session) == []


def test_confirm_booking_too_late_refuses_a_slot_closed_meanwhile(
    session: Session, slot: Slot, at: datetime
) -> None:
    booking = make_hold(session, slot, at)
    slot.state = SlotState.CLOSED
    with pytest.raises(BookingExpiredError):
        confirm(session, booking, at + HOLD)


def test_confirm_booking_too_late_refuses_a_slot_that_is_over(
    session: Session, slot: Slot, at: datetime
) -> None:
    booking = make_hold(session, slot, at)
    with pytest.raises(BookingExpiredError):
        confirm(session, booking, slot.ends_at)


def test_confirm_booking_refuses_what_was_cancelled(
    session: Session, slot: Slot, at: datetime
) -> None:
    booking = make_hold(session, slot, at)
    cancel_booking(session, booking=booking, now=at, actor=VISITOR)
    with pytest.raises(BookingCancelledError):
        confirm(session, booking, at)


def test_confirm_booking_limits_one_phone_on_one_local_day(
    session: Session, slot: Slot, at: datetime
) -> None:
    """The sixth is refused; another phone, another day, and a cancelled one are not counted."""
    evening = make_slot(session, slot.experience, slot.starts_at + timedelta(hours=14))  # 23:00
    night = make_slot(session, slot.experience, slot.starts_at + timedelta(hours=15))  # next day
    slots = [slot, slot, slot, slot, evening]
    made = [make_booking(session, each, at, 1) for each in slots]
    assert len(made) == slot.experience.bookings_per_phone
    sixth = make_hold(session, slot, at, 1)
    with pytest.raises(TooManyBookingsError) as refusal:
        confirm(session, sixth, at)
    assert refusal.value.facts == {"most": 5}
    assert confirm(session, make_hold(session, night, at, 1), at)
    assert confirm(session, make_hold(session, slot, at, 1), at, phone="+8613900000000")
    cancel_booking(session, booking=made[0], now=at, actor=VISITOR)
    assert confirm(session, sixth, at).status is BookingStatus.CONFIRMED
