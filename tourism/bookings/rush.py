"""Holding and confirming when everybody comes at once: the good case, straight to the driver.

PostgreSQL does each with one statement that commits by itself, SQLite with a few in one short
transaction. The order is that of the long way (`operations.py`): rows first, places last. Where
anything stands in the way (a full or closed slot, a ceiling, a repeated request, a limit), nothing
is written and nothing given back: the caller then goes the long way, which says what it is.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from tourism.audit.operations import Actor
from tourism.bookings.entries import audit_entry, new_key, new_reference
from tourism.bookings.models import BookingStatus
from tourism.bookings.operations import check_time
from tourism.bookings.party import Party, checked_party
from tourism.core.direct import Block, Direct, Statement
from tourism.core.errors import TourismError
from tourism.experiences.models import Slot
from tourism.experiences.queries import midnight
from tourism.tickets.operations import LARGEST_PARTY, new_ticket_id
from tourism.tickets.revisions import ELSEWHERE, ON_POSTGRESQL

_HAS_ROOM = "state = 'open' AND taken + :places <= capacity"
# What was remembered of the slot may be old; then the long way reads it.
_AS_KNOWN = "experience_id = :experience AND starts_at = :starts_at AND ends_at = :ends_at"
_NO_CEILING = "NOT EXISTS (SELECT id FROM ceilings)"
_BOOK = f"""
    INSERT INTO bookings (reference, key, idempotency_key, slot_id, party_size, status, note,
      language, total_amount, total_currency, hold_expires_at, created_at, visitor_id, sample)
    SELECT :reference, :key, :idempotency_key, id, :places, 'held', '',
      :language, :total_amount, :total_currency, :hold_expires_at, :at, :visitor_id, sample
    FROM slots WHERE id = :slot AND {_HAS_ROOM} AND {_AS_KNOWN} AND {_NO_CEILING} RETURNING id
"""  # noqa: S608 - of the words above
_PEOPLE = "INSERT INTO booking_units (booking_id, unit_id, quantity, price_amount)"
_AUDIT = """
    INSERT INTO audit_entries (at, actor, action, subject_kind, subject_id, after)
    SELECT :at, :actor, :action, :subject_kind, :subject_id, :after
"""
# Who was a moment quicker is seen once the slot's lock is there. What was inserted must not stay
# then: the counter is set to what the table's CHECK refuses, so the statement fails as a whole.
_HOLD = Statement(
    f"""
    WITH made AS ({_BOOK}), people AS (
      {_PEOPLE} SELECT made.id, unit.* FROM made, unnest(
        CAST(:unit_ids AS int[]), CAST(:quantities AS int[]), CAST(:prices AS int[])) AS unit
    ), entry AS ({_AUDIT} FROM made)
    UPDATE slots SET taken = CASE WHEN {_HAS_ROOM} THEN taken + :places ELSE -1 END
    FROM made WHERE slots.id = :slot RETURNING made.id
    """  # noqa: S608
)
_HOLD_STEPS = (
    Statement(_BOOK),
    Statement(f"{_PEOPLE} VALUES (:booking_id, :unit_id, :quantity, :price_amount)"),
    Statement(_AUDIT),
    Statement(
        f"UPDATE slots SET taken = taken + :places WHERE id = :slot AND {_HAS_ROOM} RETURNING id"  # noqa: S608
    ),
)
_CLAIM = Statement(
    """
    SELECT id, reference, key, slot_id, party_size, status, visitor_id, channel_id
    FROM bookings WHERE reference = :reference
    """
)
_CONFIRM = """
    UPDATE bookings SET status = 'confirmed', hold_expires_at = NULL, confirmed_at = :at,
      name = :name, phone = :phone, note = :note
    WHERE reference = :reference AND key = :key AND slot_id = :slot AND channel_id IS NULL
      AND party_size <= :largest AND status = 'held' AND hold_expires_at > :at
      AND :starts_at = (SELECT starts_at FROM slots WHERE slots.id = :slot)
      AND :most > (
        SELECT count(*) FROM bookings AS other JOIN slots ON slots.id = other.slot_id
        WHERE other.phone = :phone AND other.status IN ('confirmed', 'completed')
          AND slots.starts_at >= :day AND slots.starts_at < :next_day)
    RETURNING id, slot_id, party_size
"""
_TICKET = """
    INSERT INTO tickets (id, booking_id, slot_id, starts_at, ends_at, party_size, admitted, status,
      key_id, changes, issued_at, rev)
    SELECT :ticket, booking.id, slots.id, starts_at, ends_at, party_size, 0, 'valid',
      :key_id, 0, :at, {revision} FROM {booking} AS booking JOIN slots ON slots.id = slot_id
"""
_CONFIRM_AT_ONCE = Statement(
    f"""
    WITH confirmed AS ({_CONFIRM}), issued AS ({
        _TICKET.format(revision=ON_POSTGRESQL, booking="confirmed")
    }), entry AS ({_AUDIT} FROM confirmed)
    SELECT id FROM confirmed
    """  # noqa: S608
)
_CONFIRM_STEPS = (
    Statement(_CONFIRM),
    Statement(
        _TICKET.format(revision=ELSEWHERE, booking="bookings")
        + " WHERE booking.reference = :reference RETURNING id"
    ),
    Statement(f"{_AUDIT} RETURNING id"),
)


@dataclass(frozen=True, slots=True)
class Held:
    """A booking by what its private address says of it."""

    reference: str
    key: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A booking without its party: whose it is and how it stands."""

    id: int
    reference: str
    key: str
    slot_id: int
    party_size: int
    status: str
    visitor_id: int | None
    channel_id: int | None


def hold_at_once(  # noqa: PLR0913 - each is a fact of the request
    direct: Direct,
    *,
    slot: Slot,
    zone: ZoneInfo,
    party: Mapping[int, int],
    language: str,
    now: datetime,
    hold: timedelta,
    idempotency_key: str | None,
    actor: Actor,
    visitor_id: int | None = None,
) -> Held | None:
    """`hold_slot` for a slot with its experience and units, if nothing stands in the way."""
    try:
        check_time(slot, zone, now)
        coming = checked_party(slot.experience, party)
    except TourismError:
        return None
    made, total = Held(new_reference(), new_key()), coming.total
    values: dict[str, Any] = {
        "reference": made.reference,
        "key": made.key,
        "idempotency_key": idempotency_key,
        "slot": slot.id,
        "experience": slot.experience_id,
        "starts_at": slot.starts_at,
        "ends_at": slot.ends_at,
        "places": coming.size,
        "language": language,
        "total_amount": total and total.amount,
        "total_currency": total and total.currency,
        "hold_expires_at": now + hold,
        "visitor_id": visitor_id,
    }
    after = {"status": BookingStatus.HELD, "slot": slot.id, "party": coming.size}
    values |= _entry(actor, "hold", made.reference, now, after)
    return made if direct.write(partial(_hold, values=values, party=coming)) else None


def find_claim(direct: Direct, reference: str) -> Claim | None:
    """Whose the booking of that reference is and how it stands."""
    with direct.block(reads_only=True) as block:
        found = block.row(_CLAIM, {"reference": reference})
    return found and Claim(*found)


def confirm_at_once(  # noqa: PLR0913 - each is a fact of the request
    direct: Direct,
    *,
    held: Held,
    slot: Slot,
    zone: ZoneInfo,
    name: str,
    phone: str,
    note: str,
    now: datetime,
    key_id: int,
    actor: Actor,
) -> bool:
    """`confirm_booking` for a visitor's hold, if nothing stands in the way: whether it is done."""
    day = slot.starts_at.astimezone(zone).date()
    values = {
        "reference": held.reference,
        "key": held.key,
        "slot": slot.id,
        "largest": LARGEST_PARTY,
        "starts_at": slot.starts_at,
        "name": name,
        "phone": phone,
        "note": note,
        "day": midnight(day, zone),
        "next_day": midnight(day + timedelta(days=1), zone),
        "most": slot.experience.bookings_per_phone,
        "ticket": new_ticket_id(),
        "key_id": key_id,
    }
    after = {"status": BookingStatus.CONFIRMED}
    values |= _entry(actor, "confirm", held.reference, now, after)
    return direct.write(partial(_confirm, values=values))


def _hold(block: Block, values: Mapping[str, Any], party: Party) -> bool:
    if block.is_postgresql:
        people = {
            "unit_ids": [unit.id for unit, _ in party.units],
            "quantities": [quantity for _, quantity in party.units],
            "prices": [unit.price_amount for unit, _ in party.units],
        }
        return block.row(_HOLD, {**values, **people}) is not None
    book, people_of, audit, take = _HOLD_STEPS
    made = block.row(book, values)
    if made is None:
        return False
    for unit, quantity in party.units:
        row = {"unit_id": unit.id, "quantity": quantity, "price_amount": unit.price_amount}
        block.row(people_of, {"booking_id": made[0], **row})
    block.row(audit, values)
    return block.row(take, values) is not None


def _confirm(block: Block, values: Mapping[str, Any]) -> bool:
    if block.is_postgresql:
        return block.row(_CONFIRM_AT_ONCE, values) is not None
    return all(block.row(step, values) is not None for step in _CONFIRM_STEPS)


def _entry(actor: Actor, act: str, reference: str, at: datetime, after: Any) -> dict[str, Any]:
    return audit_entry(actor, act, reference, at, {}) | {"after": json.dumps(after)}
