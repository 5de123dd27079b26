"""What the gate reads of bookings, which stand beside this area and not below it: by table names.

Like `Ticket.booking_id`. Nothing of it says who a party is.
"""

from typing import Any

import sqlalchemy as sa

from tourism.core.db import UtcDateTime
from tourism.core.money import Money
from tourism.experiences.models import Slot, SlotState

bookings = sa.table(
    "bookings",
    sa.column("id", sa.Integer),
    sa.column("reference", sa.String),
    sa.column("cancelled_at", UtcDateTime()),
    sa.column("total_amount", sa.Integer),
    sa.column("total_currency", sa.String),
    sa.column("channel_id", sa.Integer),
    sa.column("phone", sa.String),
    sa.column("name", sa.String),
    sa.column("status", sa.String),
)
_units = sa.table(
    "booking_units",
    sa.column("booking_id", sa.Integer),
    sa.column("unit_id", sa.Integer),
    sa.column("quantity", sa.Integer),
)
_closures = sa.table("closures", sa.column("id", sa.Integer), sa.column("reason", sa.String))
_closed_slots = sa.table(
    "closure_slots",
    sa.column("closure_id", sa.Integer),
    sa.column("slot_id", sa.Integer),
    sa.column("lifted_at", UtcDateTime()),
)

_one_unit = sa.cast(_units.c.unit_id, sa.String) + ":" + sa.cast(_units.c.quantity, sa.String)
_WHO = (
    sa.select(sa.func.aggregate_strings(_one_unit, ","))
    .where(_units.c.booking_id == bookings.c.id)
    .correlate(bookings)
    .scalar_subquery()
)
ABOUT_BOOKING = (
    bookings.c.reference,
    bookings.c.cancelled_at,
    bookings.c.total_amount,
    bookings.c.total_currency,
    bookings.c.channel_id,
    _WHO.label("units"),
)

# Why a slot does not take place. One that is only closed for new bookings does, and so does one
# that was closed for having fewer places.
_reason = (
    sa.select(_closures.c.reason)
    .join(_closed_slots, _closed_slots.c.closure_id == _closures.c.id)
    .where(
        _closed_slots.c.slot_id == Slot.id,
        _closed_slots.c.lifted_at.is_(None),
        _closures.c.reason != "fewer-places",
    )
    .order_by(_closures.c.id.desc())
    .limit(1)
    .correlate(Slot)
    .scalar_subquery()
)
CALLED_OFF = sa.case((Slot.state == SlotState.CLOSED, _reason))


def due(
    amount: int | None, currency: str | None, channel_id: int | None, *, before: int
) -> Money | None:
    """What the party pays on arrival: once, before anybody of it is in, and not to a channel."""
    if before or channel_id is not None or not amount or currency is None:
        return None
    return Money(amount, currency)


def due_of(row: sa.Row[Any]) -> Money | None:
    """The same of a row with ABOUT_BOOKING and the ticket."""
    return due(row.total_amount, row.total_currency, row.channel_id, before=row.admitted)
