"""Limits above slots: counted with every place, never passed, and true in the end."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tests.factories.destination import in_all, make_destination, make_place
from tests.factories.experiences import make_experience, make_slot
from tests.statements import statements
from tourism.audit.operations import SYSTEM
from tourism.experiences.ceiling_room import room_below_ceilings
from tourism.experiences.ceilings import (
    LARGEST_CEILING,
    change_ceiling,
    differing_counts,
    remove_ceiling,
    repair_counts,
    set_ceiling,
)
from tourism.experiences.errors import CapacityInvalidError, CeilingFullError
from tourism.experiences.models import Ceiling, CeilingCount, CeilingKind, Experience, Slot
from tourism.experiences.operations import free_places, take_places


@pytest.fixture
def experience(session: Session) -> Experience:
    """An experience at an orchard in a zone."""
    make_destination(session)
    zone = make_place(session, "zone")
    return make_experience(session, place=make_place(session, "orchard", parent_id=zone.id))


@pytest.fixture
def slot(session: Session, experience: Experience, at: datetime) -> Slot:
    """From nine to ten tomorrow, with a stay of two hours."""
    return make_slot(session, experience, at + timedelta(days=1))


@pytest.fixture
def next_slot(session: Session, experience: Experience, slot: Slot) -> Slot:
    return make_slot(session, experience, slot.ends_at)


def limit(
    session: Session,
    at: datetime,
    kind: CeilingKind = CeilingKind.DAY,
    capacity: int = 5,
    place_id: int | None = None,
) -> Ceiling:
    ceiling = set_ceiling(
        session,
        kind=kind,
        name=in_all("停车场"),
        capacity=capacity,
        now=at,
        actor=SYSTEM,
        place_id=place_id,
    )
    session.commit()
    return ceiling


def take(session: Session, slot: Slot, places: int) -> None:
    take_places(session, slot_id=slot.id, places=places)
    session.commit()


def counts(session: Session) -> list[int]:
    query = sa.select(CeilingCount.taken).order_by(CeilingCount.starts_at)
    return list(session.scalars(query))


def test_a_day_is_shared_by_its_slots(
    session: Session, slot: Slot, next_slot: Slot, at: datetime
) -> None:
    limit(session, at)
    take(session, slot, 3)
    with pytest.raises(CeilingFullError) as refused:
        take(session, next_slot, 3)
    session.rollback()
    assert refused.value.facts["left"] == 2
    assert refused.value.facts["name"] == in_all("停车场")
    take(session, next_slot, 2)
    assert counts(session) == [5]
    assert session.scalars(sa.select(Slot.taken).order_by(Slot.id)).all() == [3, 2]
    assert differing_counts(session) == []


def test_another_day_has_its_own_count(session: Session, slot: Slot, at: datetime) -> None:
    limit(session, at)
    take(session, slot, 5)
    take(session, make_slot(session, slot.experience, slot.starts_at + timedelta(days=1)), 5)
    assert counts(session) == [5, 5]


def test_people_present_are_counted_until_the_stay_ends(
    session: Session, slot: Slot, at: datetime
) -> None:
    """Arriving from nine to ten and staying for two hours: there until twelve."""
    limit(session, at, CeilingKind.PRESENT)
    take(session, slot, 5)
    assert counts(session) == [5] * 12
    while_there = make_slot(session, slot.experience, slot.starts_at + timedelta(minutes=165))
    with pytest.raises(CeilingFullError):
        take(session, while_there, 1)
    session.rollback()
    take(session, make_slot(session, slot.experience, slot.starts_at + timedelta(hours=3)), 5)
    assert differing_counts(session) == []


def test_a_place_limits_all_below_it_and_nothing_beside(
    session: Session, slot: Slot, at: datetime
) -> None:
    zone_id = slot.experience.place.parent_id
    beside = make_slot(session, make_experience(session, "beside"), slot.starts_at)
    limit(session, at, place_id=zone_id)
    take(session, beside, 6)
    take(session, slot, 5)
    with pytest.raises(CeilingFullError):
        take(session, slot, 1)


def test_a_party_larger_than_the_ceiling_is_refused(
    session: Session, slot: Slot, at: datetime
) -> None:
    limit(session, at)
    with pytest.raises(CeilingFullError) as refused:
        take(session, slot, 6)
    assert refused.value.facts["left"] == 5


def test_places_given_back_are_free_again(session: Session, slot: Slot, at: datetime) -> None:
    limit(session, at)
    take(session, slot, 5)
    free_places(session, slot_id=slot.id, places=2)
    session.commit()
    take(session, slot, 2)
    assert counts(session) == [5]


def test_a_move_inside_a_full_ceiling_is_allowed(
    session: Session, slot: Slot, next_slot: Slot, at: datetime
) -> None:
    """Taken and given back in one transaction, whatever comes first."""
    limit(session, at)
    take(session, slot, 5)
    take_places(session, slot_id=next_slot.id, places=5)
    free_places(session, slot_id=slot.id, places=5)
    session.commit()
    assert differing_counts(session) == []


def test_what_is_rolled_back_is_not_counted(session: Session, slot: Slot, at: datetime) -> None:
    limit(session, at)
    take_places(session, slot_id=slot.id, places=2)
    session.rollback()
    take(session, slot, 3)
    assert counts(session) == [3]


def test_what_a_savepoint_took_back_is_not_counted(
    session: Session, slot: Slot, at: datetime
) -> None:
    limit(session, at)
    take_places(session, slot_id=slot.id, places=1)
    savepoint = session.begin_nested()
    take_places(session, slot_id=slot.id, places=2)
    savepoint.rollback()
    with session.begin_nested():
        take_places(session, slot_id=slot.id, places=1)
    session.commit()
    assert counts(session) == [2]
    assert differing_counts(session) == []


def test_a_new_ceiling_counts_who_is_booked(session: Session, slot: Slot, at: datetime) -> None:
    take(session, slot, 4)
    limit(session, at)
    assert counts(session) == [4]
    with pytest.raises(CeilingFullError):
        take(session, slot, 2)


@pytest.mark.parametrize("made", ["new", "lowered"])
def test_a_ceiling_below_who_is_booked_throws_nobody_out_and_sells_nothing(
    session: Session, slot: Slot, at: datetime, made: str
) -> None:
    """It follows down with those who leave, until it is what was wanted."""
    if made == "new":
        take(session, slot, 4)
        limit(session, at, capacity=2)
    else:
        ceiling = limit(session, at)
        take(session, slot, 4)
        change_ceiling(session, ceiling=ceiling, capacity=2, now=at, actor=SYSTEM)
        session.commit()
    assert counts(session) == [4]
    for leaving, may_come in ((1, 0), (1, 0), (1, 1)):
        free_places(session, slot_id=slot.id, places=leaving)
        session.commit()
        assert room_below_ceilings(session, [slot.id]).left(slot.id) == may_come
        with pytest.raises(CeilingFullError):
            take(session, slot, may_come + 1)
        session.rollback()
    take(session, slot, 1)
    assert counts(session) == [2]
    assert differing_counts(session) == []


def test_a_ceiling_is_a_sensible_number(session: Session, slot: Slot, at: datetime) -> None:
    ceiling = limit(session, at)
    for number in (0, LARGEST_CEILING + 1):
        with pytest.raises(CapacityInvalidError):
            limit(session, at, capacity=number)
        with pytest.raises(CapacityInvalidError):
            change_ceiling(session, ceiling=ceiling, capacity=number, now=at, actor=SYSTEM)


def test_the_tightest_ceiling_says_how_many_may_come(
    session: Session, slot: Slot, next_slot: Slot, at: datetime
) -> None:
    """Also of what this transaction has taken and not yet counted; nothing limits: None."""
    assert room_below_ceilings(session, [slot.id]).left(slot.id) is None
    limit(session, at, capacity=5)
    limit(session, at, kind=CeilingKind.PRESENT, capacity=8, place_id=slot.experience.place_id)
    take(session, next_slot, 1)
    take_places(session, slot_id=slot.id, places=2)
    room = room_below_ceilings(session, [next_slot.id])
    assert room.left(next_slot.id) == 2
    assert (room.within(next_slot.id, 9), room.within(next_slot.id, 1)) == (2, 1)
    room.take(next_slot.id, 2)
    assert room.left(next_slot.id) == 0


def test_without_its_ceiling_a_slot_is_bound_by_itself_alone(
    session: Session, slot: Slot, at: datetime
) -> None:
    remove_ceiling(session, ceiling=limit(session, at), now=at, actor=SYSTEM)
    session.commit()
    take(session, slot, 10)
    assert counts(session) == []


def test_the_table_itself_refuses_too_many(session: Session, slot: Slot, at: datetime) -> None:
    limit(session, at)
    take(session, slot, 1)
    with pytest.raises(IntegrityError, match="never_oversold"):
        session.execute(sa.update(CeilingCount).values(taken=6))


def test_a_wrong_counter_is_found_and_repaired(session: Session, slot: Slot, at: datetime) -> None:
    limit(session, at)
    take(session, slot, 3)
    session.execute(sa.update(CeilingCount).values(taken=1))
    assert [(each.taken, each.counted) for each in differing_counts(session)] == [(1, 3)]
    assert len(repair_counts(session)) == 1
    assert differing_counts(session) == []


def test_without_ceilings_nothing_more_is_asked(session: Session, slot: Slot) -> None:
    session.commit()
    with statements(session) as seen:
        take(session, slot, 1)
    assert [each.split()[0] for each in seen] == ["UPDATE"]


@pytest.mark.parametrize("kind", CeilingKind)
def test_a_ceiling_costs_three_statements(
    session: Session, slot: Slot, at: datetime, kind: CeilingKind
) -> None:
    """What lies above, the time zone, and all its counters at once."""
    limit(session, at, kind)
    with statements(session) as seen:
        take(session, slot, 1)
    assert [each.split()[0] for each in seen] == ["UPDATE", "WITH", "SELECT", "INSERT"]
