"""Conflicts: what phones without a network let in twice, for somebody to look into.

Nothing is undone and nothing deleted: the people are inside. A conflict is closed with a note; a
scan that is told of later opens it again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tourism.accounts.models import User
from tourism.admissions.counting import entry_of
from tourism.admissions.errors import ConflictNotFoundError
from tourism.admissions.excess import ConflictKind, Excess, find_excess
from tourism.admissions.judgement import Facts
from tourism.admissions.models import Admission, Gate, Outcome
from tourism.admissions.queries import counts, gates_of, get_facts
from tourism.audit.operations import Actor, record

LONGEST_NOTE = 400
CONFLICTS = (Outcome.CONFLICT_USED, Outcome.CONFLICT_CANCELLED, Outcome.CONFLICT_UNKNOWN_TICKET)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """One ticket that let in too many: all of its scans, in the order they happened.

    ``id`` is that of the first scan too many.
    """

    id: str
    kind: ConflictKind
    ticket_id: str | None
    reference: str | None
    party_size: int | None
    scans: Sequence[Admission]
    excess: Sequence[Excess]

    @property
    def people(self) -> int:
        return sum(each.people for each in self.excess)

    @property
    def too_many(self) -> Sequence[Admission]:
        ids = {each.scan_id for each in self.excess}
        return [scan for scan in self.scans if scan.id in ids]

    @property
    def is_open(self) -> bool:
        return any(scan.settled_at is None for scan in self.too_many)


def conflicts_at(session: Session, gates: Sequence[Gate]) -> Sequence[Conflict]:
    """Those in which one of the gates had a part: the open ones first, then the newest."""
    found = _derived(session, [gate.id for gate in gates])
    found.sort(key=lambda each: each.too_many[0].scanned_at, reverse=True)
    return sorted(found, key=lambda each: not each.is_open)


def conflicts_of(session: Session, user: User) -> Sequence[Conflict]:
    """Those at the gates that a person is responsible for."""
    return conflicts_at(session, gates_of(session, user))


def open_conflicts(session: Session, *, gate_id: int) -> Sequence[Conflict]:
    """What the phones of a gate are warned of."""
    return [conflict for conflict in _derived(session, [gate_id]) if conflict.is_open]


def get_conflict_of(session: Session, user: User, conflict_id: str) -> Conflict:
    """Raises ConflictNotFoundError."""
    for conflict in conflicts_of(session, user):
        if conflict.id == conflict_id:
            return conflict
    raise ConflictNotFoundError(conflict_id=conflict_id)


def settle_conflict(
    session: Session, *, conflict: Conflict, note: str, actor: Actor, now: datetime
) -> None:
    """Close a conflict with what was found out. Doing it again changes nothing."""
    if not conflict.is_open:
        return
    for scan in conflict.too_many:
        if scan.settled_at is None:
            scan.settled_at, scan.settled_note = now, note
    record(
        session,
        actor=actor,
        action="conflicts.settle",
        subject=("ticket", conflict.ticket_id or conflict.id),
        at=now,
        after={"scans": [scan.id for scan in conflict.too_many], "note": note},
    )


def _derived(session: Session, ids: Sequence[int]) -> list[Conflict]:
    """Outcomes only say where to look; who was too many is found from all scans together."""
    here = sa.select(Admission.ticket_id).where(Admission.gate_id.in_(ids))
    doubtful = sa.select(Admission.ticket_id).where(Admission.outcome.in_(CONFLICTS))
    unknown = Admission.ticket_id.is_(None) & Admission.gate_id.in_(ids)
    query = (
        sa.select(Admission)
        .where(Admission.people > 0, counts())
        .where(
            (Admission.ticket_id.in_(doubtful) & Admission.ticket_id.in_(here))
            | (unknown & Admission.outcome.in_(CONFLICTS))
        )
        .order_by(Admission.ticket_id, Admission.code, Admission.scanned_at, Admission.id)
        .options(joinedload(Admission.gate), joinedload(Admission.device))
    )
    scans = session.scalars(query).all()
    return [
        conflict
        for (ticket_id, _), group in groupby(scans, _which)
        if (conflict := _conflict(_facts(session, ticket_id), list(group)))
    ]


def _which(scan: Admission) -> tuple[str | None, str | None]:
    """Scans of one ticket; those of a ticket that nobody issued have only the code in common."""
    return scan.ticket_id, None if scan.ticket_id else scan.code


def _facts(session: Session, ticket_id: str | None) -> Facts | None:
    return get_facts(session, ticket_id) if ticket_id else None


def _conflict(ticket: Facts | None, scans: list[Admission]) -> Conflict | None:
    excess = find_excess(
        map(entry_of, scans),
        party_size=ticket.party_size if ticket else None,
        ended_at=ticket.ended_at if ticket else None,
    )
    if not excess:
        return None
    return Conflict(
        id=excess[0].scan_id,
        kind=excess[0].kind,
        ticket_id=ticket.ticket_id if ticket else None,
        reference=ticket.reference if ticket else None,
        party_size=ticket.party_size if ticket else None,
        scans=scans,
        excess=excess,
    )
