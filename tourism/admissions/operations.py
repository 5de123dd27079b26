"""Letting people in: one scan, judged now."""

from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from tourism.admissions.judgement import Device, Facts, Scan, judge, minutes_off, way_m
from tourism.admissions.models import Admission, Direction, Mode, Outcome
from tourism.admissions.queries import (
    FirstAdmission,
    find_facts,
    find_first_admission,
    get_facts,
)
from tourism.tickets.models import Ticket, TicketStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the phone is told. ``ticket`` already counts the ``people`` whom this scan let in."""

    scan_id: str
    outcome: Outcome
    people: int
    decided_at: datetime
    ticket: Facts | None = None
    first: FirstAdmission | None = None  # when all or some are in already
    minutes: int = 0  # how much too early or late
    way_m: float | None = None  # to the right orchard
    is_repeat: bool = False


def admit(session: Session, *, device: Device, scan: Scan, now: datetime) -> Answer:
    """Judge a scan and let its people in; the same id again is told what it was told before.

    The record is written first and the ticket's row is taken last, so that a busy ticket is
    locked for the shortest time. Whoever finds the ticket changed meanwhile judges once more.
    """
    ticket = find_facts(session, scan)
    outcome = judge(ticket, device, scan, now)
    if not _write(session, device, scan, ticket, outcome, now):
        return _told_before(session, device, scan.id)
    while ticket and outcome is Outcome.OK and not _take(session, ticket, _people(ticket, scan)):
        ticket = get_facts(session, ticket.ticket_id)
        outcome = judge(ticket, device, scan, now)
        _correct(session, scan, ticket, outcome)
    if ticket and outcome is Outcome.OK:
        people = _people(ticket, scan)
        ticket = replace(ticket, admitted=ticket.admitted + people)
        return _answer(session, device, scan.id, outcome, now, ticket=ticket, people=people)
    return _answer(session, device, scan.id, outcome, now, ticket=ticket)


def _told_before(session: Session, device: Device, scan_id: str) -> Answer:
    """The outcome that was stored, with the ticket as it stands now."""
    stored = session.get_one(Admission, scan_id)
    ticket = get_facts(session, stored.ticket_id) if stored.ticket_id else None
    answer = _answer(
        session,
        device,
        scan_id,
        stored.outcome,
        stored.scanned_at,
        ticket=ticket,
        people=stored.people,
    )
    return replace(answer, is_repeat=True)


def _answer(
    session: Session,
    device: Device,
    scan_id: str,
    outcome: Outcome,
    at: datetime,
    *,
    ticket: Facts | None,
    people: int = 0,
) -> Answer:
    """The outcome with the facts that explain it."""
    answer = Answer(scan_id=scan_id, outcome=outcome, people=people, decided_at=at, ticket=ticket)
    match outcome:
        case Outcome.USED | Outcome.PARTIAL if ticket:
            return replace(answer, first=find_first_admission(session, ticket.ticket_id))
        case Outcome.EARLY | Outcome.LATE if ticket:
            return replace(answer, minutes=minutes_off(ticket, at))
        case Outcome.WRONG_PLACE if ticket:
            return replace(answer, way_m=way_m(device.spot, ticket.spot))
        case _:
            return answer


def _people(ticket: Facts | None, scan: Scan) -> int:
    if ticket is None:
        return 0
    return scan.people or ticket.left


def _take(session: Session, ticket: Facts, people: int) -> bool:
    """Count people in, unless the ticket no longer has so many: one statement decides."""
    table = Ticket.__table__
    update = (
        sa.update(Ticket)
        .where(table.c.id == ticket.ticket_id, table.c.status == TicketStatus.VALID)
        .where(table.c.admitted + people <= table.c.party_size)
        .values(admitted=table.c.admitted + people)
        .returning(table.c.admitted)
    )
    options = {"synchronize_session": False}
    return session.execute(update, execution_options=options).scalar() is not None


def _write(
    session: Session,
    device: Device,
    scan: Scan,
    ticket: Facts | None,
    outcome: Outcome,
    now: datetime,
) -> bool:
    """Add the record of the scan. False if its id is known: the unique key decides a race."""
    values: dict[str, object] = {
        "id": scan.id,
        "device_id": device.id,
        "gate_id": device.gate_id,
        "code": scan.code,
        "seq": scan.seq,
        "asked": scan.people,
        "via": scan.via,
        "mode": Mode.ASK,
        "override": scan.override,
        "scanned_at": now,
        "received_at": now,
    }
    values |= _result(scan, ticket, outcome)
    return insert_once(session, values)


def insert_once(session: Session, values: dict[str, object]) -> bool:
    """Both databases know ON CONFLICT, in SQLAlchemy each by its own construct."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    insert = sqlite.insert(Admission) if is_sqlite else postgresql.insert(Admission)
    statement = insert.values(**values).on_conflict_do_nothing().returning(Admission.id)
    return session.scalar(statement) is not None


def _correct(session: Session, scan: Scan, ticket: Facts | None, outcome: Outcome) -> None:
    update = sa.update(Admission).where(Admission.id == scan.id)
    session.execute(update.values(**_result(scan, ticket, outcome)))


def _result(scan: Scan, ticket: Facts | None, outcome: Outcome) -> dict[str, object]:
    people = _people(ticket, scan) if outcome is Outcome.OK else 0
    return {
        "ticket_id": ticket and ticket.ticket_id,
        "outcome": outcome,
        "people": people,
        "direction": Direction.IN if people else None,
    }
