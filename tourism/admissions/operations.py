"""Letting people in and out: one scan, judged now."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from tourism.admissions.excess import Counters
from tourism.admissions.judgement import Device, Facts, Scan, judge, minutes_off, way_m
from tourism.admissions.models import Admission, Direction, Mode, Outcome
from tourism.admissions.queries import (
    FirstAdmission,
    find_facts,
    find_first_admission,
    get_facts,
)
from tourism.tickets.models import Ticket, TicketStatus

_COUNTED = (Outcome.OK, Outcome.OUT)
_T = cast("sa.Table", Ticket.__table__).c
_PEOPLE = sa.bindparam("people", type_=sa.Integer)
_ONE = sa.update(Ticket.__table__).where(_T.id == sa.bindparam("ticket"))  # type: ignore[arg-type]
_BACK = sa.case((_T.away < _PEOPLE, _T.away), else_=_PEOPLE)
# Whoever comes in is first one of those who had left: then nobody new is admitted.
_IN = (
    _ONE.where(_T.status == TicketStatus.VALID, _T.admitted - _T.away + _PEOPLE <= _T.party_size)
    .values(admitted=_T.admitted + _PEOPLE - _BACK, away=_T.away - _BACK)
    .returning(_T.admitted, _T.away)
)
_OUT = (
    _ONE.where(_T.away + _PEOPLE <= _T.admitted)
    .values(away=_T.away + _PEOPLE)
    .returning(_T.admitted, _T.away)
)


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


def admit(
    session: Session,
    *,
    device: Device,
    scan: Scan,
    now: datetime,
    make_room: Callable[[str], bool] = lambda _ticket_id: False,
) -> Answer:
    """Judge a scan and let its people in or out; the same id again is told what it was told before.

    The record is written first and the ticket's row is taken last, so that a busy ticket is
    locked for the shortest time. Whoever finds the ticket changed meanwhile judges once more.
    `make_room` is asked for a party that came after its places were given to others.
    """
    ticket = find_facts(session, scan)
    if ticket and ticket.released_at and make_room(ticket.ticket_id):
        ticket = get_facts(session, ticket.ticket_id)
    outcome = judge(ticket, device, scan, now)
    if not _write(session, device, scan, ticket, outcome, now):
        return _told_before(session, device, scan.id)
    while ticket and outcome in _COUNTED:
        people = _people(ticket, scan)
        counted = _count(session, ticket, scan.direction, people)
        if counted:
            ticket = replace(ticket, admitted=counted.admitted, away=counted.away)
            return _answer(session, device, scan.id, outcome, now, ticket=ticket, people=people)
        ticket = get_facts(session, ticket.ticket_id)
        outcome = judge(ticket, device, scan, now)
        _correct(session, scan, ticket, outcome)
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


def _people(ticket: Facts, scan: Scan) -> int:
    return scan.people or (ticket.left if scan.direction is Direction.IN else ticket.inside)


def _count(session: Session, ticket: Facts, direction: Direction, people: int) -> Counters | None:
    """Count people in or out, unless the ticket no longer has so many: one statement decides."""
    way = _IN if direction is Direction.IN else _OUT
    found = session.connection().execute(way, {"ticket": ticket.ticket_id, "people": people})
    row = found.one_or_none()
    return None if row is None else Counters(row.admitted, row.away)


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
    people = _people(ticket, scan) if ticket and outcome in _COUNTED else 0
    return {
        "ticket_id": ticket and ticket.ticket_id,
        "outcome": outcome,
        "people": people,
        "direction": scan.direction if people else None,
    }
