"""What a gate phone knows of the tickets, so that it can decide alone: no name, no phone number.

All tickets of today and the two days after, living or dead, and from then on each ticket that
changed. Dead and moved ones stay in it: that is how a phone learns of them.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tourism.admissions import beside
from tourism.admissions.judgement import Device, Spot, way_m
from tourism.core.geo import Position
from tourism.core.languages import Texts
from tourism.core.money import Money
from tourism.destination.models import Place
from tourism.destination.queries import get_destination
from tourism.experiences.models import Experience, Slot, SlotState, Unit
from tourism.tickets.models import Ticket, TicketStatus
from tourism.tickets.revisions import settled_revision

DAYS = 3
_CURSOR = re.compile(r"(\d{4}-\d\d-\d\d)\.(\d{1,18})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    ticket_id: str
    slot_id: int
    party_size: int
    status: TicketStatus
    admitted: int
    reference: str
    away: int
    units: str  # "unit id:how many", with commas between
    due: Money | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotFacts:
    """What the phone shows and judges by; ``is_here``: its gate lets parties of that slot in."""

    id: int
    starts_at: datetime
    ends_at: datetime
    experience: Texts
    place: Texts
    is_here: bool
    way_m: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """``is_whole``: these are all tickets, and what the phone knew before is to be dropped."""

    rows: Sequence[Row]
    slots: Sequence[SlotFacts]
    cursor: str
    is_whole: bool
    called_off: Mapping[int, str]  # every slot of these days that does not take place, and why
    units: Mapping[int, Texts]  # the names of the kinds of visitors


def changes_since(session: Session, *, device: Device, cursor: str, now: datetime) -> Changes:
    """What the phone that stands at this cursor has to learn; with no or an old cursor, all.

    The list is made anew each day, for its window moves. The settled revision is read first: a
    change that is committed between the two statements is then told twice rather than never.
    """
    zone = ZoneInfo(get_destination(session).time_zone)
    today = now.astimezone(zone).date()
    settled = session.scalar(sa.select(settled_revision())) or 0
    known = _known(cursor, str(today), settled)
    start = datetime.combine(today, time.min, zone)
    end = datetime.combine(today + timedelta(days=DAYS), time.min, zone)
    if known is None:
        rows = _rows(session, Ticket.ends_at > start, Ticket.starts_at < end)
    else:
        rows = _rows(session, Ticket.rev >= known)
    slot_ids = {row.slot_id for row in rows}
    return Changes(
        rows=rows,
        slots=_slots(session, device, slot_ids),
        called_off=_called_off(session, start, end),
        units=_unit_names(session, slot_ids),
        cursor=f"{today}.{settled}",
        is_whole=known is None,
    )


def _known(cursor: str, today: str, settled: int) -> int | None:
    """From which revision on; None stands for all. A database that was put back counts anew."""
    found = _CURSOR.fullmatch(cursor)
    if found is None or found[1] != today or int(found[2]) > settled:
        return None
    return int(found[2])


def _rows(session: Session, *which: sa.ColumnElement[bool]) -> Sequence[Row]:
    query = (
        sa.select(Ticket.id, Ticket.slot_id, Ticket.party_size, Ticket.status, Ticket.admitted)
        .add_columns(Ticket.away, *beside.ABOUT_BOOKING)
        .join(beside.bookings, Ticket.booking_id == beside.bookings.c.id)
        .where(*which)
        .order_by(Ticket.starts_at, Ticket.id)
    )
    return [_row(row) for row in session.execute(query)]


def _row(row: sa.Row[Any]) -> Row:
    return Row(
        ticket_id=row.id,
        slot_id=row.slot_id,
        party_size=row.party_size,
        status=row.status,
        admitted=row.admitted,
        reference=row.reference,
        away=row.away,
        units=row.units or "",
        due=beside.due_of(row),
    )


def _called_off(session: Session, start: datetime, end: datetime) -> Mapping[int, str]:
    """Told whole each time, for no ticket changes by it; there are few, and none on most days."""
    days = (Slot.ends_at > start, Slot.starts_at < end, Slot.state == SlotState.CLOSED)
    reason = beside.CALLED_OFF.label("reason")
    rows = session.execute(sa.select(Slot.id, reason).where(*days))
    return {row.id: row.reason for row in rows if row.reason}


def _unit_names(session: Session, slot_ids: Collection[int]) -> Mapping[int, Texts]:
    if not slot_ids:
        return {}
    offered = sa.select(Slot.experience_id).where(Slot.id.in_(slot_ids))
    query = sa.select(Unit.id, Unit.name).where(Unit.experience_id.in_(offered))
    return {row.id: row.name for row in session.execute(query)}


def _slots(session: Session, device: Device, ids: Iterable[int]) -> Sequence[SlotFacts]:
    query = (
        sa.select(Slot.id, Slot.starts_at, Slot.ends_at, Experience.name, Experience.operator_id)
        .add_columns(Place.name.label("place"), Place.latitude, Place.longitude)
        .add_columns(Place.accuracy, Place.accuracy_m)
        .join(Slot.experience)
        .join(Experience.place)
        .where(Slot.id.in_(ids))
        .order_by(Slot.starts_at, Slot.id)
    )
    return [_slot(row, device) for row in session.execute(query)]


def _slot(row: sa.Row[Any], device: Device) -> SlotFacts:
    position = Position(row.latitude, row.longitude)
    spot = Spot(name=row.place, position=position, accuracy=row.accuracy, accuracy_m=row.accuracy_m)
    is_here = device.operator_id in (None, row.operator_id)
    return SlotFacts(
        id=row.id,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        experience=row.name,
        place=row.place,
        is_here=is_here,
        way_m=None if is_here else way_m(device.spot, spot),
    )
