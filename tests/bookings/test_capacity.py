"""Changing how many may come while people have booked: nobody is forgotten, nothing oversold."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.factories.bookings import (
    make_bookable_slot,
    make_booking,
    make_hold,
    party_of,
    taken,
)
from tests.factories.experiences import make_slot
from tourism.audit.operations import VISITOR, Actor
from tourism.audit.queries import entries_of
from tourism.bookings.capacity import Choice, lower_below_taken, raise_or_lower, too_many
from tourism.bookings.models import Booking, BookingStatus, ClosureReason
from tourism.bookings.offers import accept_offer, find_last_offer
from tourism.bookings.operations import cancel_booking
from tourism.bookings.queries import get_booking
from tourism.bookings.recount import recount
from tourism.bookings.settling import settle
from tourism.bookings.waiting import get_waiting, join_waiting
from tourism.experiences.errors import CapacityBelowTakenError, SlotFullError
from tourism.experiences.models import Slot
from tourism.experiences.queries import get_slot

OWNER = Actor("user", "7")


@pytest.fixture
def slot(session: Session, at: datetime) -> Slot:
    return make_bookable_slot(session, at, capacity=8)


@pytest.fixture
def other(session: Session, slot: Slot) -> Slot:
    return make_slot(session, slot.experience, slot.ends_at, capacity=3)


@pytest.fixture
def parties(session: Session, slot: Slot, other: Slot, at: datetime) -> list[Booking]:
    """Three, three and two people, in this order; the slot is full."""
    return [make_booking(session, slot, at, adults=adults) for adults in (3, 3, 2)]


def lower(session: Session, slot: Slot, capacity: int, choice: Choice, now: datetime) -> None:
    values = {"slot_id": slot.id, "capacity": capacity, "now": now, "actor": OWNER}
    session.expire_all()
    lower_below_taken(session, choice=choice, **values)  # type: ignore[arg-type]
    session.expire_all()


def numbers(session: Session, slot: Slot) -> tuple[int, int, int]:
    session.expire_all()
    found = get_slot(session, slot.id)
    return found.taken, found.capacity, found.over_by


def test_the_last_who_booked_are_those_who_are_too_many(
    session: Session, slot: Slot, parties: list[Booking], at: datetime
) -> None:
    session.expire_all()
    found = too_many(session, slot_id=slot.id, capacity=5, now=at)
    assert [each.id for each in found.affected] == [parties[2].id, parties[1].id]
    assert (found.over_by, found.people) == (3, 5)


def test_kept_parties_come_and_no_place_is_sold_until_below(
    session: Session, slot: Slot, parties: list[Booking], at: datetime
) -> None:
    lower(session, slot, 4, Choice.KEEP, at)
    assert numbers(session, slot) == (8, 8, 4)
    cancel_booking(
        session, booking=get_booking(session, parties[2].reference), now=at, actor=VISITOR
    )
    assert numbers(session, slot) == (6, 6, 2)
    session.commit()
    with pytest.raises(SlotFullError):
        make_hold(session, get_slot(session, slot.id), at, adults=1)
    session.rollback()
    cancel_booking(
        session, booking=get_booking(session, parties[1].reference), now=at, actor=VISITOR
    )
    assert numbers(session, slot) == (3, 4, 0)
    make_hold(session, get_slot(session, slot.id), at, adults=1)
    assert recount(session) == []
    (entry,) = entries_of(session, "slot", slot.id)
    assert entry.after == {"capacity": 4, "choice": "keep", "parties": 2}


def test_asked_parties_may_move_and_stay_when_they_do_not_answer(
    session: Session, slot: Slot, other: Slot, parties: list[Booking], at: datetime
) -> None:
    """Three and two are asked; only for the three is there room at the other time."""
    lower(session, slot, 4, Choice.OFFER, at)
    assert (taken(session, other), numbers(session, slot)) == (3, (8, 8, 4))
    asked = get_booking(session, parties[1].reference)
    offer = find_last_offer(session, asked)
    assert offer is not None
    assert offer.closure.reason is ClosureReason.FEWER_PLACES
    accept_offer(session, booking=asked, now=at, actor=VISITOR)
    assert numbers(session, slot) == (5, 5, 1)
    settle(session, now=at + timedelta(hours=25))
    assert numbers(session, slot) == (5, 5, 1)
    assert get_booking(session, parties[2].reference).status is BookingStatus.CONFIRMED
    assert recount(session) == []


def test_cancelled_parties_are_the_last_who_booked(
    session: Session, slot: Slot, parties: list[Booking], at: datetime
) -> None:
    lower(session, slot, 6, Choice.CANCEL, at)
    assert numbers(session, slot) == (6, 6, 0)
    states = [get_booking(session, each.reference).status for each in parties]
    assert states == [BookingStatus.CONFIRMED, BookingStatus.CONFIRMED, BookingStatus.CANCELLED]
    assert recount(session) == []


def test_fewer_than_taken_needs_a_choice_and_enough_ends_being_over(
    session: Session, slot: Slot, parties: list[Booking], at: datetime
) -> None:
    session.commit()
    values = {"slot_id": slot.id, "now": at, "actor": OWNER}
    with pytest.raises(CapacityBelowTakenError):
        raise_or_lower(session, capacity=5, **values)  # type: ignore[arg-type]
    session.rollback()
    lower(session, slot, 4, Choice.KEEP, at)
    raise_or_lower(session, capacity=8, **values)  # type: ignore[arg-type]
    assert get_slot(session, slot.id).wanted_capacity is None


def test_more_places_go_to_the_waiting_list_first(
    session: Session, slot: Slot, parties: list[Booking], at: datetime
) -> None:
    session.expire_all()
    waiting = join_waiting(
        session,
        slot_id=slot.id,
        party=party_of(get_slot(session, slot.id), 2),
        name="李明",
        phone="+8613800000999",
        language="en",
        now=at,
        actor=VISITOR,
    )
    served = raise_or_lower(session, slot_id=slot.id, capacity=10, now=at, actor=OWNER)
    assert served == 1
    session.expire_all()
    assert get_waiting(session, waiting.key).booking is not None
    assert taken(session, slot) == 10
