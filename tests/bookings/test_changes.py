"""A booking that moves to another time or comes with fewer people; the counters agree."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories.admissions import enrolled, make_gate, make_scan
from tests.factories.bookings import (
    confirm,
    make_bookable_slot,
    make_booking,
    make_hold,
    party_of,
    taken,
)
from tests.factories.experiences import make_experience, make_slot
from tourism.admissions.models import Outcome
from tourism.admissions.operations import admit
from tourism.audit.operations import VISITOR
from tourism.audit.queries import entries_of
from tourism.bookings.changes import move_booking, shrink_booking
from tourism.bookings.errors import (
    BookingCancelledError,
    BookingChangedError,
    BookingExpiredError,
    BookingUsedError,
    CancelTooLateError,
    OtherExperienceError,
    PartyEmptyError,
    PartyNeedsCompanyError,
    PartyNotSmallerError,
)
from tourism.bookings.models import Booking
from tourism.bookings.operations import cancel_booking
from tourism.bookings.queries import get_booking
from tourism.bookings.recount import recount
from tourism.experiences.errors import (
    SlotClosedError,
    SlotFullError,
    SlotNotFoundError,
    SlotOverError,
    SlotTooEarlyError,
)
from tourism.experiences.models import Slot, SlotState
from tourism.tickets.models import Ticket, TicketStatus

HOUR = timedelta(hours=1)


@pytest.fixture
def slot(session: Session, at: datetime) -> Slot:
    return make_bookable_slot(session, at)


@pytest.fixture
def later(session: Session, slot: Slot) -> Slot:
    return make_slot(session, slot.experience, slot.starts_at + 2 * HOUR, capacity=5)


def move(session: Session, booking: Booking, slot: Slot, now: datetime) -> Booking:
    return move_booking(session, booking=booking, slot_id=slot.id, now=now, actor=VISITOR)


def shrink(session: Session, booking: Booking, now: datetime, **people: int) -> Booking:
    party = party_of(booking.slot, **({"adults": 0} | people))
    return shrink_booking(session, booking=booking, party=party, now=now, actor=VISITOR)


def ticket_of(session: Session, booking: Booking) -> Ticket:
    session.expire_all()
    return session.scalars(sa.select(Ticket).where(Ticket.booking_id == booking.id)).one()


def test_move_takes_the_new_places_gives_the_old_back_and_keeps_the_ticket(
    session: Session, slot: Slot, later: Slot, at: datetime
) -> None:
    booking = make_booking(session, slot, at, adults=3)
    (before,) = (ticket.id for ticket in booking.tickets)
    moved = move(session, booking, later, at)
    assert (taken(session, slot), taken(session, later)) == (0, 3)
    assert moved.slot.starts_at == later.starts_at
    ticket = ticket_of(session, booking)
    assert (ticket.id, ticket.slot_id, ticket.changes) == (before, later.id, 1)
    assert (ticket.starts_at, ticket.ends_at) == (later.starts_at, later.ends_at)
    (entry,) = (
        each
        for each in entries_of(session, "booking", booking.reference)
        if each.action == "booking.move"
    )
    assert (entry.before, entry.after) == ({"slot": slot.id}, {"slot": later.id})
    assert recount(session) == []


def test_move_works_in_both_orders_of_the_slots(
    session: Session, slot: Slot, later: Slot, at: datetime
) -> None:
    booking = make_booking(session, later, at)
    move(session, booking, slot, at)
    assert (taken(session, slot), taken(session, later)) == (2, 0)


def test_move_again_changes_nothing(
    session: Session, slot: Slot, later: Slot, at: datetime
) -> None:
    booking = make_booking(session, slot, at)
    move(session, booking, later, at)
    move(session, booking, later, at)
    assert (taken(session, later), ticket_of(session, booking).changes) == (2, 1)


def test_old_picture_of_the_code_admits_at_the_new_time(
    session: Session, slot: Slot, later: Slot, at: datetime
) -> None:
    """The code says 9:00; the ticket was moved to 11:00: what the server knows counts."""
    booking = make_booking(session, slot, at)
    (ticket,) = booking.tickets
    picture = make_scan(ticket)
    move(session, booking, later, at)
    gate = enrolled(session, make_gate(session, slot.experience), at)
    early = admit(session, device=gate, scan=picture, now=slot.starts_at)
    assert early.outcome is Outcome.EARLY
    again = make_scan(ticket)
    assert admit(session, device=gate, scan=again, now=later.starts_at).outcome is Outcome.OK


def test_move_into_a_full_slot_changes_nothing(
    session: Session, slot: Slot, later: Slot, at: datetime
) -> None:
    booking = make_booking(session, slot, at)
    make_booking(session, later, at, adults=4)
    session.commit()
    with pytest.raises(SlotFullError):
        move(session, booking, later, at)
    session.rollback()
    session.expire_all()
    assert get_booking(session, booking.reference).slot_id == slot.id
    assert (taken(session, slot), taken(session, later)) == (2, 4)
    assert ticket_of(session, booking).slot_id == slot.id


def test_move_finds_the_places_of_overdue_holds(
    session: Session, slot: Slot, later: Slot, at: datetime
) -> None:
    booking = make_booking(session, slot, at)
    make_hold(session, later, at, adults=5)
    move(session, booking, later, at + HOUR)
    assert taken(session, later) == 2
    assert recount(session) == []


@pytest.mark.parametrize(
    ("state", "days", "error"),
    [
        (SlotState.CLOSED, 0, SlotClosedError),
        (SlotState.FREE, 0, SlotClosedError),
        (SlotState.OPEN, -3, SlotOverError),
        (SlotState.OPEN, 30, SlotTooEarlyError),
    ],
)
def test_move_refuses_slots_that_cannot_be_booked(
    session: Session,
    slot: Slot,
    later: Slot,
    at: datetime,
    state: SlotState,
    days: int,
    error: type[Exception],
) -> None:
    by = timedelta(days=days)
    later.starts_at, later.ends_at, later.state = later.starts_at + by, later.ends_at + by, state
    session.flush()
    booking = make_booking(session, slot, at)
    with pytest.raises(error):
        move(session, booking, later, at)


def test_move_refuses_another_experience_and_unknown_slots(
    session: Session, slot: Slot, at: datetime
) -> None:
    other = make_slot(session, make_experience(session, "boats"), slot.starts_at)
    booking = make_booking(session, slot, at)
    with pytest.raises(OtherExperienceError):
        move(session, booking, other, at)
    with pytest.raises(SlotNotFoundError):
        move_booking(session, booking=booking, slot_id=999, now=at, actor=VISITOR)


def test_changes_end_with_free_cancelling(
    session: Session, slot: Slot, later: Slot, at: datetime
) -> None:
    booking = make_booking(session, slot, at, adults=3)
    late = booking.free_cancel_until + timedelta(seconds=1)
    with pytest.raises(CancelTooLateError):
        move(session, booking, later, late)
    with pytest.raises(CancelTooLateError):
        shrink(session, booking, late, adults=1)


def test_changes_are_for_confirmed_bookings(
    session: Session, slot: Slot, later: Slot, at: datetime
) -> None:
    booking = make_hold(session, slot, at)
    with pytest.raises(BookingExpiredError):
        move(session, booking, later, at)
    confirm(session, booking, at)
    cancel_booking(session, booking=booking, now=at, actor=VISITOR)
    with pytest.raises(BookingCancelledError):
        shrink(session, booking, at, adults=1)


def test_party_of_whom_somebody_is_in_does_not_move(
    session: Session, slot: Slot, later: Slot, at: datetime
) -> None:
    booking = make_booking(session, slot, at)
    session.execute(sa.update(Ticket).values(admitted=1))
    with pytest.raises(BookingUsedError):
        move(session, booking, later, at)


def test_stale_cancel_after_a_move_gives_no_places_back_twice(
    session: Session, slot: Slot, later: Slot, at: datetime
) -> None:
    """Another process has moved the booking after this one had read it."""
    booking = make_booking(session, slot, at)
    session.execute(
        sa.update(Booking).values(slot_id=later.id),
        execution_options={"synchronize_session": False},
    )
    session.execute(sa.update(Slot).where(Slot.id == slot.id).values(taken=0))
    session.execute(sa.update(Slot).where(Slot.id == later.id).values(taken=2))
    with pytest.raises(BookingUsedError):
        cancel_booking(session, booking=booking, now=at, actor=VISITOR)
    with pytest.raises(BookingChangedError):
        shrink(session, booking, at, adults=1)
    assert (taken(session, slot), taken(session, later)) == (0, 2)


def test_shrink_gives_places_back_and_the_ticket_follows(
    session: Session, slot: Slot, at: datetime
) -> None:
    for unit in slot.experience.units:
        unit.price_amount, unit.price_currency = 3000, "CNY"
    party = party_of(slot, adults=3, children=1)
    booking = confirm(session, make_hold(session, slot, at, party=party), at)
    shrink(session, booking, at, adults=2)
    assert (booking.party_size, taken(session, slot)) == (2, 2)
    assert booking.total is not None
    assert booking.total.amount == 6000
    ticket = ticket_of(session, booking)
    assert (ticket.party_size, ticket.changes) == (2, 1)
    again = get_booking(session, booking.reference)
    assert {each.unit.code: each.quantity for each in again.units} == {"adult": 2}
    shrink(session, again, at, adults=2)
    assert ticket_of(session, booking).changes == 1
    assert recount(session) == []


@pytest.mark.parametrize(
    ("people", "error"),
    [
        ({}, PartyEmptyError),
        ({"adults": 4}, PartyNotSmallerError),
        ({"adults": 1, "children": 1}, PartyNotSmallerError),
        ({"infants": 1}, PartyNeedsCompanyError),
    ],
)
def test_shrink_refuses_nobody_and_more_people(
    session: Session, slot: Slot, at: datetime, people: dict[str, int], error: type[Exception]
) -> None:
    booking = make_booking(session, slot, at, adults=3)
    with pytest.raises(error):
        shrink(session, booking, at, **people)
    assert taken(session, slot) == 3


def test_party_does_not_shrink_below_those_who_are_in(
    session: Session, slot: Slot, at: datetime
) -> None:
    booking = make_booking(session, slot, at, adults=3)
    session.execute(sa.update(Ticket).values(admitted=2))
    session.commit()
    with pytest.raises(BookingUsedError):
        shrink(session, booking, at, adults=1)
    session.rollback()
    session.expire_all()
    shrink(session, get_booking(session, booking.reference), at, adults=2)
    assert ticket_of(session, booking).status is TicketStatus.VALID
    assert taken(session, slot) == 2
