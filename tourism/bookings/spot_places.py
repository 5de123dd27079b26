"""Taking places for people who stand at the gate: those held back for them first."""

from datetime import datetime
from typing import cast

from sqlalchemy.orm import Session

from tourism.bookings.operations import take_or_expire
from tourism.experiences.errors import SlotClosedError, SlotFullError
from tourism.experiences.held_back import change_held_back, lock_counter
from tourism.experiences.models import SlotState


def take_on_the_spot(
    session: Session, slot_id: int, places: int, now: datetime, use_held_back: bool = True
) -> int:
    """Take places of an open slot, those held back first; says how many of them were."""
    counter = lock_counter(session, slot_id)
    if counter.state is not SlotState.OPEN:
        raise SlotClosedError(slot_id=slot_id, state=counter.state)
    own = counter.share(places) if use_held_back else 0
    if places > own:
        try:
            take_or_expire(session, slot_id=slot_id, places=places - own, now=now)
        except SlotFullError as error:
            free = cast("int", error.facts["left"])
            raise SlotFullError(slot_id=slot_id, left=free + own) from error
    change_held_back(session, slot_id, -own)
    return own
