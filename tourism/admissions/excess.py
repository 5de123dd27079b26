"""What a ticket's scans add up to: who is in, who has left, and who was too many.

Found from the scans alone, without a database: the answer does not depend on the order in which
phones told of them, nor on how often.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ConflictKind(StrEnum):
    USED = "conflict_used"
    CANCELLED = "conflict_cancelled"
    UNKNOWN_TICKET = "conflict_unknown_ticket"


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """So many people went in (or out) at that instant; the order is by time, then by id."""

    at: datetime
    id: str
    people: int
    is_out: bool = False


@dataclass(frozen=True, slots=True)
class Excess:
    scan_id: str
    kind: ConflictKind
    people: int  # how many of the scan's are too many


@dataclass(frozen=True, slots=True)
class Counters:
    """What the ticket's row says: how many have ever come in, and how many of them are away."""

    admitted: int
    away: int


def find_excess(
    entries: Iterable[Entry], *, party_size: int | None, ended_at: datetime | None = None
) -> Sequence[Excess]:
    """Add the scans up in the order they happened; all beyond the party are too many.

    Who went out makes room for somebody. ``party_size`` None stands for a ticket that nobody
    issued; ``ended_at`` is when it was cancelled: people who went in before had every right to.
    """
    found, inside = [], 0
    for entry in sorted(set(entries)):
        if entry.is_out:
            inside = max(0, inside - entry.people)
        elif party_size is None:
            found.append(Excess(entry.id, ConflictKind.UNKNOWN_TICKET, entry.people))
        elif ended_at is not None and entry.at >= ended_at:
            found.append(Excess(entry.id, ConflictKind.CANCELLED, entry.people))
        else:
            over = min(entry.people, inside + entry.people - party_size)
            inside += entry.people
            if over > 0:
                found.append(Excess(entry.id, ConflictKind.USED, over))
    return found


def count(entries: Iterable[Entry], *, party_size: int) -> Counters:
    """The counters after these scans. Who comes in is first one of those who had left."""
    admitted, away = 0, 0
    for entry in sorted(set(entries)):
        if entry.is_out:
            away = min(admitted, away + entry.people)
        else:
            back = min(away, entry.people)
            admitted = min(party_size, admitted + entry.people - back)
            away -= back
    return Counters(admitted, away)
