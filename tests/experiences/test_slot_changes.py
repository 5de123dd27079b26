"""An owner changes a slot; nobody who has booked is touched."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from tests.factories.experiences import make_experience, make_slot
from tourism.audit.operations import Actor
from tourism.audit.queries import entries_of
from tourism.experiences.errors import (
    CapacityBelowTakenError,
    CapacityInvalidError,
    SlotNotFoundError,
    SlotStateError,
)
from tourism.experiences.models import Slot, SlotState
from tourism.experiences.slot_changes import change_capacity, close_slot, reopen_slot

OWNER = Actor("user", "7")


@pytest.fixture
def slot(session: Session, at: datetime) -> Slot:
    made = make_slot(session, make_experience(session), at, capacity=10, taken=6)
    session.commit()
    return made


def _acts(session: Session, slot: Slot) -> list[tuple[str, object, object]]:
    session.flush()
    entries = entries_of(session, "slot", slot.id)
    assert {entry.actor for entry in entries} <= {"user:7"}
    return [(entry.action, entry.before, entry.after) for entry in entries]


def test_capacity_is_changed_and_audited(session: Session, slot: Slot, at: datetime) -> None:
    change_capacity(session, slot_id=slot.id, capacity=6, now=at, actor=OWNER)
    assert slot.capacity == 6
    assert slot.places_left == 0
    assert _acts(session, slot) == [("slots.change_capacity", {"capacity": 10}, {"capacity": 6})]


def test_capacity_below_the_places_taken_is_refused(
    session: Session, slot: Slot, at: datetime
) -> None:
    with pytest.raises(CapacityBelowTakenError) as refusal:
        change_capacity(session, slot_id=slot.id, capacity=5, now=at, actor=OWNER)
    assert refusal.value.facts == {"taken": 6}
    session.rollback()
    assert slot.capacity == 10
    assert _acts(session, slot) == []


@pytest.mark.parametrize("capacity", [0, -1, 10_000])
def test_impossible_capacities_are_refused(
    session: Session, slot: Slot, at: datetime, capacity: int
) -> None:
    with pytest.raises(CapacityInvalidError):
        change_capacity(session, slot_id=slot.id, capacity=capacity, now=at, actor=OWNER)


def test_same_capacity_again_changes_nothing(session: Session, slot: Slot, at: datetime) -> None:
    for _ in range(2):
        change_capacity(session, slot_id=slot.id, capacity=12, now=at, actor=OWNER)
    assert len(_acts(session, slot)) == 1


def test_close_and_reopen(session: Session, slot: Slot, at: datetime) -> None:
    close_slot(session, slot_id=slot.id, now=at, actor=OWNER)
    assert slot.state is SlotState.CLOSED
    assert slot.taken == 6
    reopen_slot(session, slot_id=slot.id, now=at, actor=OWNER)
    assert slot.state is SlotState.OPEN
    assert _acts(session, slot) == [
        ("slots.close", {"state": "open"}, {"state": "closed"}),
        ("slots.reopen", {"state": "closed"}, {"state": "open"}),
    ]


def test_closing_twice_is_one_act(session: Session, slot: Slot, at: datetime) -> None:
    for _ in range(2):
        close_slot(session, slot_id=slot.id, now=at, actor=OWNER)
    assert len(_acts(session, slot)) == 1


def test_slot_that_needs_no_booking_is_neither_closed_nor_reopened(
    session: Session, slot: Slot, at: datetime
) -> None:
    slot.state = SlotState.FREE
    session.commit()
    for change in (close_slot, reopen_slot):
        with pytest.raises(SlotStateError):
            change(session, slot_id=slot.id, now=at, actor=OWNER)
    assert _acts(session, slot) == []


def test_slot_that_does_not_exist(session: Session, at: datetime) -> None:
    with pytest.raises(SlotNotFoundError):
        close_slot(session, slot_id=99, now=at, actor=OWNER)
