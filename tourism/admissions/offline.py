"""What phones did without asking: kept as it happened, never refused, for the people are inside."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tourism.admissions.counting import settle_ticket
from tourism.admissions.judgement import Device, Facts, Scan
from tourism.admissions.models import Admission, Gate, Mode, Outcome
from tourism.admissions.operations import insert_once
from tourism.admissions.queries import FirstAdmission, find_facts, find_first_admission
from tourism.admissions.undos import TakenBack, record_undo

log = logging.getLogger(__name__)
LONGEST_CODE = 200
_TOO_MANY = (Outcome.CONFLICT_USED, Outcome.CONFLICT_CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A scan that a phone decided alone: ``people`` went in (or out) then, or nobody did.

    ``gate`` is where, if the phone says so: it may have been moved to another gate since.
    """

    scan: Scan
    at: datetime
    people: int
    verdict: Outcome
    gate: str | None = None

    @property
    def id(self) -> str:
        return self.scan.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What became of it. Without an outcome it could not be kept, and the phone goes on."""

    outcome: Outcome | None
    is_repeat: bool = False
    first: FirstAdmission | None = None


def record_scans(
    session: Session,
    *,
    device: Device,
    scans: Sequence[Told],
    now: datetime,
    undos: Sequence[TakenBack] = (),
) -> dict[str, Kept]:
    """Keep each scan once, by its id, and each undo; one that fails takes no other with it.

    All phones take tickets in the same order, so that two of them never wait for each other.
    """
    gates = _gates(session, scans)
    tickets = _tickets(session, scans, undos)

    def turn(each: Told | TakenBack) -> tuple[str, datetime, str]:
        scan_id = each.id if isinstance(each, Told) else each.scan_id
        return tickets.get(scan_id, ""), each.at, each.id

    kept = {}
    told: list[Told | TakenBack] = [*scans, *undos]
    for each in sorted(told, key=turn):
        where = device
        if isinstance(each, Told) and each.gate in gates:
            where = replace(device, gate_id=gates[each.gate])
        kept[each.id] = _kept_or_not(session, where, each, now)
    return kept


def _gates(session: Session, scans: Sequence[Told]) -> dict[str, int]:
    """Most phones have never had another gate than their own: no query for them."""
    named = {told.gate for told in scans if told.gate}
    if not named:
        return {}
    query = sa.select(Gate.slug, Gate.id).where(Gate.slug.in_(named))
    return {row.slug: row.id for row in session.execute(query)}


def _tickets(session: Session, scans: Sequence[Told], undos: Sequence[TakenBack]) -> dict[str, str]:
    """Which ticket each scan is about, those that are taken back included."""
    told = {each.id: each.scan.ticket_id or "" for each in scans}
    asked = [undo.scan_id for undo in undos if undo.scan_id not in told]
    if not asked:
        return told
    query = sa.select(Admission.id, Admission.ticket_id).where(Admission.id.in_(asked))
    return told | {row.id: row.ticket_id or "" for row in session.execute(query)}


def _kept_or_not(session: Session, device: Device, told: Told | TakenBack, now: datetime) -> Kept:
    try:
        with session.begin_nested():
            if isinstance(told, Told):
                return _keep(session, device, told, now)
            is_repeat = record_undo(session, device=device, undo=told, now=now)
            return Kept(outcome=Outcome.UNDONE, is_repeat=is_repeat)
    except OperationalError:
        raise  # the database is busy or gone: the phone sends the whole again
    except Exception:
        log.exception("a scan could not be kept: %s", told.id)
        return Kept(outcome=None)


def _keep(session: Session, device: Device, told: Told, now: datetime) -> Kept:
    ticket = find_facts(session, told.scan)
    if not insert_once(session, _values(device, told, ticket, now)):
        return _kept_before(session, device, told, ticket, now)
    return _settled(session, told, ticket)


def _settled(session: Session, told: Told, ticket: Facts | None) -> Kept:
    """Count the people, and say whether they were too many as far as is known by now."""
    if not told.people:
        return Kept(outcome=told.verdict)
    if ticket is None:
        _set_outcome(session, told.id, Outcome.CONFLICT_UNKNOWN_TICKET)
        return Kept(outcome=Outcome.CONFLICT_UNKNOWN_TICKET)
    settle_ticket(session, ticket.ticket_id)
    return _as_stored(session, told.id)


def _as_stored(session: Session, scan_id: str, *, is_repeat: bool = False) -> Kept:
    query = sa.select(Admission.outcome, Admission.ticket_id).where(Admission.id == scan_id)
    outcome, ticket_id = session.execute(query).one()
    first = None
    if ticket_id is not None and outcome in _TOO_MANY:
        first = find_first_admission(session, ticket_id)
    return Kept(outcome=outcome, is_repeat=is_repeat, first=first)


def _set_outcome(session: Session, scan_id: str, outcome: Outcome) -> None:
    update = sa.update(Admission).where(Admission.id == scan_id).values(outcome=outcome)
    session.execute(update, execution_options={"synchronize_session": False})


def _kept_before(
    session: Session, device: Device, told: Told, ticket: Facts | None, now: datetime
) -> Kept:
    """Known by its id. What the server refused while the phone, waiting in vain for the answer,
    let them in: they are inside, so the record becomes what happened."""
    stored = session.get_one(Admission, told.id, populate_existing=True)
    if stored.mode is Mode.ASK and told.people and not stored.people:
        values = _values(device, told, ticket, now)
        update = sa.update(Admission).where(Admission.id == told.id).values(**values)
        session.execute(update, execution_options={"synchronize_session": False})
        return _settled(session, told, ticket)
    return _as_stored(session, told.id, is_repeat=True)


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
        "direction": scan.direction if told.people else None,
        "via": scan.via,
        "mode": Mode.DONE,
        "outcome": told.verdict,
        "verdict": told.verdict,
        "override": scan.override,
        "scanned_at": told.at,
        "received_at": now,
    }
