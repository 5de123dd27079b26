"""The ledger: places of a slot are taken and given back here, and nowhere else.

Each is one conditional UPDATE, judged by its row count. The database repeats the condition when
it has waited for another writer, so no number of processes can sell a place twice; the table's
CHECK stands behind it. Call them last in a transaction: the slot's row is what others wait for.
What lies above the slots is counted when the transaction commits (`ceilings.py`).
"""

from collections.abc import Collection
from typing import cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tourism.core.errors import TourismError
from tourism.experiences.ceilings import note
from tourism.experiences.errors import SlotClosedError, SlotFullError, SlotNotFoundError
from tourism.experiences.models import Ceiling, Slot, SlotState

_SLOTS = cast("sa.Table", Slot.__table__).c
_PLACES = sa.bindparam("places", type_=sa.Integer)
_COUNT = (
    sa.update(Slot.__table__)  # type: ignore[arg-type]
    .where(_SLOTS.id == sa.bindparam("slot"))
    .returning(sa.exists(sa.select(Ceiling.id)).label("has_ceilings"))
)
_LEFT = _SLOTS.taken + _PLACES
_WANTED = _SLOTS.wanted_capacity
_LOWER = sa.case((_WANTED < _LEFT, _LEFT), else_=_WANTED)
_TAKE = _COUNT.where(_SLOTS.state == SlotState.OPEN, _SLOTS.capacity >= _LEFT).values(taken=_LEFT)
_FREE = _COUNT.values(taken=_LEFT, capacity=sa.func.coalesce(_LOWER, _SLOTS.capacity))


def take_places(session: Session, *, slot_id: int, places: int) -> None:
    """Take places of an open slot: all of them or none.

    Raises SlotNotFoundError, SlotClosedError, or SlotFullError with the number left; the commit
    raises CeilingFullError. Whether it is still time to book is the caller's question.
    """
    if not _count(session, _TAKE, slot_id, places):
        raise _why_not(session, slot_id)


def free_places(session: Session, *, slot_id: int, places: int) -> None:
    """Give places back, whatever the slot's state. More than were taken is refused by the CHECK:
    a wrong counter must be seen, not hidden. Of a slot that has more booked than its host wants,
    they are not for sale again: the capacity follows down to `wanted_capacity`."""
    if not _count(session, _FREE, slot_id, -places):
        raise SlotNotFoundError(slot_id=slot_id)


def lock_counters(session: Session, slot_ids: Collection[int]) -> None:
    """Stand on the counters of several slots, in the order that all others keep. Whoever changes
    more than one does this first, and has changed bookings before: nobody waits for a booking who
    stands on a counter."""
    query = sa.select(Slot.id).where(Slot.id.in_(slot_ids)).order_by(Slot.id)
    session.execute(query.with_for_update(key_share=True)).all()


def _count(session: Session, change: sa.Update, slot_id: int, places: int) -> bool:
    """Change the counter; where there are ceilings, the commit will change theirs."""
    session.flush()
    values = {"slot": slot_id, "places": places}
    counted = session.connection().execute(change, values).one_or_none()
    if counted is None:
        return False
    if counted.has_ceilings:
        note(session, slot_id, places)
    return True


def _why_not(session: Session, slot_id: int) -> TourismError:
    query = sa.select(Slot.state, Slot.capacity, Slot.taken).where(Slot.id == slot_id)
    found = session.execute(query).one_or_none()
    if found is None:
        return SlotNotFoundError(slot_id=slot_id)
    if found.state is not SlotState.OPEN:
        return SlotClosedError(slot_id=slot_id, state=found.state)
    return SlotFullError(slot_id=slot_id, left=found.capacity - found.taken)
