"""How many more may come to a slot before something above it is full.

The commit decides; this is a look ahead, so that no page offers, no closure promises and no waiting
list is served what the commit would refuse.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from tourism.experiences.ceilings import Counted, ancestors, counters_above, noted
from tourism.experiences.models import Ceiling, CeilingCount, CeilingKind, Slot


@dataclass(slots=True)
class Room:
    """What the ceilings above some slots have left, counted down by what is planned meanwhile."""

    above: Mapping[int, Collection[Counted]]
    free: dict[Counted, int]

    def left(self, slot_id: int) -> int | None:
        """How many may still come there; None where nothing limits them."""
        return min((self.free[each] for each in self.above.get(slot_id, ())), default=None)

    def within(self, slot_id: int, places: int) -> int:
        """So many places of a slot, or as many as the ceilings let come."""
        room = self.left(slot_id)
        return places if room is None else max(0, min(places, room))

    def take(self, slot_id: int, places: int) -> None:
        for each in self.above.get(slot_id, ()):
            self.free[each] -= places


def room_below_ceilings(session: Session, slot_ids: Collection[int]) -> Room:
    """What the ceilings above these slots have left, what this transaction took included."""
    taken = {slot_id: places for slot_id, places in noted(session).items() if places}
    wanted = {*slot_ids, *taken}
    above: dict[int, list[Counted]] = defaultdict(list)
    free: dict[Counted, int] = {}
    for slot_id, ceiling, counted in counters_above(session, Slot.id.in_(wanted)):
        above[slot_id].append(counted)
        free[counted] = ceiling.capacity
    if not free:
        return Room({}, {})
    room = Room(above, free | _left(session, free))
    for slot_id, places in taken.items():
        room.take(slot_id, places)
    return room


def look_above(session: Session, slots: Collection[Slot]) -> None:
    """Let each of these slots know how many may still come below its ceilings."""
    room = room_below_ceilings(session, [slot.id for slot in slots])
    for slot in slots:
        set_committed_value(slot, "room_above", room.left(slot.id))


def room_of_days(
    session: Session, place_id: int, days: Sequence[date], zone: ZoneInfo
) -> dict[date, int]:
    """How many may still come to a place on each of these local days, below ceilings that count
    a day; empty where there are none."""
    on_me = Ceiling.place_id.is_(None) | Ceiling.place_id.in_(ancestors(session, place_id))
    query = sa.select(Ceiling.id, Ceiling.capacity).where(Ceiling.kind == CeilingKind.DAY, on_me)
    capacity = {row[0]: row[1] for row in session.execute(query)}
    if not capacity:
        return {}
    left = CeilingCount.capacity - CeilingCount.taken
    counts = sa.select(CeilingCount.ceiling_id, CeilingCount.starts_at, left).where(
        CeilingCount.ceiling_id.in_(capacity),
        CeilingCount.starts_at >= _midnight(days[0], zone),
        CeilingCount.starts_at <= _midnight(days[-1], zone),
    )
    known = {(row[0], row[1].astimezone(zone).date()): row[2] for row in session.execute(counts)}
    return {
        day: min(max(0, known.get((key, day), most)) for key, most in capacity.items())
        for day in days
    }


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _left(session: Session, known: Collection[Counted]) -> dict[Counted, int]:
    """What the counters say that there are; one that is not there has counted nobody."""
    by_key = {(each.ceiling_id, each.starts_at): each for each in known}
    instants = [each.starts_at for each in known]
    left = CeilingCount.capacity - CeilingCount.taken
    query = sa.select(CeilingCount.ceiling_id, CeilingCount.starts_at, left).where(
        CeilingCount.ceiling_id.in_({each.ceiling_id for each in known}),
        CeilingCount.starts_at.between(min(instants), max(instants)),
    )
    rows = session.execute(query)
    return {by_key[row[0], row[1]]: row[2] for row in rows if (row[0], row[1]) in by_key}
