"""What a slot is to somebody who wants to come: free, nearly full, full, closed, over.

The same rule stands here for one slot in hand and in `queries.py` for many in the database.
"""

from datetime import date, datetime, timedelta
from enum import StrEnum

from tourism.experiences.models import Experience, Slot, SlotState


class Availability(StrEnum):
    OPEN = "open"
    FEW = "few"
    FULL = "full"
    FREE = "free"  # no booking needed
    CLOSED = "closed"
    OVER = "over"  # too late to book

    @property
    def is_bookable(self) -> bool:
        return self in (Availability.OPEN, Availability.FEW)


def availability(slot: Slot, now: datetime) -> Availability:
    """What the slot (with its experience loaded) is at that instant."""
    if now >= slot.ends_at - slot.experience.booking_cutoff:
        return Availability.OVER
    if slot.state is not SlotState.OPEN:
        return Availability(slot.state)
    if slot.places_left <= 0:
        return Availability.FULL
    return Availability.FEW if is_nearly_full(slot) else Availability.OPEN


def is_nearly_full(slot: Slot) -> bool:
    """Whether what is left is called few: an eighth of all places, or a family's worth."""
    return slot.places_left <= max(4, slot.capacity // 8)


def last_day(experience: Experience, today: date) -> date:
    """The last local day that may be booked today."""
    return today + timedelta(days=experience.days_ahead)
