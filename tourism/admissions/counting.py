"""A ticket's counters and the outcomes of its scans, made anew from all that is known of it.

Needed when a phone tells of what it did alone, or somebody takes a scan back: then the order of
arrival must not matter. What the server decides itself it counts with one statement
(`operations.py`).
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tourism.admissions.excess import Entry, Excess, count, find_excess
from tourism.admissions.judgement import Facts
from tourism.admissions.models import Admission, Direction, Mode, Outcome
from tourism.admissions.queries import counts, get_facts
from tourism.tickets.models import Ticket

_OPTIONS = {"synchronize_session": False}


def settle_ticket(session: Session, ticket_id: str) -> None:
    """Bring the counters and outcomes of a ticket into line with its scans.

    The ticket's row is locked first, so that whoever counts at the same time is seen or waits.
    Not for update of its key: the records that point to it hold a lock on that.
    """
    lock = sa.select(Ticket.id).where(Ticket.id == ticket_id)
    session.execute(lock.with_for_update(key_share=True))
    ticket = get_facts(session, ticket_id)
    if ticket is None:
        return
    scans = _scans(session, ticket_id)
    entries = [entry_of(scan) for scan in scans if scan.counts]
    _set_counters(session, ticket, entries)
    found = find_excess(entries, party_size=ticket.party_size, ended_at=ticket.ended_at)
    _set_outcomes(session, scans, found)


def entry_of(scan: Any) -> Entry:
    """A scan as it is added up."""
    return Entry(scan.scanned_at, scan.id, scan.people, scan.direction is Direction.OUT)


def _scans(session: Session, ticket_id: str) -> Sequence[sa.Row[Any]]:
    query = (
        sa.select(Admission.id, Admission.scanned_at, Admission.people, Admission.direction)
        .add_columns(Admission.outcome, Admission.verdict, Admission.mode)
        .add_columns(counts().label("counts"))
        .where(Admission.ticket_id == ticket_id, Admission.people > 0)
    )
    return session.execute(query).all()


def _set_counters(session: Session, ticket: Facts, entries: Sequence[Entry]) -> None:
    counters = count(entries, party_size=ticket.party_size)
    if (counters.admitted, counters.away) == (ticket.admitted, ticket.away):
        return
    update = sa.update(Ticket).where(Ticket.id == ticket.ticket_id)
    values = {"admitted": counters.admitted, "away": counters.away}
    session.execute(update.values(values), execution_options=_OPTIONS)


def _set_outcomes(session: Session, scans: Sequence[sa.Row[Any]], excess: Sequence[Excess]) -> None:
    """Those that are too many say so; all others what they were when they were made."""
    kinds = {each.scan_id: Outcome(each.kind) for each in excess}
    for scan in scans:
        outcome = kinds.get(scan.id, _at_first(scan))
        if outcome is not scan.outcome:
            update = sa.update(Admission).where(Admission.id == scan.id).values(outcome=outcome)
            session.execute(update, execution_options=_OPTIONS)


def _at_first(scan: sa.Row[Any]) -> Outcome:
    if scan.mode is Mode.DONE and scan.verdict is not None:
        verdict: Outcome = scan.verdict
        return verdict
    return Outcome.OUT if scan.direction is Direction.OUT else Outcome.OK
