"""Sample bookings of today and tomorrow, so that slots differ and owners see who comes.

They are made as a visitor makes them, through the operations of bookings: the ledger, the tickets
and the audit agree.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count, cycle
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager

from tourism.audit.operations import SYSTEM
from tourism.bookings.models import Booking
from tourism.bookings.operations import confirm_booking, hold_slot
from tourism.bookings.queries import get_booking
from tourism.core.languages import DEFAULT_LANGUAGE
from tourism.experiences.availability import Availability, availability
from tourism.experiences.models import Experience, Slot

_KEY = "demo:"  # begins the idempotency keys of these bookings
_HOLD = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class _Plan:
    """How much of a slot is to be booked."""

    slot: Slot
    places: int


def make_bookings(
    session: Session,
    content: Mapping[str, Any],
    *,
    zone: ZoneInfo,
    today: date,
    key_id: int,
    now: datetime,
) -> int:
    """Book the days for which the file has shares, unless that was done for the day before.

    Only slots that a visitor could book now are touched.
    """
    guests, parties = cycle(content.get("guests") or []), cycle(content.get("parties") or [])
    made = 0
    for offset, shares in enumerate(content.get("fill") or []):
        day = today + timedelta(days=offset)
        if _is_done(session, day):
            continue
        numbers = count(1)
        for plan in _plans(session, day, shares, zone, now):
            for party in _divided(plan.places, parties, plan.slot.experience):
                key = f"{_KEY}{day}:{next(numbers)}"
                _book(session, plan.slot, party, next(guests), key, key_id, now)
                made += 1
    session.expire_all()  # the ledger counts past the loaded slots
    return made


def _is_done(session: Session, day: date) -> bool:
    mine = Booking.idempotency_key.startswith(f"{_KEY}{day}:", autoescape=True)
    return bool(session.scalar(sa.select(sa.exists().where(mine))))


def _plans(
    session: Session, day: date, shares: Sequence[float], zone: ZoneInfo, now: datetime
) -> Iterator[_Plan]:
    """The day's sample slots that can be booked, with their share of places."""
    start = datetime.combine(day, datetime.min.time(), zone)
    query = (
        sa.select(Slot)
        .join(Slot.experience)
        .where(Slot.sample, Experience.sample, Slot.starts_at >= start)
        .where(Slot.starts_at < start + timedelta(days=1))
        .options(contains_eager(Slot.experience).selectinload(Experience.units))
        .order_by(Slot.experience_id, Slot.starts_at)
    )
    local_now = now.astimezone(zone)
    ordinals: dict[int, Iterator[float]] = {}
    for slot in session.scalars(query).all():
        share = next(ordinals.setdefault(slot.experience_id, iter(shares)), 0)
        if availability(slot, local_now) is Availability.OPEN:
            yield _Plan(slot, min(int(slot.capacity * share), slot.places_left))


def _divided(
    places: int, parties: Iterator[Mapping[str, int]], experience: Experience
) -> Iterator[dict[int, int]]:
    """Parties of the file, as unit id → quantity, until the places are used up."""
    ids = {unit.code: unit.id for unit in experience.units}
    alone = next(unit.id for unit in experience.units if unit.comes_alone)
    while places > 0:
        party = {ids[code]: number for code, number in next(parties).items() if code in ids}
        size = sum(party.values())
        if not 0 < size <= min(places, experience.largest_party):
            party = {alone: min(places, experience.largest_party)}
        places -= sum(party.values())
        yield party


def _book(
    session: Session,
    slot: Slot,
    party: Mapping[int, int],
    guest: Mapping[str, str],
    key: str,
    key_id: int,
    now: datetime,
) -> None:
    held = hold_slot(
        session,
        slot_id=slot.id,
        party=party,
        language=DEFAULT_LANGUAGE,
        now=now,
        hold=_HOLD,
        idempotency_key=key,
        actor=SYSTEM,
    )
    confirm_booking(
        session,
        booking=get_booking(session, held.reference),
        name=guest["name"],
        phone=guest["phone"],
        note="",
        now=now,
        key_id=key_id,
        actor=SYSTEM,
    )
