"""The ledger: places of a slot are taken and given back here, and nowhere else.

Each is one conditional UPDATE, judged by its row count. The database repeats the condition when
it has waited for another writer, so no number of processes can sell a place twice; the table's
CHECK stands behind it. Call them last in a transaction: the slot's row is what others wait for.
"""

from typing import cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tourism.core.errors import TourismError
from tourism.experiences.errors import SlotClosedError, SlotFullError, SlotNotFoundError
from tourism.experiences.models import Slot, SlotState


def take_places(session: Session, *, slot_id: int, places: int) -> None:
    """Take places of an open slot: all of them or none.

    Raises SlotNotFoundError, SlotClosedError, or SlotFullError with the number left. Whether it
    is still time to book is the caller's question.
    """
    room = Slot.taken + places <= Slot.capacity
    if not _count(session, slot_id, places, Slot.state == SlotState.OPEN, room):
        raise _why_not(session, slot_id)


def free_places(session: Session, *, slot_id: int, places: int) -> None:
    """Give places back, whatever the slot's state. More than were taken is refused by the CHECK:
    a wrong counter must be seen, not hidden."""
    if not _count(session, slot_id, -places):
        raise SlotNotFoundError(slot_id=slot_id)


def _count(session: Session, slot_id: int, places: int, *where: sa.ColumnElement[bool]) -> bool:
    counted = session.execute(
        sa.update(Slot).where(Slot.id == slot_id, *where).values(taken=Slot.taken + places),
        execution_options={"synchronize_session": False},
    )
    return cast("sa.CursorResult[None]", counted).rowcount == 1


def _why_not(session: Session, slot_id: int) -> TourismError:
    query = sa.select(Slot.state, Slot.capacity, Slot.taken).where(Slot.id == slot_id)
    found = session.execute(query).one_or_none()
    if found is None:
        return SlotNotFoundError(slot_id=slot_id)
    if found.state is not SlotState.OPEN:
        return SlotClosedError(slot_id=slot_id, state=found.state)
    return SlotFullError(slot_id=slot_id, left=found.capacity - found.taken)
