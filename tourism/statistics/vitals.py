"""What operations watch: how much there is of what may pile up, from the database alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from tourism.admissions.conflicts import conflicts_at
from tourism.admissions.models import Admission, Gate, Outcome
from tourism.bookings.models import Booking, BookingStatus, WaitingParty, WaitingStatus
from tourism.channels.models import Notice, NoticeStatus
from tourism.experiences.models import Slot

_Kind = TypeVar("_Kind")


@dataclass(frozen=True, slots=True)
class Vitals:
    """Counts at one instant. A hold whose time is over is no hold, whoever notes that later."""

    bookings: Mapping[BookingStatus, int]
    waiting_parties: int
    scans: Mapping[Outcome, int]
    open_conflicts: int
    notices: Mapping[NoticeStatus, int]


def get_vitals(session: Session, now: datetime) -> Vitals:
    overdue = (Booking.status == BookingStatus.HELD) & (Booking.hold_expires_at <= now)
    gates = session.scalars(sa.select(Gate)).all()
    return Vitals(
        bookings=_by(session, Booking.status, ~overdue),
        waiting_parties=_waiting(session, now),
        scans=_by(session, Admission.outcome),
        open_conflicts=sum(each.is_open for each in conflicts_at(session, gates)),
        notices=_by(session, Notice.status),
    )


def _by(
    session: Session, kind: InstrumentedAttribute[_Kind], *which: sa.ColumnElement[bool]
) -> Mapping[_Kind, int]:
    query = sa.select(kind, sa.func.count()).where(*which).group_by(kind)
    return dict(session.execute(query).all())


def _waiting(session: Session, now: datetime) -> int:
    """Parties in line for times that are still to come."""
    query = sa.select(sa.func.count()).select_from(WaitingParty)
    query = query.join(Slot, Slot.id == WaitingParty.slot_id)
    return session.scalars(
        query.where(WaitingParty.status == WaitingStatus.WAITING, Slot.ends_at > now)
    ).one()
