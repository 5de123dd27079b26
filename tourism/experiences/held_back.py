"""Places of a slot that are kept for people who come without booking: walk-ins and the elderly.

They count in `taken` and below every ceiling, so a place that is promised at the gate is there.
Whoever turns them into something else that counts (a party on the spot, a phone's allotment) only
changes `held_back`; the table's CHECK keeps it between nothing and what is taken.
"""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tourism.experiences.errors import SlotNotFoundError
from tourism.experiences.models import Slot, SlotState


@dataclass(frozen=True, slots=True)
class Counter:
    """A slot's counter, locked until the transaction ends."""

    slot_id: int
    state: SlotState
    held_back: int

    def share(self, places: int) -> int:
        """How many of so many places can come from those held back."""
        return min(self.held_back, places)


def lock_counter(session: Session, slot_id: int) -> Counter:
    """Keep others from the slot's counter from now on. Write all rows that somebody may wait for
    before. Raises SlotNotFoundError.

    Whoever has written a booking holds a share of the slot's key: a lock that does not ask for the
    key, as an UPDATE of the counter takes it, waits for none of them.
    """
    session.flush()
    query = sa.select(Slot.id, Slot.state, Slot.held_back).where(Slot.id == slot_id)
    found = session.execute(query.with_for_update(key_share=True)).one_or_none()
    if found is None:
        raise SlotNotFoundError(slot_id=slot_id)
    return Counter(*found)


def change_held_back(session: Session, slot_id: int, places: int) -> None:
    """Hold back more or (negative) fewer of the places that are taken."""
    if places:
        session.execute(
            sa.update(Slot)
            .where(Slot.id == slot_id)
            .values(held_back=Slot.held_back + places)
            .execution_options(synchronize_session="fetch")
        )
