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

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tourism.audit.operations import Actor, record
from tourism.bookings.changes import cancel_as_host, shift_places
from tourism.bookings.closures import ANSWER_WITHIN, ask_to_move
from tourism.bookings.models import Booking
from tourism.bookings.placing import lock_around, parties_of, slots_ahead
from tourism.bookings.waiting import serve_waiting
from tourism.experiences.errors import (
    CapacityBelowTakenError,
    CapacityInvalidError,
    SlotNotFoundError,
)
from tourism.experiences.models import Slot
from tourism.experiences.operations import lock_counters
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
    return _too_many(session, slot, capacity)


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
    if choice is Choice.CANCEL:
        _cancel_parties(session, [found], now, actor)
    _lower(session, found, choice, now, actor)


def set_places(
    session: Session,
    *,
    slot_ids: Sequence[int],
    places: int,
    choice: Choice,
    now: datetime,
    actor: Actor,
) -> None:
    """The same capacity for several slots; where more have booked, what the host has chosen.

    In the order that all keep who change several: bookings, then all counters by their ids, and
    the lines last, because serving them counts at the ceilings.
    """
    slots = slots_ahead(session, slot_ids, now)
    enough = [slot for slot in slots if slot.taken <= places]
    over = [_too_many(session, slot, places) for slot in slots if slot.taken > places]
    if choice is Choice.CANCEL:
        _cancel_parties(session, over, now, actor)
    if choice is Choice.OFFER and over:
        lock_around(session, slots, now)
    else:
        lock_counters(session, [slot.id for slot in slots])
    for found in over:
        _lower(session, found, choice, now, actor)
    for slot in enough:
        _set(session, slot, places, now, actor)
    for slot in slots:
        serve_waiting(session, slot_id=slot.id, now=now)


def _too_many(session: Session, slot: Slot, capacity: int) -> TooMany:
    return TooMany(slot, capacity, _last_booked(session, slot, capacity))


def _last_booked(session: Session, slot: Slot, capacity: int) -> list[Booking]:
    over, affected = slot.taken - capacity, []
    parties = parties_of(session, [slot.id])
    for booking in sorted(parties, key=lambda each: each.id, reverse=True):
        if over <= 0:
            break
        affected.append(booking)
        over -= booking.party_size
    return affected


def _cancel_parties(
    session: Session, found: Sequence[TooMany], now: datetime, actor: Actor
) -> None:
    """All of them before any counter; `_lower` gives their places back."""
    parties = (booking for each in found for booking in each.affected)
    for booking in sorted(parties, key=lambda each: each.id):
        cancel_as_host(session, booking=booking, now=now, actor=actor)


def _set(session: Session, slot: Slot, places: int, now: datetime, actor: Actor) -> None:
    """Enough for those who have booked; who did so just before the counter was locked stays."""
    try:
        change_capacity(session, slot_id=slot.id, capacity=places, now=now, actor=actor)
    except CapacityBelowTakenError:
        _lower(session, TooMany(slot, places, []), Choice.KEEP, now, actor)


def _lower(session: Session, found: TooMany, choice: Choice, now: datetime, actor: Actor) -> None:
    before = found.slot.wanted_capacity or found.slot.capacity
    match choice:
        case Choice.OFFER:
            ask_to_move(session, found.slot, found.affected, now=now, within=ANSWER_WITHIN)
        case Choice.CANCEL:
            shift_places(session, {found.slot.id: -found.people}, now)
    _want(session, found.slot.id, found.wanted, now)
    record(
        session,
        actor=actor,
        action="slots.change_capacity",
        subject=("slot", found.slot.id),
        at=now,
        before={"capacity": before},
        after={"capacity": found.wanted, "choice": choice, "parties": len(found.affected)},
    )
    session.flush()


def _want(session: Session, slot_id: int, wanted: int, now: datetime) -> None:
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
