"""What a scan means: the rules of the gate, without a database.

Who may come in is decided in this order, so that the helper hears the one thing that settles it:
not a ticket of ours, cancelled, another orchard, another day, all in already, called off, too
early or late, fewer left than asked for, fine. Whoever leaves is only asked whether they were in.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from tourism.admissions.models import Direction, Outcome, Via
from tourism.core.geo import Position, distance_m
from tourism.core.languages import Texts
from tourism.core.money import Money
from tourism.destination.models import Accuracy
from tourism.tickets.models import TicketStatus
from tourism.tickets.tokens import Token

# Buses and car parks are not punctual: so far outside its window a party is simply on time.
GRACE = timedelta(minutes=30)
_BY_STATUS = {
    TicketStatus.CANCELLED: Outcome.CANCELLED,
    TicketStatus.BLOCKED: Outcome.BLOCKED,
}


class Verdict(StrEnum):
    """The colour of the screen: go in, the steward decides, stay out, go out."""

    ADMIT = "admit"
    CHECK = "check"
    REFUSE = "refuse"
    LEAVE = "leave"


_VERDICTS = {
    Outcome.OK: Verdict.ADMIT,
    Outcome.OK_UNLISTED: Verdict.ADMIT,
    Outcome.OK_STALE: Verdict.ADMIT,
    Outcome.OUT: Verdict.LEAVE,
    Outcome.OUT_PARTIAL: Verdict.CHECK,
    Outcome.NOT_INSIDE: Verdict.CHECK,
    Outcome.CLOSED: Verdict.CHECK,
    Outcome.CLOCK_WRONG: Verdict.CHECK,
    Outcome.PARTIAL: Verdict.CHECK,
    Outcome.EARLY: Verdict.CHECK,
    Outcome.LATE: Verdict.CHECK,
}


def verdict_of(outcome: Outcome) -> Verdict:
    return _VERDICTS.get(outcome, Verdict.REFUSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place as the gate needs it: what it is called, where it is and how sure that is."""

    name: Texts
    position: Position
    accuracy: Accuracy
    accuracy_m: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """The phone that asks, with its gate."""

    id: int
    build: str
    last_seen_at: datetime | None
    is_revoked: bool
    gate_id: int
    gate_slug: str
    gate_name: Texts
    operator_id: int | None
    place_id: int
    spot: Spot


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A ticket as it stands in the database, which counts for more than what its code says."""

    ticket_id: str
    reference: str
    status: TicketStatus
    starts_at: datetime
    ends_at: datetime
    party_size: int
    admitted: int
    away: int  # of those admitted
    units: str  # who was booked: "unit id:how many", with commas between
    due: Money | None  # to be paid on arrival
    closed: str | None  # why the slot was called off
    slot_id: int
    operator_id: int
    experience: Texts
    ended_at: datetime | None  # cancelled or stopped
    spot: Spot
    zone: ZoneInfo
    released_at: datetime | None = None  # when its places were given to others: it came too late

    @property
    def inside(self) -> int:
        return self.admitted - self.away

    @property
    def left(self) -> int:
        """How many may come in: for the first time, or back."""
        return self.party_size - self.inside


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One scan as the phone tells it: a ticket's id (its code was verified) or a typed reference.

    ``signed`` is what the code says of the ticket, once its signature was found good.
    ``people`` empty stands for all who are left (or inside). ``override`` is the reason why the
    steward lets a party in that is too early or late or was called off.
    """

    id: str
    seq: int
    code: str
    ticket_id: str | None = None
    reference: str | None = None
    signed: Token | None = None
    people: int | None = None
    via: Via = Via.QR
    override: str | None = None
    direction: Direction = Direction.IN


def judge(ticket: Facts | None, device: Device, scan: Scan, now: datetime) -> Outcome:
    """The outcome if nothing changes between reading and admitting."""
    if ticket is None:
        return Outcome.UNKNOWN_TICKET
    if scan.direction is Direction.OUT:
        return _leaving(ticket, device, scan)
    if ticket.status in _BY_STATUS:
        return _BY_STATUS[ticket.status]
    return _not_here(ticket, device, now) or _not_yet(ticket, scan, now) or Outcome.OK


def _leaving(ticket: Facts, device: Device, scan: Scan) -> Outcome:
    """Nobody is kept inside: at worst the scan counts nothing."""
    if device.operator_id not in (None, ticket.operator_id):
        return Outcome.WRONG_PLACE
    if ticket.inside == 0:
        return Outcome.NOT_INSIDE
    return Outcome.OUT_PARTIAL if (scan.people or 0) > ticket.inside else Outcome.OUT


def _not_here(ticket: Facts, device: Device, now: datetime) -> Outcome | None:
    """What nobody at this gate can do anything about."""
    if device.operator_id not in (None, ticket.operator_id):
        return Outcome.WRONG_PLACE
    if not _is_today(ticket, now):
        return Outcome.WRONG_DAY
    return Outcome.USED if ticket.left == 0 else None


def _not_yet(ticket: Facts, scan: Scan, now: datetime) -> Outcome | None:
    """What the steward may settle."""
    if ticket.closed and scan.override is None:
        return Outcome.CLOSED
    if minutes_off(ticket, now) and scan.override is None:
        return Outcome.EARLY if now < ticket.starts_at else Outcome.LATE
    return Outcome.PARTIAL if (scan.people or 0) > ticket.left else None


def minutes_off(ticket: Facts, now: datetime) -> int:
    """How long before or after its window the party has come, or after its places were given to
    others; 0 within the grace."""
    if ticket.released_at is not None:
        return max(1, round((now - ticket.released_at) / timedelta(minutes=1)))
    off = max(ticket.starts_at - now, now - ticket.ends_at)
    return round(off / timedelta(minutes=1)) if off > GRACE else 0


def way_m(start: Spot, end: Spot) -> float | None:
    """The straight way between two places, if it is surely not just their inaccuracy."""
    if Accuracy.SCHEMATIC in (start.accuracy, end.accuracy):
        return None
    metres = distance_m(start.position, end.position)
    return metres if metres >= 2 * (start.accuracy_m + end.accuracy_m) else None


def _is_today(ticket: Facts, now: datetime) -> bool:
    window = (ticket.starts_at, now, ticket.ends_at)
    starts, today, ends = (instant.astimezone(ticket.zone).date() for instant in window)
    return starts <= today <= ends
