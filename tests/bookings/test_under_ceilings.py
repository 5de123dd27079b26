"""What a full ceiling means for raising, closing, answering and waiting: nothing is lost."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.factories.bookings import make_bookable_slot, make_booking, party_of, taken
from tests.factories.destination import in_all
from tests.factories.experiences import make_slot
from tourism.audit.operations import SYSTEM, VISITOR, Actor
from tourism.bookings.capacity import Choice, lower_below_taken, raise_or_lower
from tourism.bookings.closures import close_slots, plan_closure
from tourism.bookings.models import Booking, BookingStatus, ClosureReason, WaitingParty
from tourism.bookings.offers import accept_offer, choose_other, find_open_offer
from tourism.bookings.operations import cancel_booking
from tourism.bookings.queries import get_booking
from tourism.bookings.recount import recount
from tourism.bookings.settling import settle
from tourism.bookings.waiting import get_waiting, join_waiting, serve_waiting
from tourism.experiences.ceilings import change_ceiling, set_ceiling
from tourism.experiences.errors import CeilingFullError
from tourism.experiences.models import Ceiling, CeilingKind, Slot
from tourism.experiences.queries import get_slot

OWNER = Actor("user", "7")


@pytest.fixture
def slot(session: Session, at: datetime) -> Slot:
    """Four places, all taken by two couples."""
    slot = make_bookable_slot(session, at, capacity=4)
    for _ in range(2):
        make_booking(session, slot, at)
    session.commit()
    return slot


@pytest.fixture
def ceiling(session: Session, slot: Slot, at: datetime) -> Ceiling:
    """A car park for as many as have booked that day."""
    ceiling = set_ceiling(
        session,
        kind=CeilingKind.DAY,
        name=in_all("停车场"),
        capacity=4,
        now=at,
        actor=SYSTEM,
    )
    session.commit()
    return ceiling


def wait(session: Session, slot: Slot, at: datetime, adults: int, end: int) -> WaitingParty:
    fresh = get_slot(session, slot.id)
    session.refresh(fresh, ["taken"])
    made = join_waiting(
        session,
        slot_id=slot.id,
        party=party_of(fresh, adults),
        name="李明",
        phone=f"+8613800000{end}",
        language="en",
        now=at,
        actor=VISITOR,
    )
    session.commit()
    return made


def raise_to(session: Session, slot: Slot, capacity: int, at: datetime) -> int:
    acts = {"slot_id": slot.id, "capacity": capacity, "now": at, "actor": OWNER}
    served = raise_or_lower(session, **acts)  # type: ignore[arg-type]
    session.commit()
    return served


def test_raising_under_a_full_ceiling_is_done_and_who_waits_keeps_the_turn(
    session: Session, slot: Slot, ceiling: Ceiling, at: datetime
) -> None:
    """Served as soon as something above has room, without anybody doing anything else."""
    waiting = wait(session, slot, at, 3, 201)
    assert raise_to(session, slot, 10, at) == 0
    assert get_slot(session, slot.id).capacity == 10
    assert get_waiting(session, waiting.key).booking is None
    change_ceiling(session, ceiling=ceiling, capacity=7, now=at, actor=SYSTEM)
    session.commit()
    assert serve_waiting(session, slot_id=slot.id, now=at) == 1
    session.commit()
    assert taken(session, slot) == 7
    assert recount(session) == []


def test_a_small_party_is_served_where_the_ceiling_has_no_room_for_a_large_one(
    session: Session, slot: Slot, ceiling: Ceiling, at: datetime
) -> None:
    large, small = wait(session, slot, at, 3, 201), wait(session, slot, at, 1, 202)
    change_ceiling(session, ceiling=ceiling, capacity=5, now=at, actor=SYSTEM)
    assert raise_to(session, slot, 10, at) == 1
    assert get_waiting(session, large.key).booking is None
    assert get_waiting(session, small.key).booking is not None
    assert recount(session) == []


def other_day(session: Session, slot: Slot, places: int = 9) -> Slot:
    fresh = get_slot(session, slot.id)
    made = make_slot(
        session, fresh.experience, fresh.starts_at + timedelta(days=1), capacity=places
    )
    session.commit()
    return made


def close(session: Session, slot: Slot, at: datetime) -> None:
    acts = {"reason": ClosureReason.RAIN, "now": at, "actor": OWNER}
    close_slots(session, slot_ids=[slot.id], **acts)  # type: ignore[arg-type]
    session.commit()


def bookings(session: Session) -> list[Booking]:
    found = session.query(Booking.reference).order_by(Booking.id)
    return [get_booking(session, ref) for (ref,) in found]


def test_a_closure_holds_only_what_the_ceilings_let_come(
    session: Session, slot: Slot, ceiling: Ceiling, at: datetime
) -> None:
    """The next day has room for three people above: one couple is placed, the other is asked."""
    next_day = other_day(session, slot)
    busy = other_day(session, next_day)
    busy.starts_at, busy.ends_at = next_day.ends_at, next_day.ends_at + timedelta(hours=1)
    make_booking(session, get_slot(session, busy.id), at, 1)
    session.commit()
    plan = plan_closure(session, slot_ids=[slot.id], now=at)
    assert [each.slot is None for each in plan.affected] == [False, True]
    close(session, slot, at)
    assert taken(session, next_day) == 2
    offers = [find_open_offer(session, each) for each in bookings(session)[:2]]
    assert [bool(each and each.slot_id) for each in offers] == [True, False]
    assert recount(session) == []


def test_an_offer_is_accepted_under_a_full_ceiling(
    session: Session, slot: Slot, ceiling: Ceiling, at: datetime
) -> None:
    """Its places count there since they were offered."""
    next_day = other_day(session, slot)
    close(session, slot, at)
    first, second = bookings(session)
    accept_offer(session, booking=first, now=at, actor=VISITOR)
    session.commit()
    settle(session, now=at + timedelta(days=2))
    session.commit()
    assert taken(session, next_day) == 4
    assert get_booking(session, second.reference).status is BookingStatus.CONFIRMED
    assert recount(session) == []


def test_choosing_a_time_under_a_full_ceiling_is_refused_and_changes_nothing(
    session: Session, slot: Slot, ceiling: Ceiling, at: datetime
) -> None:
    next_day = other_day(session, slot)
    close(session, slot, at)
    first, _second = bookings(session)
    third_day = other_day(session, next_day)
    make_booking(session, get_slot(session, third_day.id), at, 3)
    session.commit()
    with pytest.raises(CeilingFullError):
        _choose(session, first, third_day, at)
    session.rollback()
    assert find_open_offer(session, get_booking(session, first.reference)) is not None
    assert recount(session) == []


def _choose(session: Session, booking: Booking, slot: Slot, at: datetime) -> None:
    choose_other(session, booking=booking, slot_id=slot.id, now=at, actor=VISITOR)
    session.commit()


def test_within_the_same_full_ceiling_another_time_can_be_chosen(
    session: Session, slot: Slot, ceiling: Ceiling, at: datetime
) -> None:
    """Nothing could be held there, for the party would have counted twice; moving counts once."""
    fresh = get_slot(session, slot.id)
    later = make_slot(session, fresh.experience, fresh.ends_at, capacity=9)
    session.commit()
    close(session, slot, at)
    first, _second = bookings(session)
    offer = find_open_offer(session, first)
    assert offer is not None
    assert offer.slot_id is None
    _choose(session, first, later, at)
    assert taken(session, later) == 2
    assert recount(session) == []


def test_fewer_places_are_wanted_under_a_full_ceiling(
    session: Session, slot: Slot, ceiling: Ceiling, at: datetime
) -> None:
    other_day(session, slot)
    acts = {"slot_id": slot.id, "capacity": 2, "now": at, "actor": OWNER}
    lower_below_taken(session, choice=Choice.OFFER, **acts)  # type: ignore[arg-type]
    session.commit()
    first = bookings(session)[0]
    cancel_booking(session, booking=first, now=at, actor=VISITOR)
    session.commit()
    assert recount(session) == []
