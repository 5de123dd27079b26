"""People who come without booking: places held back for them, and parties sold on the spot.

A party on the spot gets a confirmed booking with its ticket in one step, from the half hour before
the arrival window until it ends, also when booking online is over. Staff give it the places held
back first. The booking is written before the slot's counter is locked, as everywhere.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from tourism.audit.operations import Actor, record
from tourism.bookings.changes import cancel_as_host
from tourism.bookings.errors import BookingFixedError, HeldBackInvalidError, WalkInEarlyError
from tourism.bookings.models import Booking, BookingStatus, BookingUnit
from tourism.bookings.no_shows import release_no_shows
from tourism.bookings.operations import take_or_expire
from tourism.bookings.party import Party, checked_party
from tourism.bookings.queries import find_repeated, get_booking, get_slot_to_book
from tourism.bookings.spot_places import take_on_the_spot
from tourism.bookings.waiting import serve_waiting
from tourism.core import base32
from tourism.experiences.errors import SlotOverError
from tourism.experiences.held_back import change_held_back, lock_counter
from tourism.experiences.models import Slot
from tourism.experiences.operations import free_places
from tourism.tickets.operations import issue_ticket

EARLY = timedelta(minutes=30)  # as punctual as the gate asks people to be
_REFERENCE_LETTERS = 8
INSERT: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkIn:
    """A party on the spot; a contact is welcome but not asked for."""

    party: Mapping[int, int]
    language: str
    idempotency_key: str
    name: str | None = None
    phone: str | None = None
    note: str = ""


def hold_back(session: Session, *, slot_id: int, places: int, now: datetime, actor: Actor) -> None:
    """Keep so many places for people without booking, in all; the same number again changes
    nothing. Places that are kept no longer go to the waiting list first.

    Raises HeldBackInvalidError, SlotOverError, SlotClosedError or SlotFullError with the number
    left; the commit raises CeilingFullError.
    """
    if places < 0:
        raise HeldBackInvalidError(least=0)
    slot, _zone = get_slot_to_book(session, slot_id)
    if now >= slot.ends_at:
        raise SlotOverError(slot_id=slot_id)
    before = lock_counter(session, slot_id).held_back
    if places == before:
        return
    _keep(session, slot_id, places - before, now)
    record(
        session,
        actor=actor,
        action="slots.hold_back",
        subject=("slot", slot_id),
        at=now,
        before={"held_back": before},
        after={"held_back": places},
    )
    if places < before:
        serve_waiting(session, slot_id=slot_id, now=now)


def sell_walk_in(
    session: Session,
    *,
    slot_id: int,
    walk_in: WalkIn,
    key_id: int,
    now: datetime,
    actor: Actor,
    use_held_back: bool = True,
) -> Booking:
    """Give a party on the spot its places and its ticket: a confirmed booking, as `get_booking`
    reads it. A key seen before gives back what it made then.

    Raises WalkInEarlyError, SlotOverError, SlotClosedError, SlotFullError with the number left or
    a PartyError; the commit raises CeilingFullError.
    """
    if before := find_repeated(session, walk_in.idempotency_key):
        return get_booking(session, before.reference)
    slot, _zone = get_slot_to_book(session, slot_id)
    _check_window(slot, now)

    def take(places: int) -> dict[str, int]:
        if slot.experience.no_show_after is not None:
            release_no_shows(session, now=now, slot_id=slot_id)
        return {"held_back": take_on_the_spot(session, slot_id, places, now, use_held_back)}

    return write_walk_in(session, slot, walk_in, take, key_id=key_id, now=now, actor=actor)


def cancel_walk_in(session: Session, *, booking: Booking, now: datetime, actor: Actor) -> None:
    """Undo a sale on the spot of which nobody is in; its places are free again.

    Raises BookingFixedError for any other booking, and what `cancel_as_host` raises.
    """
    if not booking.walk_in:
        raise BookingFixedError(reference=booking.reference)
    cancel_as_host(session, booking=booking, now=now, actor=actor)
    free_places(session, slot_id=booking.slot_id, places=booking.party_size)


def write_walk_in(
    session: Session,
    slot: Slot,
    walk_in: WalkIn,
    take: Callable[[int], dict[str, int]],
    *,
    key_id: int,
    now: datetime,
    actor: Actor,
) -> Booking:
    """The booking and its ticket, then the places: `take` says for the audit where from."""
    coming = checked_party(slot.experience, walk_in.party)
    made = _insert(session, slot, coming, walk_in, now)
    if made is None:
        return _repeated(session, walk_in)
    booking_id, reference = made
    session.add_all(
        BookingUnit(
            booking_id=booking_id, unit_id=unit.id, quantity=many, price_amount=unit.price_amount
        )
        for unit, many in coming.units
    )
    issue_ticket(
        session,
        booking_id=booking_id,
        slot_id=slot.id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        party_size=coming.size,
        key_id=key_id,
        now=now,
    )
    record(
        session,
        actor=actor,
        action="booking.walk_in",
        subject=("booking", reference),
        at=now,
        after={"slot": slot.id, "party": coming.size, **_paid(coming), **take(coming.size)},
    )
    session.flush()
    return get_booking(session, reference)


def _keep(session: Session, slot_id: int, more: int, now: datetime) -> None:
    if more > 0:
        take_or_expire(session, slot_id=slot_id, places=more, now=now)
        change_held_back(session, slot_id, more)
    else:
        change_held_back(session, slot_id, more)
        free_places(session, slot_id=slot_id, places=-more)


def _check_window(slot: Slot, now: datetime) -> None:
    if now >= slot.ends_at:
        raise SlotOverError(slot_id=slot.id)
    if now < slot.starts_at - EARLY:
        raise WalkInEarlyError(from_=slot.starts_at - EARLY)


def _paid(coming: Party) -> dict[str, object]:
    return {"paid": coming.total.amount, "currency": coming.total.currency} if coming.total else {}


def _insert(
    session: Session, slot: Slot, coming: Party, walk_in: WalkIn, now: datetime
) -> tuple[int, str] | None:
    """Id and reference of the new booking; None when the key has made one already."""
    session.flush()
    values = {
        "key": secrets.token_urlsafe(16),
        "idempotency_key": walk_in.idempotency_key,
        "slot_id": slot.id,
        "party_size": coming.size,
        "status": BookingStatus.CONFIRMED,
        "name": walk_in.name,
        "phone": walk_in.phone,
        "note": walk_in.note,
        "language": walk_in.language,
        "total_amount": coming.total and coming.total.amount,
        "total_currency": coming.total and coming.total.currency,
        "created_at": now,
        "confirmed_at": now,
        "walk_in": True,
        "paid_at": now if coming.total else None,
        "sample": slot.sample,
    }
    insert = INSERT[session.get_bind().dialect.name](Booking)
    while True:
        reference = base32.random_code(_REFERENCE_LETTERS)
        row = insert.values(reference=reference, **values).on_conflict_do_nothing()
        made = session.scalar(row.returning(Booking.id))
        if made is not None:
            return made, reference
        if find_repeated(session, walk_in.idempotency_key):
            return None


def _repeated(session: Session, walk_in: WalkIn) -> Booking:
    found = find_repeated(session, walk_in.idempotency_key)
    assert found is not None
    return get_booking(session, found.reference)
