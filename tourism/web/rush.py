"""Holding and confirming for visitors: at once where nothing stands in the way.

What must be known of an experience besides the ledger comes from memory, at most a second old. A
slot's times are remembered for longer: the statement compares them with those in the table.
"""

from functools import partial
from typing import Any

from flask import request
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
from tourism.web.kept import drop, kept

_SLOT_KEPT_S = 60.0
TRIED = "tourism.tried_at_once"  # in a request's environ: it is tried once


def hold(slot_id: int, **wish: Any) -> Held | Booking:
    """`hold_slot` of a visitor."""
    held = None if _was_tried() else try_hold(slot_id, **wish)
    if held is not None:
        return held
    with transaction() as session:
        return hold_slot(session, slot_id=slot_id, **wish)


def try_hold(slot_id: int, **wish: Any) -> Held | None:
    """The same, if nothing stands in the way."""
    if kept(("has ceilings",), has_ceilings):
        return None
    slot = _slot(slot_id)
    if slot is None:
        return None
    with directly() as direct:
        held = hold_at_once(direct, slot=slot, zone=zone(), **wish)
    if held is None:
        drop(_key(slot_id))
    return held


def get_claim(reference: str) -> Claim:
    """Whose a booking is and how it stands. Raises BookingNotFoundError."""
    with directly() as direct:
        claim = find_claim(direct, reference)
    if claim is None:
        raise BookingNotFoundError(reference=reference)
    return claim


def confirm(claim: Claim, *, phone: str, **facts: Any) -> None:
    """`confirm_booking` of a visitor."""
    mine = Held(claim.reference, claim.key)
    if not _was_tried() and try_confirm(mine, claim.slot_id, phone=phone, **facts):
        forget(Booking, claim.id)
        return
    with transaction() as session:
        booking = get_booking_to_confirm(session, claim.reference)
        confirm_booking(session, booking=booking, phone=phone, **facts)


def try_confirm(held: Held, slot_id: int, **facts: Any) -> bool:
    """The same, if nothing stands in the way."""
    slot = _slot(slot_id)
    if slot is None:
        return False
    with directly() as direct:
        done = confirm_at_once(direct, held=held, slot=slot, zone=zone(), **facts)
    if not done:
        drop(_key(slot_id))
    return done


def _was_tried() -> bool:
    return TRIED in request.environ


def _slot(slot_id: int) -> Slot | None:
    """A slot with its experience and units."""
    try:
        slot = kept(_key(slot_id), partial(get_slot_alone, slot_id=slot_id), _SLOT_KEPT_S)
        read = partial(get_experience_to_book, experience_id=slot.experience_id)
        experience = kept(("experience to book", slot.experience_id), read)
    except (SlotNotFoundError, ExperienceNotFoundError):
        return None
    set_committed_value(slot, "experience", experience)
    return slot


def _key(slot_id: int) -> tuple[str, int]:
    return "slot to book", slot_id
