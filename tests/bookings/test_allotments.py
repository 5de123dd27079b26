"""Places that a gate's phone may sell by itself."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.bookings.test_walk_ins import STEWARD, actions, held_back, keep
from tests.factories.admissions import enrolled, make_gate
from tests.factories.bookings import make_bookable_slot, make_booking, party_of, taken
from tourism.bookings.allotments import (
    allotments_of_device,
    allotments_of_slot,
    give_allotment,
    return_allotment,
    spend_allotment,
)
from tourism.bookings.errors import HeldBackInvalidError
from tourism.bookings.models import Allotment, Booking
from tourism.bookings.recount import recount
from tourism.bookings.walk_ins import WalkIn
from tourism.experiences.errors import SlotClosedError, SlotFullError, SlotOverError
from tourism.experiences.models import Slot, SlotState
from tourism.experiences.queries import get_slot


@pytest.fixture
def slot(session: Session, at: datetime) -> Slot:
    slot = make_bookable_slot(session, at - timedelta(days=1))
    session.commit()
    return slot


@pytest.fixture
def device_id(session: Session, slot: Slot, at: datetime) -> int:
    found = enrolled(session, make_gate(session, slot.experience), at).id
    session.commit()
    return found


def give(session: Session, device_id: int, slot: Slot, places: int, now: datetime) -> None:
    acts: dict[str, Any] = {"device_id": device_id, "slot_id": slot.id, "now": now}
    give_allotment(session, places=places, actor=STEWARD, **acts)
    session.commit()


def spend(
    session: Session, device_id: int, slot: Slot, adults: int, now: datetime, key: str = "scan"
) -> Booking:
    coming = WalkIn(
        party=party_of(get_slot(session, slot.id), adults), language="zh-Hans", idempotency_key=key
    )
    acts: dict[str, Any] = {"slot_id": slot.id, "walk_in": coming, "key_id": 1, "now": now}
    booking = spend_allotment(session, device_id=device_id, actor=STEWARD, **acts)
    session.commit()
    return booking


def mine(session: Session) -> tuple[int, int, int]:
    columns = (Allotment.places, Allotment.held_back, Allotment.sold)
    row = session.execute(sa.select(*columns)).one()
    return row[0], row[1], row[2]


def test_what_a_phone_has_nobody_else_sells(
    session: Session, slot: Slot, device_id: int, at: datetime
) -> None:
    """Places held back come first; the same number again changes nothing."""
    keep(session, slot, 3, at)
    give(session, device_id, slot, 5, at)
    give(session, device_id, slot, 5, at)
    assert mine(session) == (5, 3, 0)
    assert (taken(session, slot), held_back(session, slot)) == (5, 0)
    assert recount(session) == []
    with pytest.raises(SlotFullError):
        make_booking(session, get_slot(session, slot.id), at, 6)
    session.rollback()
    assert actions(session)[-2:] == ["slots.hold_back", "slots.allot"]


def test_what_it_gives_back_is_as_it_was(
    session: Session, slot: Slot, device_id: int, at: datetime
) -> None:
    keep(session, slot, 3, at)
    give(session, device_id, slot, 5, at)
    give(session, device_id, slot, 4, at)
    assert (mine(session), taken(session, slot)) == ((4, 3, 0), 4)
    for _twice in range(2):
        acts: dict[str, Any] = {"device_id": device_id, "slot_id": slot.id, "now": slot.ends_at}
        return_allotment(session, actor=STEWARD, **acts)
        session.commit()
    assert (taken(session, slot), held_back(session, slot)) == (3, 3)
    assert allotments_of_device(session, device_id) == allotments_of_slot(session, slot.id) == []
    assert recount(session) == []


def test_what_it_sold_is_booked_once(
    session: Session, slot: Slot, device_id: int, at: datetime
) -> None:
    keep(session, slot, 1, at)
    give(session, device_id, slot, 4, at)
    booking = spend(session, device_id, slot, 3, at)
    assert spend(session, device_id, slot, 3, at).reference == booking.reference
    assert mine(session) == (1, 0, 3)
    assert (booking.walk_in, taken(session, slot)) == (True, 4)
    assert [each.device_id for each in allotments_of_slot(session, slot.id)] == [device_id]
    assert actions(session)[-1] == "booking.walk_in"
    assert recount(session) == []


def test_it_may_tell_after_the_window_and_of_a_closed_slot(
    session: Session, slot: Slot, device_id: int, at: datetime
) -> None:
    give(session, device_id, slot, 4, at)
    slot.state = SlotState.CLOSED
    session.commit()
    assert spend(session, device_id, slot, 4, slot.ends_at).party_size == 4
    with pytest.raises(SlotClosedError):
        spend(session, device_id, slot, 1, at, "beyond")
    session.rollback()
    assert recount(session) == []


def test_what_it_sold_beyond_its_places_needs_room(
    session: Session, slot: Slot, device_id: int, at: datetime
) -> None:
    give(session, device_id, slot, 2, at)
    make_booking(session, get_slot(session, slot.id), at, 6)
    session.commit()
    assert spend(session, device_id, slot, 3, at, "one").party_size == 3
    with pytest.raises(SlotFullError) as refused:
        spend(session, device_id, slot, 2, at, "two")
    assert refused.value.facts["left"] == 1
    session.rollback()
    assert (mine(session), taken(session, slot)) == ((0, 0, 2), 9)
    assert recount(session) == []


def test_no_phone_gets_what_there_is_not(
    session: Session, slot: Slot, device_id: int, at: datetime
) -> None:
    with pytest.raises(SlotFullError):
        give(session, device_id, slot, 11, at)
    session.rollback()
    with pytest.raises(HeldBackInvalidError):
        give(session, device_id, slot, -1, at)
    with pytest.raises(SlotOverError):
        give(session, device_id, slot, 1, slot.ends_at)
    session.rollback()
    assert session.scalars(sa.select(Allotment)).all() == []
