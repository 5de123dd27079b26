"""How many more may come to a slot before something above it is full.

The commit decides; this is a look ahead, so that no page offers, no closure promises and no waiting
list is served what the commit would refuse.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tourism.experiences.ceilings import Counted, counters_above, noted
from tourism.experiences.models import CeilingCount, Slot


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
