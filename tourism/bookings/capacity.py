"""How many may come to a slot, changed while people have booked; nobody is forgotten.

More places go to the waiting list first. Fewer than are taken is a question to the host: keep
everybody, ask the last who booked to come at another time, or cancel them. Meanwhile the slot is
over by some places: its capacity stays at what is taken and follows down with every place that
comes back (`free_places`), so that nothing is sold until it is below what the host wants.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tourism.audit.operations import Actor, record
from tourism.bookings.changes import cancel_as_host, shift_places
from tourism.bookings.closures import ANSWER_WITHIN, ask_to_move
from tourism.bookings.models import Booking
from tourism.bookings.placing import parties_of, slots_ahead
from tourism.bookings.waiting import serve_waiting
from tourism.experiences.errors import (
    CapacityBelowTakenError,
    CapacityInvalidError,
    SlotNotFoundError,
)
from tourism.experiences.models import Slot
from tourism.experiences.slot_changes import LARGEST_CAPACITY, change_capacity


class Choice(StrEnum):
    """What becomes of those who are too many."""

    KEEP = "keep"
    OFFER = "offer"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class TooMany:
    """What fewer places than are taken would mean."""

    slot: Slot
    wanted: int
    affected: Sequence[Booking]  # the last who booked, as many as are too many

    @property
    def over_by(self) -> int:
        return max(0, self.slot.taken - self.wanted)

    @property
    def people(self) -> int:
        return sum(booking.party_size for booking in self.affected)


def raise_or_lower(
    session: Session, *, slot_id: int, capacity: int, now: datetime, actor: Actor
) -> int:
    """Set a capacity that is enough for those who have booked, and serve the waiting list; says
    how many parties. Raises CapacityBelowTakenError otherwise: then `lower_below_taken`."""
    change_capacity(session, slot_id=slot_id, capacity=capacity, now=now, actor=actor)
    return serve_waiting(session, slot_id=slot_id, now=now)


def too_many(session: Session, *, slot_id: int, capacity: int, now: datetime) -> TooMany:
    """Who is affected by fewer places than are taken; nothing is changed."""
    slot = next(iter(slots_ahead(session, [slot_id], now)), None)
    if slot is None:
        raise SlotNotFoundError(slot_id=slot_id)
    return TooMany(slot, capacity, _last_booked(session, slot, capacity))


def lower_below_taken(
    session: Session,
    *,
    slot_id: int,
    capacity: int,
    choice: Choice,
    now: datetime,
    actor: Actor,
) -> None:
    """Want fewer than have booked, and do with those who are too many what the host has chosen.

    Raises CapacityInvalidError. When there are no longer too many, it is an ordinary change.
    """
    if not 1 <= capacity <= LARGEST_CAPACITY:
        raise CapacityInvalidError(largest=LARGEST_CAPACITY)
    found = too_many(session, slot_id=slot_id, capacity=capacity, now=now)
    before = found.slot.wanted_capacity or found.slot.capacity
    match choice:
        case Choice.OFFER:
            ask_to_move(session, found.slot, found.affected, now=now, within=ANSWER_WITHIN)
        case Choice.CANCEL:
            _cancel(session, found, now, actor)
    _lower(session, slot_id, capacity, now)
    record(
        session,
        actor=actor,
        action="slots.change_capacity",
        subject=("slot", slot_id),
        at=now,
        before={"capacity": before},
        after={"capacity": capacity, "choice": choice, "parties": len(found.affected)},
    )
    session.flush()


def set_places(
    session: Session,
    *,
    slot_ids: Sequence[int],
    places: int,
    choice: Choice,
    now: datetime,
    actor: Actor,
) -> None:
    """The same capacity for several slots; where more have booked, what the host has chosen."""
    for slot in sorted(slots_ahead(session, slot_ids, now), key=lambda each: each.id):
        change: dict[str, Any] = {"slot_id": slot.id, "capacity": places}
        try:
            raise_or_lower(session, now=now, actor=actor, **change)
        except CapacityBelowTakenError:
            lower_below_taken(session, choice=choice, now=now, actor=actor, **change)


def _last_booked(session: Session, slot: Slot, capacity: int) -> list[Booking]:
    over, affected = slot.taken - capacity, []
    parties = parties_of(session, [slot.id])
    for booking in sorted(parties, key=lambda each: each.id, reverse=True):
        if over <= 0:
            break
        affected.append(booking)
        over -= booking.party_size
    return affected


def _cancel(session: Session, found: TooMany, now: datetime, actor: Actor) -> None:
    for booking in found.affected:
        cancel_as_host(session, booking=booking, now=now, actor=actor)
    shift_places(session, {found.slot.id: -found.people}, now)


def _lower(session: Session, slot_id: int, wanted: int, now: datetime) -> None:
    """One statement, so that no place is taken between looking and lowering."""
    session.execute(
        sa.update(Slot)
        .where(Slot.id == slot_id)
        .values(
            capacity=sa.case((Slot.taken > wanted, Slot.taken), else_=wanted),
            wanted_capacity=wanted,
            changed_at=now,
        ),
        execution_options={"synchronize_session": "fetch"},
    )
