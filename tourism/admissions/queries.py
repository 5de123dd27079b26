"""Reading gates, their phones, and what a scan is judged by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tourism.accounts.models import Role, User
from tourism.admissions import beside
from tourism.admissions.beside import bookings
from tourism.admissions.errors import (
    DeviceNotFoundError,
    EnrolmentNotFoundError,
    GateNotFoundError,
)
from tourism.admissions.judgement import Device, Facts, Scan, Spot
from tourism.admissions.models import Admission, Direction, Enrolment, Gate, GateDevice, Undo
from tourism.core.geo import Position
from tourism.core.languages import Texts
from tourism.destination.models import Destination, Place
from tourism.experiences.models import Experience, Membership, Slot
from tourism.tickets.models import Ticket, TicketStatus

_MAY_COME = Ticket.admitted - Ticket.away < Ticket.party_size
_SPOT = (Place.name, Place.latitude, Place.longitude, Place.accuracy, Place.accuracy_m)
_PLACE = tuple(column.label(f"place_{column.key}") for column in _SPOT)
# A gate waits for these: they are put together once.
_VALUE: sa.BindParameter[str] = sa.bindparam("value", type_=sa.String())
_DEVICE = (
    sa.select(GateDevice.__table__, Gate.slug, Gate.name.label("gate_name"), Gate.operator_id)
    .add_columns(Gate.place_id, *_PLACE)
    .select_from(sa.join(GateDevice, Gate).join(Place, Gate.place_id == Place.id))
    .where(GateDevice.secret_hash == _VALUE)
)
_ABOUT_SLOT = (
    Experience.operator_id,
    Experience.name.label("experience"),
    beside.CALLED_OFF.label("closed"),
    *_PLACE,
    sa.select(Destination.time_zone).limit(1).scalar_subquery().label("zone"),
)
_TICKETS = (
    sa.select(Ticket.__table__, *beside.ABOUT_BOOKING, *_ABOUT_SLOT)
    .select_from(
        sa.join(Ticket, bookings, Ticket.booking_id == bookings.c.id)
        .join(Slot, Ticket.slot_id == Slot.id)
        .join(Experience, Slot.experience_id == Experience.id)
        .join(Place, Experience.place_id == Place.id)
    )
    .order_by(_MAY_COME.desc(), Ticket.issued_at.desc())
    .limit(1)
)
_BY_ID = _TICKETS.where(Ticket.id == _VALUE)
_BY_REFERENCE = _TICKETS.where(bookings.c.reference == _VALUE)
_OF_SLOT = (
    sa.select(Slot.id.label("slot_id"), Slot.starts_at, Slot.ends_at, *_ABOUT_SLOT)
    .add_columns(*(sa.literal("").label(name) for name in ("id", "reference", "units")))
    .add_columns(sa.literal(TicketStatus.VALID, Ticket.status.type).label("status"))
    .add_columns(*(sa.literal(0).label(name) for name in ("party_size", "admitted", "away")))
    .add_columns(
        *(
            sa.null().label(name)
            for name in ("channel_id", "total_amount", "total_currency", "released_at")
        )
    )
    .join(Slot.experience)
    .join(Place, Experience.place_id == Place.id)
    .where(Slot.id == sa.bindparam("slot_id"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstAdmission:
    """When and where the first of a party went in, and how many did then."""

    at: datetime
    gate: Texts
    people: int


def find_device(session: Session, secret_hash: str) -> Device | None:
    """The phone with that secret, revoked or not, in one statement."""
    row = session.execute(_DEVICE, {"value": secret_hash}).one_or_none()
    if row is None:
        return None
    return Device(
        id=row.id,
        build=row.build,
        last_seen_at=row.last_seen_at,
        is_revoked=row.revoked_at is not None,
        gate_id=row.gate_id,
        gate_slug=row.slug,
        gate_name=row.gate_name,
        operator_id=row.operator_id,
        place_id=row.place_id,
        spot=_spot(row),
    )


def find_slot_facts(session: Session, slot_id: int) -> Facts | None:
    """What is known of each ticket of a slot before one looks at the ticket: nobody's yet."""
    row = session.execute(_OF_SLOT, {"slot_id": slot_id}).one_or_none()
    return None if row is None else _facts_of(row)


def find_facts(session: Session, scan: Scan) -> Facts | None:
    """The ticket that was scanned, or the one of the typed booking that still admits somebody."""
    if scan.ticket_id is not None:
        return _facts(session, _BY_ID, scan.ticket_id)
    return _facts(session, _BY_REFERENCE, scan.reference)


def get_facts(session: Session, ticket_id: str) -> Facts | None:
    return _facts(session, _BY_ID, ticket_id)


def _facts(session: Session, statement: sa.Select[Any], value: str | None) -> Facts | None:
    row = session.execute(statement, {"value": value}).one_or_none()
    return None if row is None else _facts_of(row)


def _facts_of(row: sa.Row[Any]) -> Facts:
    return Facts(
        ticket_id=row.id,
        reference=row.reference,
        status=row.status,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        party_size=row.party_size,
        admitted=row.admitted,
        away=row.away,
        units=row.units or "",
        due=beside.due_of(row),
        closed=row.closed,
        slot_id=row.slot_id,
        operator_id=row.operator_id,
        experience=row.experience,
        ended_at=_ended_at(row),
        spot=_spot(row),
        zone=ZoneInfo(row.zone),
        released_at=row.released_at,
    )


def _ended_at(row: sa.Row[Any]) -> datetime | None:
    """From when on nobody had a right to go in; a stopped ticket never gave one."""
    if row.status is TicketStatus.VALID:
        return None
    return row.cancelled_at or datetime.min.replace(tzinfo=UTC)


def _spot(row: sa.Row[Any]) -> Spot:
    return Spot(
        name=row.place_name,
        position=Position(row.place_latitude, row.place_longitude),
        accuracy=row.place_accuracy,
        accuracy_m=row.place_accuracy_m,
    )


def counts() -> sa.ColumnElement[bool]:
    """Whether a scan still counts: its own phone may have taken it back, or a person."""
    may = (Undo.device_id == Admission.device_id) | Undo.user_id.is_not(None)
    in_time = Undo.since <= Admission.scanned_at
    return ~sa.exists().where(Undo.scan_id == Admission.id, may, in_time)


def find_first_admission(session: Session, ticket_id: str) -> FirstAdmission | None:
    query = (
        sa.select(Admission.scanned_at, Gate.name, Admission.people)
        .join(Gate, Admission.gate_id == Gate.id)
        .where(Admission.ticket_id == ticket_id, Admission.people > 0, counts())
        .where(Admission.direction == Direction.IN)
        .order_by(Admission.scanned_at, Admission.id)
        .limit(1)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        return None
    return FirstAdmission(at=row.scanned_at, gate=row.name, people=row.people)


def gates_of(session: Session, user: User) -> Sequence[Gate]:
    """The gates that a person is responsible for: their operator's, an officer all."""
    query = sa.select(Gate).order_by(Gate.slug).options(joinedload(Gate.operator))
    if user.role is not Role.OFFICER:
        own = sa.select(Membership.operator_id).where(Membership.user_id == user.id)
        query = query.where(Gate.operator_id.in_(own))
    return session.scalars(query).all()


def working_gates_of(session: Session, user: User) -> Sequence[Gate]:
    """Those of them at which a phone may be enrolled: the gate is not archived."""
    return [gate for gate in gates_of(session, user) if gate.archived_at is None]


def entrances_of(session: Session, operator_id: int) -> Sequence[Gate]:
    """The operator's own gates: where its guests come in."""
    query = sa.select(Gate).where(Gate.operator_id == operator_id, Gate.archived_at.is_(None))
    return session.scalars(query.order_by(Gate.slug)).all()


def get_gate_of(session: Session, user: User, slug: str) -> Gate:
    """One of the person's working gates. Raises GateNotFoundError for any other."""
    for gate in working_gates_of(session, user):
        if gate.slug == slug:
            return gate
    raise GateNotFoundError(slug=slug)


def get_gate(session: Session, slug: str) -> Gate:
    """One that is not archived. Raises GateNotFoundError."""
    query = sa.select(Gate).where(Gate.slug == slug, Gate.archived_at.is_(None))
    found = session.scalar(query)
    if found is None:
        raise GateNotFoundError(slug=slug)
    return found


def get_enrolment(session: Session, enrolment_id: int, *, created_by: int) -> Enrolment:
    """One that this person asked for. Raises EnrolmentNotFoundError for any other."""
    found = session.get(Enrolment, enrolment_id)
    if found is None or found.created_by != created_by:
        raise EnrolmentNotFoundError(enrolment_id=enrolment_id)
    return found


def devices_at(session: Session, gates: Sequence[Gate]) -> Sequence[GateDevice]:
    """The phones of those gates: the working ones first, then by gate and name."""
    query = (
        sa.select(GateDevice)
        .join(GateDevice.gate)
        .where(Gate.id.in_([gate.id for gate in gates]))
        .order_by(GateDevice.revoked_at.is_not(None), Gate.slug, GateDevice.name, GateDevice.id)
        .options(joinedload(GateDevice.gate))
    )
    return session.scalars(query).all()


def all_devices(session: Session) -> Sequence[GateDevice]:
    return devices_at(session, session.scalars(sa.select(Gate)).all())


def get_device_of(session: Session, user: User, device_id: int) -> GateDevice:
    """A phone at one of the person's gates. Raises DeviceNotFoundError for any other."""
    for device in devices_at(session, gates_of(session, user)):
        if device.id == device_id:
            return device
    raise DeviceNotFoundError(device_id=device_id)


def get_device(session: Session, device_id: int) -> GateDevice:
    """Raises DeviceNotFoundError."""
    found = session.get(GateDevice, device_id)
    if found is None:
        raise DeviceNotFoundError(device_id=device_id)
    return found
