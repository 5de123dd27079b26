"""Windows to slots: what a schedule would make, change and take away, and doing so.

What has bookings, and what somebody made or changed by hand, is left alone and listed. Each
statement repeats that condition, so that whoever books between looking and doing is safe too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from tourism.audit.operations import Actor, record
from tourism.bookings.models import Allotment, Booking, ClosureSlot, Offer, WaitingParty
from tourism.experiences.models import Slot, SlotState
from tourism.experiences.operations import lock_counters
from tourism.experiences.schedule import Window
from tourism.tickets.models import Ticket

_INSERT: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
_SLOTS = cast("sa.Table", Slot.__table__)
T = TypeVar("T")
Span = tuple[datetime, datetime]
_CHUNK = 500  # rows of one statement: both databases limit its parameters


class Why(StrEnum):
    """Why a slot was left alone."""

    BOOKED = "booked"
    BY_HAND = "by-hand"


@dataclass(frozen=True, slots=True)
class Known:
    """A slot that there is, as far as a schedule asks."""

    id: int
    starts_at: datetime
    ends_at: datetime
    capacity: int
    taken: int
    state: SlotState
    scheduled: bool
    changed_at: datetime | None
    has_past: bool  # bookings that came to nothing, or the like, point at it

    @property
    def why(self) -> Why | None:
        if self.taken:
            return Why.BOOKED
        return None if self.scheduled and self.changed_at is None else Why.BY_HAND


@dataclass(frozen=True, slots=True)
class Change:
    """A slot and the window it should be; without one it should not be there."""

    slot: Known
    window: Window | None


@dataclass(frozen=True, slots=True)
class Timetable:
    """What there is beside what should be, for one experience."""

    experience_id: int
    made: Sequence[Window]
    changed: Sequence[Change]
    removed: Sequence[Change]
    left_alone: Sequence[Change]
    same: Sequence[Known]

    @property
    def is_settled(self) -> bool:
        return not (self.made or self.changed or self.removed)

    @property
    def fingerprint(self) -> str:
        """Differs when what would be done differs."""
        ids = [(each.slot.id, each.window) for each in (*self.changed, *self.removed)]
        return sha256(repr((self.experience_id, self.made, ids)).encode()).hexdigest()[:16]


def compare(
    session: Session,
    *,
    experience_id: int,
    wanted: Iterable[Window],
    spans: Sequence[Span],
) -> Timetable:
    """What would be done to the slots that begin in any of these spans, each [start, end).
    Nothing is changed."""
    missing = {each.starts_at: each for each in wanted if _is_in(each.starts_at, spans)}
    there = [
        slot for slot in _known(session, experience_id, spans) if _is_in(slot.starts_at, spans)
    ]
    changed, removed, left_alone, same = [], [], [], []
    for slot in there:
        window = missing.pop(slot.starts_at, None)
        if window and _fits(slot, window):
            same.append(slot)
        elif slot.why is not None:
            left_alone.append(Change(slot, window))
        elif window is not None:
            changed.append(Change(slot, window))
        elif slot.has_past and slot.state is SlotState.CLOSED:
            same.append(slot)
        else:
            removed.append(Change(slot, None))
    return Timetable(experience_id, sorted(missing.values()), changed, removed, left_alone, same)


def apply_timetable(
    session: Session,
    timetable: Timetable,
    *,
    action: str,
    now: datetime,
    actor: Actor,
    by_hand: bool = False,
) -> None:
    """Make the slots as planned, in few statements. ``by_hand`` makes them the host's own: no
    schedule changes them later."""
    marks = {"scheduled": not by_hand, "changed_at": now if by_hand else None}
    ids = (each.slot.id for each in (*timetable.changed, *timetable.removed))
    for some in _chunks(sorted(ids)):
        lock_counters(session, some)
    _make(session, timetable, marks)
    _change(session, timetable.changed, marks)
    _remove(session, timetable.removed)
    if not timetable.is_settled:
        record(
            session,
            actor=actor,
            action=action,
            subject=("experience", timetable.experience_id),
            at=now,
            after={
                "made": len(timetable.made),
                "changed": len(timetable.changed),
                "removed": len(timetable.removed),
                "left_alone": len(timetable.left_alone),
            },
        )
    session.expire_all()


def make_slot(
    session: Session, *, experience_id: int, window: Window, now: datetime, actor: Actor
) -> bool:
    """One more slot by hand; False when there is one at that time."""
    plan = Timetable(experience_id, [window], [], [], [], [])
    there = sa.exists().where(
        Slot.experience_id == experience_id, Slot.starts_at == window.starts_at
    )
    if session.scalar(sa.select(there)):
        return False
    apply_timetable(session, plan, action="slots.make", now=now, actor=actor, by_hand=True)
    return True


def _is_in(at: datetime, spans: Sequence[Span]) -> bool:
    return any(start <= at < end for start, end in spans)


def _known(session: Session, experience_id: int, spans: Sequence[Span]) -> list[Known]:
    start, end = min(each[0] for each in spans), max(each[1] for each in spans)
    query = (
        sa.select(
            Slot.id,
            Slot.starts_at,
            Slot.ends_at,
            Slot.capacity,
            Slot.taken,
            Slot.state,
            Slot.scheduled,
            Slot.changed_at,
            _pointed_at(),
        )
        .where(Slot.experience_id == experience_id, Slot.starts_at >= start, Slot.starts_at < end)
        .order_by(Slot.starts_at)
    )
    return [Known(*row) for row in session.execute(query)]


def _fits(slot: Known, window: Window) -> bool:
    return (slot.ends_at, slot.capacity) == (window.ends_at, window.capacity)


def _pointed_at() -> sa.ColumnElement[bool]:
    """Whether anything else still names the slot."""
    columns = (
        Booking.slot_id,
        Ticket.slot_id,
        WaitingParty.slot_id,
        ClosureSlot.slot_id,
        Offer.slot_id,
        Offer.from_slot_id,
        Allotment.slot_id,
    )
    return sa.or_(*(sa.exists().where(column == Slot.id) for column in columns))


def _make(session: Session, timetable: Timetable, marks: Mapping[str, Any]) -> None:
    """One statement for all rows: it is written out once, whatever their number."""
    if not timetable.made:
        return
    insert = _INSERT[session.get_bind().dialect.name]
    rows = [
        {
            "experience_id": timetable.experience_id,
            "starts_at": each.starts_at,
            "ends_at": each.ends_at,
            "capacity": each.capacity,
            "taken": 0,
            "held_back": 0,
            "state": SlotState.OPEN,
            "sample": False,
            **marks,
        }
        for each in timetable.made
    ]
    session.connection().execute(insert(_SLOTS).on_conflict_do_nothing(), rows)


_UNTOUCHED = (
    _SLOTS.c.taken == 0,
    _SLOTS.c.scheduled,
    _SLOTS.c.changed_at.is_(None),
)


def _change(session: Session, changes: Sequence[Change], marks: Mapping[str, Any]) -> None:
    rows = [
        {"key": each.slot.id, "end": each.window.ends_at, "places": each.window.capacity}
        for each in changes
        if each.window is not None
    ]
    if not rows:
        return
    change = sa.update(_SLOTS).where(_SLOTS.c.id == sa.bindparam("key"), *_UNTOUCHED)
    values = {
        "ends_at": sa.bindparam("end", type_=_SLOTS.c.ends_at.type),
        "capacity": sa.bindparam("places"),
        **marks,
    }
    session.connection().execute(change.values(values), rows)


def _remove(session: Session, changes: Sequence[Change]) -> None:
    """What older bookings still name is closed, for it cannot be taken away."""
    for some in _chunks([each.slot.id for each in changes]):
        these = (_SLOTS.c.id.in_(some), *_UNTOUCHED)
        keep = {"synchronize_session": False}
        session.execute(sa.delete(Slot).where(*these, ~_pointed_at()), execution_options=keep)
        close = sa.update(Slot).where(*these).values(state=SlotState.CLOSED)
        session.execute(close, execution_options=keep)


def _chunks(items: Sequence[T]) -> Iterable[Sequence[T]]:
    return (items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK))
