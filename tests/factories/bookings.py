"""Bookings and their tickets, made by the operations themselves."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories.destination import make_destination
from tests.factories.experiences import make_experience, make_slot
from tourism.audit.operations import SYSTEM, VISITOR
from tourism.bookings.models import Booking
from tourism.bookings.operations import confirm_booking, hold_slot
from tourism.bookings.queries import get_booking
from tourism.bookings.rules import find_rules, set_rules
from tourism.experiences.models import Slot

HOLD = timedelta(minutes=15)
PHONE = "+8613800000123"


def make_bookable_slot(session: Session, at: datetime, **values: Any) -> Slot:
    """A slot of ten places that begins in a day, with a destination around it."""
    make_destination(session)
    return make_slot(session, make_experience(session), at + timedelta(days=1), **values)


def party_of(slot: Slot, adults: int = 2, children: int = 0, infants: int = 0) -> dict[int, int]:
    """How many come, by the id of the unit."""
    quantities = {"adult": adults, "child": children, "infant": infants}
    return {unit.id: quantities[unit.code] for unit in slot.experience.units}


def make_hold(
    session: Session, slot: Slot, now: datetime, adults: int = 2, **values: Any
) -> Booking:
    """A held booking of adults, read as its page reads it."""
    defaults: dict[str, Any] = {
        "slot_id": slot.id,
        "party": party_of(slot, adults),
        "language": "zh-Hans",
        "now": now,
        "hold": HOLD,
        "idempotency_key": None,
        "actor": VISITOR,
    }
    return get_booking(session, hold_slot(session, **defaults | values).reference)


def confirm(session: Session, booking: Booking, now: datetime, **values: Any) -> Booking:
    defaults: dict[str, Any] = {
        "name": "王小妹",
        "phone": PHONE,
        "note": "",
        "key_id": 1,
        "actor": VISITOR,
    }
    return confirm_booking(session, booking=booking, now=now, **defaults | values)


def make_booking(session: Session, slot: Slot, now: datetime, adults: int = 2) -> Booking:
    """A confirmed booking with its ticket."""
    return confirm(session, make_hold(session, slot, now, adults), now)


def taken(session: Session, slot: Slot) -> int:
    """The slot's counter as the database has it."""
    found: int | None = session.scalar(sa.select(Slot.taken).where(Slot.id == slot.id))
    assert found is not None
    return found


def rule(session: Session, slot: Slot, at: datetime, **changes: Any) -> None:
    """Other rules for the slot's experience."""
    slug = slot.experience.slug
    changed = replace(find_rules(session, slug), **changes)
    set_rules(session, slug=slug, rules=changed, now=at, actor=SYSTEM)
