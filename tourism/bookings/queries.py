"""Reading bookings."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from tourism.accounts.models import User
from tourism.bookings.errors import BookingNotFoundError
from tourism.bookings.models import Booking, BookingStatus, BookingUnit
from tourism.destination.models import Destination
from tourism.experiences.errors import SlotNotFoundError
from tourism.experiences.models import Experience, Slot
from tourism.experiences.ownership import is_theirs
from tourism.tickets.models import Ticket

# The township's time zone, read along with what needs it.
_TIME_ZONE = sa.select(Destination.time_zone).order_by(Destination.id).limit(1).scalar_subquery()
_UNITS = selectinload(Booking.units).joinedload(BookingUnit.unit)
_TICKETS = selectinload(Booking.tickets)
# Or its places were given to others since it did not come: they are not its own to give back.
SOMEBODY_IS_IN = sa.exists().where(
    Ticket.booking_id == Booking.id, (Ticket.admitted > 0) | Ticket.released_at.is_not(None)
)


def get_booking(session: Session, reference: str) -> Booking:
    """A booking with all its page shows: slot, experience with place, operator and units; the
    party; the tickets. Raises BookingNotFoundError."""
    found = session.scalar(_whole_booking().where(Booking.reference == reference))
    if found is None:
        raise BookingNotFoundError(reference=reference)
    return found


def get_booking_of(session: Session, user: User, reference: str) -> Booking:
    """A booking at an operator that the person works for, an officer any, as `get_booking` reads
    it. Raises BookingNotFoundError."""
    mine = _whole_booking().join(Slot, Slot.id == Booking.slot_id).join(Slot.experience)
    found = session.scalar(mine.where(Booking.reference == reference, is_theirs(user)))
    if found is None:
        raise BookingNotFoundError(reference=reference)
    return found


def bookings_of_visitor(session: Session, user_id: int, limit: int = 50) -> Sequence[Booking]:
    """The bookings that somebody made while signed in, latest slot first, with slot, experience
    and place. Holds that came to nothing are left out."""
    query = (
        sa.select(Booking)
        .join(Booking.slot)
        .where(Booking.visitor_id == user_id, Booking.status != BookingStatus.EXPIRED)
        .order_by(Slot.starts_at.desc(), Booking.id.desc())
        .limit(limit)
    )
    place = joinedload(Slot.experience).joinedload(Experience.place)
    return session.scalars(query.options(contains_eager(Booking.slot).options(place))).all()


def get_booking_to_confirm(session: Session, reference: str) -> Booking:
    """A booking with slot and experience alone: one statement. Raises BookingNotFoundError."""
    when = joinedload(Booking.slot, innerjoin=True).joinedload(Slot.experience, innerjoin=True)
    query = sa.select(Booking).where(Booking.reference == reference).options(when)
    found = session.scalar(query)
    if found is None:
        raise BookingNotFoundError(reference=reference)
    return found


def booking_of_ticket(session: Session, ticket_id: str) -> Booking:
    """The booking that a ticket belongs to, as `get_booking` reads it."""
    mine = sa.select(Ticket.booking_id).where(Ticket.id == ticket_id).scalar_subquery()
    found = session.scalar(_whole_booking().where(Booking.id == mine))
    if found is None:
        raise BookingNotFoundError(ticket_id=ticket_id)
    return found


def find_booking(session: Session, reference: str, phone: str) -> Booking | None:
    """The booking of that reference, if that phone number (E.164) made it."""
    found = session.scalar(sa.select(Booking).where(Booking.reference == reference))
    if found is None or not found.phone:
        return None
    same = secrets.compare_digest(found.phone.encode(), phone.encode())
    return found if same else None


def find_repeated(session: Session, idempotency_key: str) -> Booking | None:
    """What an earlier request with that key has made."""
    query = sa.select(Booking).where(Booking.idempotency_key == idempotency_key)
    return session.scalar(query)


def bookings_of_slot(session: Session, slot_id: int) -> Sequence[Booking]:
    """Everybody who comes to a slot, in the order of booking, with party and tickets."""
    expected = Booking.status.in_((BookingStatus.CONFIRMED, BookingStatus.COMPLETED))
    query = sa.select(Booking).where(Booking.slot_id == slot_id, expected)
    return session.scalars(query.options(_UNITS, _TICKETS).order_by(Booking.id)).all()


def count_of_phone_that_day(session: Session, phone: str, at: datetime) -> int:
    """How many bookings that phone number has for slots on the same local day as the instant."""
    day = timedelta(days=1)
    query = (
        sa.select(Slot.starts_at, _TIME_ZONE)
        .select_from(Booking)
        .join(Booking.slot)
        .where(
            Booking.phone == phone,
            Booking.status.in_((BookingStatus.CONFIRMED, BookingStatus.COMPLETED)),
            Slot.starts_at.between(at - day, at + day),
        )
    )
    return sum(
        _same_day(at, starts_at, ZoneInfo(zone)) for starts_at, zone in session.execute(query)
    )


def get_slot_to_book(session: Session, slot_id: int) -> tuple[Slot, ZoneInfo]:
    """A slot of a published experience, with its units, and the township's time zone."""
    whole = contains_eager(Slot.experience).selectinload(Experience.units)
    query = (
        sa.select(Slot, _TIME_ZONE)
        .join(Slot.experience)
        .where(Slot.id == slot_id, Experience.is_published)
        .options(whole)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise SlotNotFoundError(slot_id=slot_id)
    return found[0], ZoneInfo(found[1])


def get_held_slot(session: Session, slot_id: int) -> Slot:
    """A slot in which places are kept for a party, with its units: theirs also after the
    experience was withdrawn."""
    whole = joinedload(Slot.experience).selectinload(Experience.units)
    return session.scalars(sa.select(Slot).where(Slot.id == slot_id).options(whole)).one()


def overdue_holds(now: datetime) -> sa.Select[int]:
    """The ids of holds that are over. The status stands in the statement itself, not in a
    parameter: otherwise no database can see that the index of open holds is enough."""
    held = sa.literal(BookingStatus.HELD, Booking.status.type, literal_execute=True)
    return sa.select(Booking.id).where(Booking.status == held, Booking.hold_expires_at <= now)


def _whole_booking() -> sa.Select[Booking]:
    experience = joinedload(Booking.slot).joinedload(Slot.experience)
    return sa.select(Booking).options(
        experience.joinedload(Experience.place),
        experience.joinedload(Experience.operator),
        experience.selectinload(Experience.units),
        _UNITS,
        _TICKETS,
    )


def _same_day(a: datetime, b: datetime, zone: ZoneInfo) -> bool:
    return a.astimezone(zone).date() == b.astimezone(zone).date()
