"""What phones did without asking: kept as it happened, never refused, for the people are inside."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tourism.admissions.judgement import Device, Facts, Scan
from tourism.admissions.models import Admission, Direction, Mode, Outcome
from tourism.admissions.operations import insert_once
from tourism.admissions.queries import FirstAdmission, find_facts, find_first_admission
from tourism.tickets.models import Ticket

log = logging.getLogger(__name__)
LONGEST_CODE = 200
_TOO_MANY = (Outcome.CONFLICT_USED, Outcome.CONFLICT_CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A scan that a phone decided alone: ``people`` went in then, or nobody did."""

    scan: Scan
    at: datetime
    people: int
    verdict: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What became of it. Without an outcome it could not be kept, and the phone goes on."""

    outcome: Outcome | None
    is_repeat: bool = False
    first: FirstAdmission | None = None


def record_scans(
    session: Session, *, device: Device, scans: Sequence[Told], now: datetime
) -> dict[str, Kept]:
    """Keep each scan once, by its id; one that fails takes no other with it.

    All phones take tickets in the same order, so that two of them never wait for each other.
    """
    in_order = sorted(scans, key=lambda told: (told.scan.ticket_id or "", told.at, told.scan.id))
    return {told.scan.id: _kept_or_not(session, device, told, now) for told in in_order}


def _kept_or_not(session: Session, device: Device, told: Told, now: datetime) -> Kept:
    try:
        with session.begin_nested():
            return _keep(session, device, told, now)
    except OperationalError:
        raise  # the database is busy or gone: the phone sends the whole again
    except Exception:
        log.exception("a scan could not be kept: %s", told.scan.id)
        return Kept(outcome=None)


def _keep(session: Session, device: Device, told: Told, now: datetime) -> Kept:
    ticket = find_facts(session, told.scan)
    if not insert_once(session, _values(device, told, ticket, now)):
        return _kept_before(session, device, told, ticket, now)
    return _settled(session, told, ticket)


def _settled(session: Session, told: Told, ticket: Facts | None) -> Kept:
    """Count the people in, and say whether they were too many as far as is known by now."""
    if not told.people:
        return Kept(outcome=told.verdict)
    outcome = Outcome.CONFLICT_UNKNOWN_TICKET
    if ticket is not None:
        _count_in(session, ticket, told.people)
        outcome = _outcome(session, ticket, told)
    update = sa.update(Admission).where(Admission.id == told.scan.id).values(outcome=outcome)
    session.execute(update, execution_options={"synchronize_session": False})
    first = find_first_admission(session, ticket.ticket_id) if ticket else None
    return Kept(outcome=outcome, first=first if outcome in _TOO_MANY else None)


def _outcome(session: Session, ticket: Facts, told: Told) -> Outcome:
    if ticket.ended_at is not None and told.at >= ticket.ended_at:
        return Outcome.CONFLICT_CANCELLED
    query = sa.select(sa.func.sum(Admission.people)).where(Admission.ticket_id == ticket.ticket_id)
    inside = session.scalar(query) or 0
    return Outcome.CONFLICT_USED if inside > ticket.party_size else told.verdict


def _count_in(session: Session, ticket: Facts, people: int) -> None:
    """The ticket's own counter ends at the party; the scans say how many there really were."""
    counted = Ticket.admitted + people
    full = sa.case((counted > Ticket.party_size, Ticket.party_size), else_=counted)
    update = sa.update(Ticket).where(Ticket.id == ticket.ticket_id).values(admitted=full)
    session.execute(update, execution_options={"synchronize_session": False})


def _kept_before(
    session: Session, device: Device, told: Told, ticket: Facts | None, now: datetime
) -> Kept:
    """Known by its id. What the server refused while the phone, waiting in vain for the answer,
    let them in: they are inside, so the record becomes what happened."""
    stored = session.get_one(Admission, told.scan.id, populate_existing=True)
    if stored.mode is Mode.ASK and told.people and not stored.people:
        values = _values(device, told, ticket, now)
        update = sa.update(Admission).where(Admission.id == told.scan.id).values(**values)
        session.execute(update, execution_options={"synchronize_session": False})
        return _settled(session, told, ticket)
    is_conflict = stored.outcome in _TOO_MANY and stored.ticket_id is not None
    first = find_first_admission(session, stored.ticket_id or "") if is_conflict else None
    return Kept(outcome=stored.outcome, is_repeat=True, first=first)


def _values(device: Device, told: Told, ticket: Facts | None, now: datetime) -> dict[str, object]:
    scan = told.scan
    return {
        "id": scan.id,
        "ticket_id": ticket and ticket.ticket_id,
        "device_id": device.id,
        "gate_id": device.gate_id,
        "code": scan.code[:LONGEST_CODE],
        "seq": scan.seq,
        "asked": scan.people,
        "people": told.people,
        "direction": Direction.IN if told.people else None,
        "via": scan.via,
        "mode": Mode.DONE,
        "outcome": told.verdict,
        "verdict": told.verdict,
        "override": scan.override,
        "scanned_at": told.at,
        "received_at": now,
    }
