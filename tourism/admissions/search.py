"""Finding a booking at the gate by the end of a phone number: for people whose code is nowhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tourism.admissions.beside import bookings
from tourism.admissions.judgement import Device
from tourism.audit.operations import Actor, record
from tourism.core.languages import Texts
from tourism.destination.queries import get_destination
from tourism.experiences.models import Experience, Slot
from tourism.tickets.models import Ticket, TicketStatus

TAIL = 4
MOST = 12


@dataclass(frozen=True, slots=True)
class Found:
    """A booking of today; of its name no more than the first letter, to tell two apart."""

    reference: str
    initial: str
    party_size: int
    inside: int
    starts_at: datetime
    ends_at: datetime
    experience: Texts


def find_by_tail(session: Session, *, device: Device, tail: str, now: datetime) -> Sequence[Found]:
    """Today's bookings at the phone's gate whose number ends so. That it was asked is kept, the
    number is not."""
    found = [_found(row) for row in session.execute(_query(session, device, tail, now))]
    record(
        session,
        actor=Actor("device", str(device.id)),
        action="gate.search",
        subject=("gate", device.gate_id),
        at=now,
        after={"found": len(found)},
    )
    return found


def _query(
    session: Session, device: Device, tail: str, now: datetime
) -> sa.Select[str, str, int, int, int, datetime, datetime, Texts]:
    zone = ZoneInfo(get_destination(session).time_zone)
    midnight = datetime.combine(now.astimezone(zone).date(), time.min, zone)
    query = (
        sa.select(bookings.c.reference, bookings.c.name.label("booker"), Ticket.party_size)
        .add_columns(Ticket.admitted, Ticket.away, Ticket.starts_at, Ticket.ends_at)
        .add_columns(Experience.name.label("experience"))
        .select_from(
            sa.join(Ticket, bookings, Ticket.booking_id == bookings.c.id)
            .join(Slot, Ticket.slot_id == Slot.id)
            .join(Experience, Slot.experience_id == Experience.id)
        )
        .where(Ticket.ends_at > midnight, Ticket.starts_at < midnight + timedelta(days=1))
        .where(Ticket.status == TicketStatus.VALID, bookings.c.phone.like(f"%{tail}"))
        .order_by(Ticket.starts_at, Ticket.id)
        .limit(MOST)
    )
    if device.operator_id is not None:
        query = query.where(Experience.operator_id == device.operator_id)
    return query


def _found(row: sa.Row[str, str, int, int, int, datetime, datetime, Texts]) -> Found:
    return Found(
        reference=row.reference,
        initial=(row.booker or "")[:1],
        party_size=row.party_size,
        inside=row.admitted - row.away,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        experience=row.experience,
    )
