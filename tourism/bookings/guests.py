"""The guest list of a host: who comes on a day, found by name, number or the end of a phone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, selectinload

from tourism.accounts.models import User
from tourism.audit.operations import Actor, record
from tourism.bookings.models import Booking, BookingStatus
from tourism.core import base32
from tourism.experiences.models import Experience, Slot
from tourism.experiences.ownership import is_theirs
from tourism.tickets.models import Ticket

_COMING = (BookingStatus.CONFIRMED, BookingStatus.COMPLETED)
_IS_IN = sa.exists().where(Ticket.booking_id == Booking.id, Ticket.admitted > 0)
_Query = TypeVar("_Query", bound=sa.Select[*tuple[Any, ...]])
_FEWEST_DIGITS = 3  # fewer would find everybody


class Show(StrEnum):
    """Which part of the list."""

    EVERYBODY = "everybody"  # who comes or has come
    ARRIVED = "arrived"
    EXPECTED = "expected"
    WALK_IN = "walk-in"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whose bookings for slots that begin in [starts, ends), and which of them."""

    user: User
    starts: datetime
    ends: datetime
    show: Show = Show.EVERYBODY
    words: str = ""
    slot_id: int | None = None
    experience_id: int | None = None


def find_guests(
    session: Session, wanted: Wanted, *, limit: int, offset: int = 0
) -> Sequence[Booking]:
    """By time and name, with slot, experience and tickets. Two queries."""
    query = (
        _narrowed(sa.select(Booking), wanted)
        .options(contains_eager(Booking.slot).contains_eager(Slot.experience))
        .options(selectinload(Booking.tickets))
        .order_by(Slot.starts_at, Slot.id, Booking.name, Booking.id)
    )
    return session.scalars(query.limit(limit).offset(offset)).all()


def count_guests(session: Session, wanted: Wanted) -> tuple[int, int]:
    """How many parties and people the whole list has."""
    sums = sa.select(sa.func.count(), sa.func.sum(Booking.party_size))
    parties, people = session.execute(_narrowed(sums.select_from(Booking), wanted)).one()
    return parties, people or 0


def export_guests(
    session: Session, wanted: Wanted, *, day: date, limit: int, now: datetime, actor: Actor
) -> Sequence[Booking]:
    """The list to take away; who takes it leaves a trace."""
    guests = find_guests(session, wanted, limit=limit)
    after = {"rows": len(guests), "show": wanted.show.value}
    record(
        session, actor=actor, action="bookings.export", subject=("day", day), at=now, after=after
    )
    return guests


def arrived(booking: Booking) -> int:
    """How many of the party are in."""
    return sum(ticket.admitted for ticket in booking.tickets)


def _narrowed(query: _Query, wanted: Wanted) -> _Query:
    query = query.join(Booking.slot).join(Slot.experience).where(is_theirs(wanted.user))
    query = query.where(Slot.starts_at >= wanted.starts, Slot.starts_at < wanted.ends)
    if wanted.slot_id is not None:
        query = query.where(Slot.id == wanted.slot_id)
    if wanted.experience_id is not None:
        query = query.where(Experience.id == wanted.experience_id)
    if wanted.words:
        query = query.where(_matches(wanted.words))
    return query.where(_shown(wanted.show))


def _shown(show: Show) -> sa.ColumnElement[bool]:
    coming = Booking.status.in_(_COMING)
    match show:
        case Show.ARRIVED:
            return coming & _IS_IN
        case Show.EXPECTED:
            return coming & ~_IS_IN
        case Show.WALK_IN:
            return coming & Booking.walk_in
        case Show.CANCELLED:
            return Booking.status == BookingStatus.CANCELLED
    return coming


def _matches(words: str) -> sa.ColumnElement[bool]:
    found = Booking.name.icontains(words, autoescape=True)
    reference = base32.as_typed(words)
    if reference.isascii() and reference.isalnum():
        found |= Booking.reference.startswith(reference)
    digits = "".join(each for each in words if each.isdecimal())
    if len(digits) >= _FEWEST_DIGITS and not any(each.isalpha() for each in words):
        found |= Booking.phone.endswith(digits)
    return found
