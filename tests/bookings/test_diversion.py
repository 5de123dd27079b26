"""Picked out: parties go to the next orchard with room that day, with their units and price."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.factories.bookings import make_booking, party_of, taken
from tests.factories.destination import make_destination, make_place
from tests.factories.experiences import make_experience, make_slot
from tourism.audit.operations import VISITOR, Actor
from tourism.bookings.changes import shrink_booking
from tourism.bookings.closures import close_slots, plan_closure
from tourism.bookings.models import Booking, ClosureReason, OfferStatus
from tourism.bookings.offers import accept_offer, choose_other, find_last_offer
from tourism.bookings.queries import get_booking
from tourism.bookings.recount import recount
from tourism.bookings.settling import settle
from tourism.experiences.models import Slot
from tourism.experiences.queries import get_slot

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OWNER = Actor("user", "7")


@pytest.fixture
def slots(session: Session, at: datetime) -> dict[str, Slot]:
    """Tomorrow at nine: here; two orchards with cherries, one with blueberries; here at eleven."""
    make_destination(session)
    start = at + DAY
    found = {}
    for name, crop, latitude in (
        ("here", "cherry", 35.0),
        ("far", "cherry", 35.1),
        ("near", "cherry", 35.02),
        ("berries", "blueberry", 35.001),
    ):
        place = make_place(session, f"{name}-place", latitude=latitude)
        experience = make_experience(session, name, crop=crop, place=place)
        found[name] = make_slot(session, experience, start, capacity=6)
    found["later"] = make_slot(session, found["here"].experience, start + 2 * HOUR)
    session.commit()
    return found


def picked_out(session: Session, slot: Slot, now: datetime) -> None:
    close_slots(session, slot_ids=[slot.id], reason=ClosureReason.PICKED_OUT, now=now, actor=OWNER)
    session.commit()
    session.expire_all()


def reread(session: Session, booking: Booking) -> Booking:
    session.expire_all()
    return get_booking(session, booking.reference)


def test_next_orchard_comes_before_another_time_and_the_nearest_before_the_far(
    session: Session, slots: dict[str, Slot], at: datetime
) -> None:
    slots["here"].capacity = 9
    for adults in (3, 2, 4):
        make_booking(session, slots["here"], at, adults=adults)
    plan = plan_closure(
        session, slot_ids=[slots["here"].id], now=at, reason=ClosureReason.PICKED_OUT
    )
    where = {each.booking.party_size: each.slot for each in plan.affected}
    assert where == {4: slots["near"], 3: slots["far"], 2: slots["near"]}
    rain = plan_closure(session, slot_ids=[slots["here"].id], now=at, reason=ClosureReason.RAIN)
    assert {each.slot for each in rain.affected} == {slots["later"]}


def test_without_room_at_the_next_orchard_it_is_another_time_here(
    session: Session, slots: dict[str, Slot], at: datetime
) -> None:
    for name in ("near", "far"):
        make_booking(session, slots[name], at, adults=5)
    booking = make_booking(session, slots["here"], at, adults=2)
    picked_out(session, slots["here"], at)
    offer = find_last_offer(session, booking)
    assert offer is not None
    assert offer.slot_id == slots["later"].id
    assert recount(session) == []


def test_accepting_takes_units_price_and_ticket_along(
    session: Session, slots: dict[str, Slot], at: datetime
) -> None:
    for unit in slots["here"].experience.units:
        unit.price_amount, unit.price_currency = 3000, "CNY"
    booking = make_booking(session, slots["here"], at, adults=2)
    picked_out(session, slots["here"], at)
    assert taken(session, slots["near"]) == 2
    accept_offer(session, booking=reread(session, booking), now=at, actor=VISITOR)
    session.commit()
    moved = reread(session, booking)
    assert moved.slot_id == slots["near"].id
    assert moved.total is not None
    assert moved.total.amount == 6000
    assert {each.unit.experience_id for each in moved.units} == {slots["near"].experience_id}
    assert moved.tickets[0].slot_id == slots["near"].id
    assert recount(session) == []
    one = party_of(get_slot(session, slots["near"].id), adults=1)
    shrink_booking(session, booking=moved, party=one, now=at, actor=VISITOR)
    session.commit()
    left = reread(session, booking)
    assert (left.party_size, left.total.amount if left.total else 0) == (1, 3000)


def test_who_does_not_answer_is_expected_at_the_next_orchard(
    session: Session, slots: dict[str, Slot], at: datetime
) -> None:
    booking = make_booking(session, slots["here"], at, adults=2)
    picked_out(session, slots["here"], at)
    settle(session, now=at + DAY)
    session.commit()
    assert reread(session, booking).slot_id == slots["near"].id
    assert recount(session) == []


def test_another_time_here_may_be_chosen_instead(
    session: Session, slots: dict[str, Slot], at: datetime
) -> None:
    booking = make_booking(session, slots["here"], at, adults=2)
    picked_out(session, slots["here"], at)
    choose_other(
        session,
        booking=reread(session, booking),
        slot_id=slots["later"].id,
        now=at,
        actor=VISITOR,
    )
    session.commit()
    offer = find_last_offer(session, booking)
    assert offer is not None
    assert offer.status is OfferStatus.MOVED
    assert (taken(session, slots["near"]), taken(session, slots["later"])) == (0, 2)
    assert recount(session) == []
