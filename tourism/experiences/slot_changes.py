"""What an owner changes on one slot: its capacity, and whether it can or need be booked.

Nobody who has booked is touched by any of these: a closed slot still receives its guests, and a
capacity below the places taken is refused.
"""

from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tourism.audit.operations import Actor, record
from tourism.experiences.errors import (
    CapacityBelowTakenError,
    CapacityInvalidError,
    SlotNotFoundError,
    SlotStateError,
)
from tourism.experiences.models import Slot, SlotState

LARGEST_CAPACITY = 9999


def change_capacity(
    session: Session, *, slot_id: int, capacity: int, now: datetime, actor: Actor
) -> None:
    """Set how many may come. Raises CapacityBelowTakenError with the number taken.

    The row is locked first only so that the audit tells the truth about what was before; what
    keeps the promise to those who have booked is the condition on the UPDATE.
    """
    if not 1 <= capacity <= LARGEST_CAPACITY:
        raise CapacityInvalidError(largest=LARGEST_CAPACITY)
    slot = _locked(session, slot_id)
    before = slot.wanted_capacity or slot.capacity
    if before == capacity:
        return
    values = {"capacity": capacity, "wanted_capacity": None, "changed_at": now}
    if not _update(session, slot, values, Slot.taken <= capacity):
        raise CapacityBelowTakenError(taken=slot.taken)
    _record(session, slot, "slots.change_capacity", actor, now, "capacity", (before, capacity))


def close_slot(session: Session, *, slot_id: int, now: datetime, actor: Actor) -> None:
    """Take no more bookings; those made stay good. Raises SlotStateError unless it is open."""
    _change_state(session, slot_id, SlotState.OPEN, SlotState.CLOSED, "slots.close", now, actor)


def reopen_slot(session: Session, *, slot_id: int, now: datetime, actor: Actor) -> None:
    """Take bookings again. Raises SlotStateError unless it is closed."""
    _change_state(session, slot_id, SlotState.CLOSED, SlotState.OPEN, "slots.reopen", now, actor)


def free_slot(session: Session, *, slot_id: int, now: datetime, actor: Actor) -> None:
    """Let everybody come without booking. Raises SlotStateError unless it is open."""
    _change_state(session, slot_id, SlotState.OPEN, SlotState.FREE, "slots.free", now, actor)


def ask_for_booking(session: Session, *, slot_id: int, now: datetime, actor: Actor) -> None:
    """Take bookings where none was needed. Raises SlotStateError unless it is free."""
    _change_state(session, slot_id, SlotState.FREE, SlotState.OPEN, "slots.book", now, actor)


def _change_state(
    session: Session,
    slot_id: int,
    old: SlotState,
    new: SlotState,
    action: str,
    now: datetime,
    actor: Actor,
) -> None:
    slot = _locked(session, slot_id)
    if slot.state is new:
        return
    values = {"state": new, "closed_for": None, "closed_words": None, "changed_at": now}
    if not _update(session, slot, values, Slot.state == old):
        raise SlotStateError(state=slot.state)
    _record(session, slot, action, actor, now, "state", (old, new))


def _locked(session: Session, slot_id: int) -> Slot:
    slot = session.get(Slot, slot_id, with_for_update={"key_share": True}, populate_existing=True)
    if slot is None:
        raise SlotNotFoundError(slot_id=slot_id)
    return slot


def _update(
    session: Session, slot: Slot, values: dict[str, Any], condition: sa.ColumnElement[bool]
) -> bool:
    done = session.execute(
        sa.update(Slot).where(Slot.id == slot.id, condition).values(values),
        execution_options={"synchronize_session": "fetch"},
    )
    return cast("sa.CursorResult[None]", done).rowcount == 1


def _record(
    session: Session,
    slot: Slot,
    action: str,
    actor: Actor,
    at: datetime,
    what: str,
    change: tuple[object, object],
) -> None:
    record(
        session,
        actor=actor,
        action=action,
        subject=("slot", slot.id),
        at=at,
        before={what: change[0]},
        after={what: change[1]},
    )
