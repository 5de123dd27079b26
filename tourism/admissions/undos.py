"""Taking a scan back within minutes: an event of its own, for nothing at a gate is ever deleted."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from tourism.accounts.models import User
from tourism.admissions.counting import settle_ticket
from tourism.admissions.errors import ScanNotFoundError, UndoTooLateError
from tourism.admissions.judgement import Device
from tourism.admissions.models import Admission, Undo
from tourism.admissions.queries import counts, gates_of
from tourism.audit.operations import Actor, record

WITHIN = timedelta(minutes=10)  # on the phone that scanned
SUPERVISED_WITHIN = timedelta(minutes=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """A phone's own scan that its steward has taken back."""

    id: str
    scan_id: str
    at: datetime


def record_undo(session: Session, *, device: Device, undo: TakenBack, now: datetime) -> bool:
    """Keep what a phone took back, before or after the scan itself is told. Says whether it was
    known. What it took back of other phones, or too late, is kept and changes nothing."""
    values = {
        "id": undo.id,
        "scan_id": undo.scan_id,
        "device_id": device.id,
        "at": undo.at,
        "since": undo.at - WITHIN,
        "received_at": now,
    }
    is_new = _insert(session, values)
    if is_new:
        _settle(session, undo.scan_id)
    return not is_new


def undo_scan(
    session: Session, *, scan: Admission, user: User, actor: Actor, now: datetime
) -> None:
    """Take back a scan of any phone. Done already, it changes nothing. Raises UndoTooLateError."""
    if now - scan.scanned_at > SUPERVISED_WITHIN:
        raise UndoTooLateError(minutes=SUPERVISED_WITHIN // timedelta(minutes=1))
    if not _counts(session, scan.id):
        return
    _insert(
        session,
        {
            "id": str(uuid.uuid4()),
            "scan_id": scan.id,
            "user_id": user.id,
            "at": now,
            "since": now - SUPERVISED_WITHIN,
            "received_at": now,
        },
    )
    _settle(session, scan.id)
    record(
        session,
        actor=actor,
        action="scans.undo",
        subject=("ticket", scan.ticket_id or scan.id),
        at=now,
        after={"scan": scan.id, "people": scan.people, "direction": scan.direction},
    )


def get_scan_of(session: Session, user: User, scan_id: str) -> Admission:
    """A scan at one of the person's gates. Raises ScanNotFoundError for any other."""
    gates = [gate.id for gate in gates_of(session, user)]
    query = _whole().where(Admission.id == scan_id, Admission.gate_id.in_(gates))
    found = session.scalar(query)
    if found is None:
        raise ScanNotFoundError(scan_id=scan_id)
    return found


def latest_scans_of(session: Session, user: User, now: datetime) -> Sequence[Admission]:
    """What was counted at the person's gates lately and can still be taken back."""
    gates = [gate.id for gate in gates_of(session, user)]
    query = (
        _whole()
        .where(Admission.gate_id.in_(gates), Admission.people > 0, counts())
        .where(Admission.scanned_at >= now - SUPERVISED_WITHIN)
        .order_by(Admission.scanned_at.desc(), Admission.id)
        .limit(50)
    )
    return session.scalars(query).all()


def _whole() -> sa.Select[Admission]:
    loads = (sa.orm.joinedload(Admission.gate), sa.orm.joinedload(Admission.device))
    return sa.select(Admission).options(*loads)


def _counts(session: Session, scan_id: str) -> bool:
    query = sa.select(Admission.id).where(Admission.id == scan_id, counts())
    return session.scalar(query) is not None


def _settle(session: Session, scan_id: str) -> None:
    ticket = session.scalar(sa.select(Admission.ticket_id).where(Admission.id == scan_id))
    if ticket is not None:
        settle_ticket(session, ticket)


def _insert(session: Session, values: dict[str, object]) -> bool:
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    insert = sqlite.insert(Undo) if is_sqlite else postgresql.insert(Undo)
    statement = insert.values(**values).on_conflict_do_nothing().returning(Undo.id)
    return session.scalar(statement) is not None
