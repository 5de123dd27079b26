"""The rows that a new hold writes before it takes its places, in as few statements as may be.

This is where a rush of visitors spends its time, so the statements are made once and go past the
ORM. PostgreSQL writes all rows with one statement; SQLite is in the same process, where each
statement costs next to nothing.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Session

from tourism.audit.models import AuditEntry
from tourism.bookings.models import Booking, BookingUnit
from tourism.core import base32
from tourism.core.db import JSON, UtcDateTime

Row = Mapping[str, Any]
_REFERENCE_LETTERS = 8
_BOOKINGS = cast("sa.Table", Booking.__table__)
_UNITS = cast("sa.Table", BookingUnit.__table__)
_AUDIT = cast("sa.Table", AuditEntry.__table__)
_BOOKING_COLUMNS = (
    *("reference", "key", "idempotency_key", "slot_id", "party_size", "status", "note"),
    *("language", "total_amount", "total_currency", "hold_expires_at", "created_at"),
    *("visitor_id", "channel_id", "sample"),
)
_ONE_STATEMENT = sa.text(
    f"""
    WITH made AS (
      INSERT INTO bookings ({", ".join(_BOOKING_COLUMNS)})
      VALUES ({", ".join(f":{name}" for name in _BOOKING_COLUMNS)})
      ON CONFLICT DO NOTHING RETURNING id
    ), people AS (
      INSERT INTO booking_units (booking_id, unit_id, quantity, price_amount)
      SELECT made.id, unit.* FROM made, unnest(
        CAST(:unit_ids AS int[]), CAST(:quantities AS int[]), CAST(:prices AS int[])) AS unit
    ), entry AS (
      INSERT INTO audit_entries (at, actor, action, subject_kind, subject_id, after)
      SELECT CAST(:at AS timestamptz), :actor, :action, :subject_kind, :subject_id, :after FROM made
    )
    SELECT id FROM made
    """  # noqa: S608 - made of the names above
).bindparams(
    sa.bindparam("hold_expires_at", type_=UtcDateTime()),
    sa.bindparam("created_at", type_=UtcDateTime()),
    sa.bindparam("at", type_=UtcDateTime()),
    sa.bindparam("after", type_=JSON),
)
_BOOKING = sqlite.insert(_BOOKINGS).on_conflict_do_nothing().returning(_BOOKINGS.c.id)
_PEOPLE, _ENTRY = sa.insert(_UNITS), sa.insert(_AUDIT)


def write_hold(session: Session, *, booking: Row, units: Sequence[Row], entry: Row) -> int | None:
    """Write a booking with its party and audit entry: its id, or None when its idempotency key or
    its reference is there already. Waits for another transaction that is just writing the same."""
    session.flush()
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        people = {
            "unit_ids": [each["unit_id"] for each in units],
            "quantities": [each["quantity"] for each in units],
            "prices": [each["price_amount"] for each in units],
        }
        written: int | None = connection.scalar(_ONE_STATEMENT, {**booking, **people, **entry})
        return written
    made: int | None = connection.scalar(_BOOKING, dict(booking))
    if made is not None:
        connection.execute(_PEOPLE, [{"booking_id": made, **each} for each in units])
        connection.execute(_ENTRY, dict(entry))
    return made


def loaded(session: Session, values: Mapping[str, Any]) -> Booking:
    """A booking just written, as if the session had read it."""
    unset = dict.fromkeys(("name", "phone", "confirmed_at", "cancelled_at"))
    booking = Booking(**unset, **values)
    sa.orm.make_transient_to_detached(booking)
    session.add(booking)
    return booking


def new_reference() -> str:
    """What people read to each other; taken already, once in a million million."""
    return base32.random_code(_REFERENCE_LETTERS)


def new_key() -> str:
    """What makes the link to a booking's page unguessable."""
    return secrets.token_urlsafe(16)


def audit_entry(
    actor: object, action: str, reference: str, at: datetime, after: Row
) -> dict[str, Any]:
    """An entry about a booking, as columns."""
    return {
        "at": at,
        "actor": str(actor),
        "action": f"booking.{action}",
        "subject_kind": "booking",
        "subject_id": reference,
        "after": dict(after),
    }
