"""Parties that do not come in time: their places go to people on the spot; they may come late."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.bookings.test_walk_ins import STEWARD, actions, held_back, keep, sell
from tests.factories.admissions import enrolled, make_gate, make_scan
from tests.factories.bookings import make_bookable_slot, make_booking, rule, taken
from tourism.admissions.judgement import Device
from tourism.admissions.models import Outcome
from tourism.admissions.operations import Answer, admit
from tourism.audit.operations import SYSTEM, VISITOR
from tourism.bookings.closures import close_slots, plan_closure
from tourism.bookings.errors import BookingUsedError
from tourism.bookings.models import Booking, ClosureReason
from tourism.bookings.no_shows import (
    admitted_late,
    make_room,
    release_no_shows,
)
from tourism.bookings.operations import cancel_booking
from tourism.bookings.queries import get_booking
from tourism.bookings.recount import recount
from tourism.experiences.errors import SlotFullError
from tourism.experiences.models import Slot
from tourism.experiences.queries import get_slot

GRACE = timedelta(minutes=30)


@pytest.fixture
def slot(session: Session, at: datetime) -> Slot:
    """Six places from nine to ten; who has not come at half past loses them."""
    slot = make_bookable_slot(session, at - timedelta(days=1), capacity=6)
    rule(session, slot, at, grace=GRACE)
    session.commit()
    return slot


@pytest.fixture
def late(session: Session, slot: Slot, at: datetime) -> Booking:
    """A party of four that does not come; a couple that does."""
    late = make_booking(session, slot, at, 4)
    (ticket,) = make_booking(session, get_slot(session, slot.id), at, 2).tickets
    ticket.admitted = 1
    session.commit()
    return late


@pytest.fixture
def device(session: Session, slot: Slot, at: datetime) -> Device:
    found = enrolled(session, make_gate(session, slot.experience), at)
    session.commit()
    return found


def release(session: Session, now: datetime) -> int:
    released = release_no_shows(session, now=now)
    session.commit()
    return released


def reread(session: Session, booking: Booking) -> Booking:
    session.rollback()
    session.expire_all()
    return get_booking(session, booking.reference)


def come(session: Session, device: Device, booking: Booking, now: datetime) -> Answer:
    (ticket,) = reread(session, booking).tickets

    def room(ticket_id: str) -> bool:
        return make_room(session, ticket_id, now=now, actor=STEWARD)

    answer = admit(session, device=device, scan=make_scan(ticket), now=now, make_room=room)
    session.commit()
    return answer


def test_after_the_grace_places_are_kept_for_people_on_the_spot(
    session: Session, slot: Slot, late: Booking, at: datetime
) -> None:
    """Not a moment before, once, and with an entry of its own; who is in keeps all places."""
    assert release(session, at + GRACE - timedelta(seconds=1)) == 0
    assert release(session, at + GRACE) == 1
    assert release(session, at + GRACE) == 0
    assert (taken(session, slot), held_back(session, slot)) == (6, 4)
    assert actions(session)[-1] == "booking.no_show"
    assert recount(session) == []


def test_nobody_needs_to_sweep(session: Session, slot: Slot, late: Booking, at: datetime) -> None:
    """Whoever sells on the spot gives them back first."""
    with pytest.raises(SlotFullError):
        sell(session, slot, 1, at + GRACE - timedelta(minutes=1), "early")
    session.rollback()
    assert sell(session, slot, 3, at + GRACE).party_size == 3
    assert held_back(session, slot) == 1
    assert recount(session) == []


def test_without_a_grace_nothing_is_given_back(
    session: Session, slot: Slot, late: Booking, at: datetime
) -> None:
    rule(session, slot, at, grace=None)
    assert release(session, at + 2 * GRACE - timedelta(minutes=1)) == 0
    with pytest.raises(SlotFullError):
        sell(session, slot, 1, at + GRACE)


def test_who_comes_late_is_let_in_and_counts_again_while_there_is_room(
    session: Session, slot: Slot, late: Booking, device: Device, at: datetime
) -> None:
    release(session, at + GRACE)
    answer = come(session, device, late, at + GRACE + timedelta(minutes=5))
    assert (answer.outcome, answer.people) == (Outcome.OK, 4)
    assert (taken(session, slot), held_back(session, slot)) == (6, 0)
    assert "booking.came_late" in actions(session)
    assert recount(session) == []


def test_who_comes_when_the_places_are_gone_is_the_stewards_to_decide(
    session: Session, slot: Slot, late: Booking, device: Device, at: datetime
) -> None:
    sell(session, slot, 3, at + GRACE)
    answer = come(session, device, late, at + GRACE + timedelta(minutes=12))
    assert (answer.outcome, answer.people, answer.minutes) == (Outcome.LATE, 0, 12)
    assert reread(session, late).tickets[0].released_at is not None
    assert (taken(session, slot), held_back(session, slot)) == (6, 1)
    assert recount(session) == []


def test_who_was_let_in_by_a_phone_alone_counts_again_when_there_is_room(
    session: Session, slot: Slot, late: Booking, at: datetime
) -> None:
    release(session, at + GRACE)
    late.tickets[0].admitted = 4
    session.commit()
    for ticket_id in admitted_late(session, at + GRACE):
        assert make_room(session, ticket_id, now=at + GRACE, actor=SYSTEM)
        session.commit()
    assert admitted_late(session, at + GRACE) == []
    assert held_back(session, slot) == 0
    assert recount(session) == []


def test_who_has_not_come_gives_no_place_back_twice(
    session: Session, slot: Slot, late: Booking, at: datetime
) -> None:
    """Neither by cancelling, however late that may be, nor by a closure of the slot."""
    slot.experience.cancel_cutoff = -timedelta(hours=2)
    session.commit()
    release(session, at + GRACE)
    with pytest.raises(BookingUsedError):
        cancel_booking(session, booking=reread(session, late), now=at + GRACE, actor=VISITOR)
    session.rollback()
    assert plan_closure(session, slot_ids=[slot.id], now=at + GRACE).affected == []
    acts = {"reason": ClosureReason.RAIN, "now": at + GRACE, "actor": SYSTEM}
    close_slots(session, slot_ids=[slot.id], **acts)  # type: ignore[arg-type]
    session.commit()
    assert taken(session, slot) == 6
    assert recount(session) == []


def test_a_party_that_has_been_asked_to_move_keeps_its_places(
    session: Session, slot: Slot, late: Booking, at: datetime
) -> None:
    acts = {"reason": ClosureReason.RAIN, "now": at, "actor": SYSTEM}
    close_slots(session, slot_ids=[slot.id], **acts)  # type: ignore[arg-type]
    session.commit()
    assert release(session, at + GRACE) == 0


def test_people_sold_on_the_spot_are_no_no_shows(
    session: Session, slot: Slot, at: datetime
) -> None:
    keep(session, slot, 2, at)
    sell(session, slot, 2, at)
    assert release(session, at + GRACE) == 0
