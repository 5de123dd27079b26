"""The ledger: places are taken while there are any, and given back."""

from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tests.factories.bookings import taken
from tests.factories.experiences import make_experience, make_slot
from tests.statements import statements
from tourism.experiences.errors import SlotClosedError, SlotFullError, SlotNotFoundError
from tourism.experiences.models import Slot, SlotState
from tourism.experiences.operations import free_places, take_places


@pytest.fixture
def slot(session: Session, at: datetime) -> Slot:
    """Ten places, four of them taken."""
    return make_slot(session, make_experience(session), at, capacity=10, taken=4)


def test_take_places_counts_up_to_the_last_place(session: Session, slot: Slot) -> None:
    take_places(session, slot_id=slot.id, places=6)
    assert taken(session, slot) == 10


def test_take_places_takes_one_statement(session: Session, slot: Slot) -> None:
    with statements(session) as seen:
        take_places(session, slot_id=slot.id, places=2)
    assert len(seen) == 1


def test_take_places_refuses_more_than_are_left(session: Session, slot: Slot) -> None:
    """All or none: seven do not fit into six, and nothing is taken."""
    with statements(session) as seen, pytest.raises(SlotFullError) as refusal:
        take_places(session, slot_id=slot.id, places=7)
    assert refusal.value.facts == {"slot_id": slot.id, "left": 6}
    assert len(seen) == 2
    assert taken(session, slot) == 4


@pytest.mark.parametrize("state", [SlotState.CLOSED, SlotState.FREE])
def test_take_places_refuses_a_slot_that_is_not_booked(
    session: Session, slot: Slot, state: SlotState
) -> None:
    slot.state = state
    with pytest.raises(SlotClosedError) as refusal:
        take_places(session, slot_id=slot.id, places=1)
    assert refusal.value.facts["state"] is state
    assert taken(session, slot) == 4


def test_take_places_refuses_a_slot_that_is_not_there(session: Session) -> None:
    with pytest.raises(SlotNotFoundError):
        take_places(session, slot_id=999, places=1)


def test_free_places_counts_down_in_one_statement(session: Session, slot: Slot) -> None:
    with statements(session) as seen:
        free_places(session, slot_id=slot.id, places=4)
    assert len(seen) == 1
    assert taken(session, slot) == 0


def test_free_places_works_on_a_closed_slot(session: Session, slot: Slot) -> None:
    slot.state = SlotState.CLOSED
    free_places(session, slot_id=slot.id, places=1)
    assert taken(session, slot) == 3


def test_free_places_refuses_more_than_were_taken(session: Session, slot: Slot) -> None:
    with pytest.raises(IntegrityError, match=r"taken_not_negative|held_back_is_taken"):
        free_places(session, slot_id=slot.id, places=5)


def test_free_places_refuses_a_slot_that_is_not_there(session: Session) -> None:
    with pytest.raises(SlotNotFoundError):
        free_places(session, slot_id=999, places=1)


def test_the_check_stands_behind_the_guard(session: Session, slot: Slot) -> None:
    """An UPDATE without the condition is refused by the table itself."""
    with pytest.raises(IntegrityError, match="never_oversold"):
        session.execute(sa.update(Slot).values(taken=Slot.taken + 7))
