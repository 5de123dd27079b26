"""Counts over slots, bookings and tickets, and lists that take from all three."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, joinedload

from tourism.accounts.models import User
from tourism.bookings.models import COUNTED, Booking, BookingStatus
from tourism.core.money import Money
from tourism.experiences.models import Experience, Slot, SlotState
from tourism.experiences.ownership import own_operators
from tourism.tickets.models import Ticket

COMING = (BookingStatus.CONFIRMED, BookingStatus.COMPLETED)


@dataclass(frozen=True, slots=True)
class SlotCount:
    """A slot (with experience, place and operator), and who has booked and come."""

    slot: Slot
    parties: int
    people: int
    walk_ins: int  # of the people, those who bought on the spot
    held: int  # places kept for those who are filling in the form
    arrived: int

    @property
    def expected(self) -> int:
        """Who has a ticket and is not in yet."""
        return max(0, self.people - self.arrived)

    @property
    def booked(self) -> int:
        """All that is taken but for walk-ins and what is held back for them: also holds, offers
        after a closure, and what gate phones may sell."""
        return max(0, self.slot.taken - self.slot.held_back - self.walk_ins)

    @property
    def free(self) -> int:
        return self.slot.places_left if self.slot.state is SlotState.OPEN else 0

    @property
    def offered(self) -> int:
        """The places that count as capacity: of a closed slot only those taken."""
        match self.slot.state:
            case SlotState.OPEN:
                return self.slot.capacity
            case SlotState.CLOSED:
                return self.slot.taken
            case SlotState.FREE:
                return 0


@dataclass(frozen=True, slots=True)
class Load:
    """Sums over some slots."""

    parties: int
    people: int
    arrived: int
    expected: int
    free: int
    taken: int
    offered: int

    @property
    def percent(self) -> int | None:
        """How much of what was offered is taken; None where nothing was."""
        return round(100 * self.taken / self.offered) if self.offered else None


@dataclass(frozen=True, slots=True)
class Guest:
    """A booking as the orchard needs it: no more of the phone number than tells two Wangs apart."""

    reference: str
    name: str
    phone_end: str
    note: str
    people: int
    arrived: int
    status: BookingStatus


@dataclass(frozen=True, slots=True)
class BookingRow:
    """A booking as a line of a table, with where and when."""

    slot: Slot
    guest: Guest
    language: str
    total: Money | None


def count_slots(
    session: Session, starts: datetime, ends: datetime, *, of: User | None = None
) -> list[SlotCount]:
    """Every slot that begins in [starts, ends), by experience and time; with ``of`` only those of
    the person's operators. Three queries, however many slots."""
    slots = session.scalars(_slots(starts, ends, of)).all()
    window = sa.and_(Slot.starts_at >= starts, Slot.starts_at < ends)
    booked = _by_slot(
        session,
        sa.select(Booking.slot_id, *_parties())
        .join(Booking.slot)
        .where(window, Booking.status.in_(COUNTED))
        .group_by(Booking.slot_id),
    )
    arrived = _by_slot(
        session,
        sa.select(Ticket.slot_id, sa.func.sum(Ticket.admitted))
        .join(Slot, Slot.id == Ticket.slot_id)
        .where(window)
        .group_by(Ticket.slot_id),
    )
    return [
        SlotCount(slot, *booked.get(slot.id, (0, 0, 0, 0)), *arrived.get(slot.id, (0,)))
        for slot in slots
    ]


def get_slot_count(session: Session, slot: Slot) -> SlotCount:
    """The same of one slot in hand."""
    mine = sa.select(*_parties()).where(Booking.slot_id == slot.id, Booking.status.in_(COUNTED))
    arrived = session.scalar(
        sa.select(sa.func.sum(Ticket.admitted)).where(Ticket.slot_id == slot.id)
    )
    parties, people, walk_ins, held = (int(each) for each in session.execute(mine).one())
    return SlotCount(slot, parties, people, walk_ins, held, int(arrived or 0))


def _parties() -> tuple[sa.ColumnElement[int], ...]:
    """Parties, people, walk-ins among them, and places of holds; over counted bookings."""
    coming, is_held = Booking.status.in_(COMING), Booking.status == BookingStatus.HELD
    cases = (
        (coming, 1),
        (coming, Booking.party_size),
        (coming & Booking.walk_in, Booking.party_size),
        (is_held, Booking.party_size),
    )
    return tuple(sa.func.coalesce(sa.func.sum(sa.case(each)), 0) for each in cases)


def load(counts: Iterable[SlotCount]) -> Load:
    """The sums over these slots."""
    each = list(counts)
    return Load(
        parties=sum(count.parties for count in each),
        people=sum(count.people for count in each),
        arrived=sum(count.arrived for count in each),
        expected=sum(count.expected for count in each),
        free=sum(count.free for count in each),
        taken=sum(count.slot.taken for count in each if count.offered),
        offered=sum(count.offered for count in each),
    )


def by_experience(counts: Sequence[SlotCount]) -> list[tuple[Experience, list[SlotCount]]]:
    """The slots of each experience (they come sorted so)."""
    groups = groupby(counts, lambda count: count.slot.experience_id)
    listed = [list(group) for _, group in groups]
    return [(group[0].slot.experience, group) for group in listed]


def by_day(
    counts: Sequence[SlotCount], days: Sequence[date], zone: ZoneInfo
) -> dict[date, list[SlotCount]]:
    """The slots of each local day."""
    found: dict[date, list[SlotCount]] = {day: [] for day in days}
    for count in counts:
        found[count.slot.starts_at.astimezone(zone).date()].append(count)
    return found


def guests_of_slot(session: Session, slot_id: int, now: datetime) -> list[Guest]:
    """Everybody who holds, has booked or has cancelled a place, but for holds that are over."""
    query = _guests().where(
        Booking.slot_id == slot_id,
        Booking.status.in_((*COUNTED, BookingStatus.CANCELLED)),
        sa.or_(Booking.status != BookingStatus.HELD, Booking.hold_expires_at > now),
    )
    return [_guest(row) for row in session.execute(query)]


def bookings_between(session: Session, starts: datetime, ends: datetime) -> list[BookingRow]:
    """Every booking for slots that begin in [starts, ends), holds left out, by time."""
    query = (
        _guests(Slot, Booking.language, Booking.total_amount, Booking.total_currency)
        .join(Booking.slot)
        .join(Slot.experience)
        .options(
            contains_eager(Slot.experience).options(
                joinedload(Experience.place), joinedload(Experience.operator)
            )
        )
        .where(
            Slot.starts_at >= starts,
            Slot.starts_at < ends,
            Booking.status.in_((*COMING, BookingStatus.CANCELLED)),
        )
        .order_by(None)
        .order_by(Slot.starts_at, Slot.id, Booking.id)
    )
    return [
        BookingRow(row.Slot, _guest(row), row.language, _money(row))
        for row in session.execute(query)
    ]


def _slots(starts: datetime, ends: datetime, of: User | None) -> sa.Select[Slot]:
    whole = contains_eager(Slot.experience).options(
        joinedload(Experience.place), joinedload(Experience.operator)
    )
    query = sa.select(Slot).join(Slot.experience).options(whole)
    query = query.where(Slot.starts_at >= starts, Slot.starts_at < ends)
    if of is not None:
        query = query.where(Experience.operator_id.in_(own_operators(of)))
    return query.order_by(Experience.id, Slot.starts_at)


def _by_slot(session: Session, query: sa.Select[int, *tuple[int, ...]]) -> dict[int, list[int]]:
    return {row[0]: [int(value) for value in row[1:]] for row in session.execute(query)}


def _guests(*more: Any) -> sa.Select[*tuple[Any, ...]]:
    arrived = (
        sa.select(sa.func.coalesce(sa.func.sum(Ticket.admitted), 0))
        .where(Ticket.booking_id == Booking.id)
        .scalar_subquery()
        .label("arrived")
    )
    columns = (Booking.name, Booking.phone, Booking.note, Booking.party_size, Booking.status)
    query = sa.select(Booking.reference, *columns, arrived, *more)
    return query.select_from(Booking).order_by(Booking.id)


def _guest(row: sa.Row[*tuple[Any, ...]]) -> Guest:
    return Guest(
        reference=row.reference,
        name=row.name or "",
        phone_end=(row.phone or "")[-4:],
        note=row.note,
        people=row.party_size,
        arrived=int(row.arrived),
        status=row.status,
    )


def _money(row: sa.Row[*tuple[Any, ...]]) -> Money | None:
    known = row.total_amount is not None and row.total_currency is not None
    return Money(row.total_amount, row.total_currency) if known else None
