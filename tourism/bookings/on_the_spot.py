"""What a gate's phone may sell to people who come without booking: today's slots, their places."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager

from tourism.bookings.allotments import allotments_of_device
from tourism.destination.queries import get_destination
from tourism.experiences.models import Experience, Slot, SlotState

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SpotOffer:
    """A slot with its experience and units; ``left`` may be sold by asking, ``mine`` by the phone
    alone."""

    slot: Slot
    left: int
    mine: int


def offers_on_the_spot(
    session: Session, *, device_id: int, operator_id: int | None, now: datetime
) -> Sequence[SpotOffer]:
    """Today's open slots of an operator, or of all, that are not over."""
    mine = {each.slot_id: each.places for each in allotments_of_device(session, device_id)}
    return [
        SpotOffer(slot, slot.places_left + slot.held_back, mine.get(slot.id, 0))
        for slot in _slots(session, operator_id, now)
    ]


def _slots(session: Session, operator_id: int | None, now: datetime) -> Sequence[Slot]:
    zone = ZoneInfo(get_destination(session).time_zone)
    midnight = datetime.combine(now.astimezone(zone).date() + _DAY, time.min, zone)
    query = (
        sa.select(Slot)
        .join(Slot.experience)
        .where(Slot.ends_at > now, Slot.starts_at < midnight, Slot.state == SlotState.OPEN)
        .where(Experience.is_published)
        .order_by(Slot.starts_at, Slot.id)
        .options(contains_eager(Slot.experience).selectinload(Experience.units))
    )
    if operator_id is not None:
        query = query.where(Experience.operator_id == operator_id)
    # The counters as they are now, also when a sale was settled a moment ago.
    return session.scalars(query.execution_options(populate_existing=True)).all()
