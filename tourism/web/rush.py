"""Holding and confirming for visitors: at once where nothing stands in the way.

What must be known of a slot besides the ledger comes from memory, at most a second old.
"""

from functools import partial
from typing import Any

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from tourism.bookings.errors import BookingNotFoundError
from tourism.bookings.models import Booking
from tourism.bookings.operations import confirm_booking, hold_slot
from tourism.bookings.queries import get_booking_to_confirm
from tourism.bookings.rush import Claim, Held, confirm_at_once, find_claim, hold_at_once
from tourism.experiences.errors import ExperienceNotFoundError, SlotNotFoundError
from tourism.experiences.models import Slot
from tourism.experiences.queries import get_experience_to_book, get_slot_alone, has_ceilings
from tourism.web.db import directly, forget, transaction
from tourism.web.filters import zone
from tourism.web.kept import kept


def hold(slot_id: int, **wish: Any) -> Held | Booking:
    """`hold_slot` of a visitor."""
    slot = None if kept(("has ceilings",), has_ceilings) else _slot(slot_id)
    if slot is not None:
        with directly() as direct:
            held = hold_at_once(direct, slot=slot, zone=zone(), **wish)
        if held is not None:
            return held
    with transaction() as session:
        return hold_slot(session, slot_id=slot_id, **wish)


def get_claim(reference: str) -> Claim:
    """Whose a booking is and how it stands. Raises BookingNotFoundError."""
    with directly() as direct:
        claim = find_claim(direct, reference)
    if claim is None:
        raise BookingNotFoundError(reference=reference)
    return claim


def confirm(claim: Claim, *, phone: str, **facts: Any) -> None:
    """`confirm_booking` of a visitor."""
    slot = _slot(claim.slot_id)
    if slot is not None:
        with directly() as direct:
            done = confirm_at_once(
                direct, claim=claim, slot=slot, zone=zone(), phone=phone, **facts
            )
        if done:
            forget(Booking, claim.id)
            return
    with transaction() as session:
        booking = get_booking_to_confirm(session, claim.reference)
        confirm_booking(session, booking=booking, phone=phone, **facts)


def _slot(slot_id: int) -> Slot | None:
    """A slot with its experience and units."""
    try:
        return kept(("slot to book", slot_id), partial(_read_slot, slot_id=slot_id))
    except (SlotNotFoundError, ExperienceNotFoundError):
        return None


def _read_slot(session: Session, slot_id: int) -> Slot:
    slot = get_slot_alone(session, slot_id)
    read = partial(get_experience_to_book, experience_id=slot.experience_id)
    experience = kept(("experience to book", slot.experience_id), read)
    set_committed_value(slot, "experience", experience)
    return slot
