"""Parties that do not come: after a grace their places are kept for people on the spot.

The grace is the experience's own, from the beginning of the arrival window; without one nothing is
given back. The places become held-back ones, so nothing changes for ceilings, nor for who looks for
places from afar. The ticket still admits while there is room: it takes its places back.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tourism.audit.operations import SYSTEM, Actor, record
from tourism.bookings.models import Booking, BookingStatus, Offer, OfferStatus
from tourism.bookings.spot_places import take_on_the_spot
from tourism.core.errors import ConflictError
from tourism.experiences.ceilings import settle_ceilings
from tourism.experiences.held_back import change_held_back, lock_counter
from tourism.experiences.models import Experience, Slot, SlotState
from tourism.tickets.models import Ticket, TicketStatus

_LONGEST_WINDOW = timedelta(days=1)  # the bound lets the index pass over all the years gone by


def release_no_shows(session: Session, *, now: datetime, slot_id: int | None = None) -> int:
    """Hold the places of parties that have not come back for people on the spot, of one slot or
    of all whose window is open; says how many parties. Tickets that a gate is just counting are
    left to it."""
    due = due_no_shows(session, now)
    if due is None:
        return 0
    if slot_id is not None:
        due = due.where(Ticket.slot_id == slot_id)
    released = session.execute(
        sa.update(Ticket)
        .where(Ticket.id.in_(due.with_for_update(skip_locked=True, of=Ticket)))
        .values(released_at=now)
        .returning(Ticket.booking_id, Ticket.slot_id, Ticket.party_size),
        execution_options={"synchronize_session": False},
    ).all()
    places: Counter[int] = Counter()
    for booking_id, of_slot, size in released:
        places[of_slot] += size
        _record(session, booking_id, "no_show", SYSTEM, now)
    session.flush()
    for of_slot in sorted(places):
        lock_counter(session, of_slot)
        change_held_back(session, of_slot, places[of_slot])
    return len(released)


def due_no_shows(session: Session, now: datetime) -> sa.Select[str] | None:
    """The tickets whose grace is over; None where nobody has set one."""
    graces = session.execute(
        sa.select(Experience.id, Experience.no_show_after).where(
            Experience.no_show_after.is_not(None)
        )
    ).all()
    if not graces:
        return None
    asked = sa.exists().where(
        Offer.booking_id == Ticket.booking_id, Offer.status == OfferStatus.OPEN
    )
    begun = (
        sa.and_(Slot.experience_id == each, Slot.starts_at <= now - (after or timedelta()))
        for each, after in graces
    )
    return (
        sa.select(Ticket.id)
        .join(Slot, Slot.id == Ticket.slot_id)
        .join(Booking, Booking.id == Ticket.booking_id)
        .where(
            sa.or_(*begun),
            Slot.starts_at > now - _LONGEST_WINDOW,
            Slot.ends_at > now,
            Slot.state == SlotState.OPEN,
            Ticket.status == TicketStatus.VALID,
            Ticket.admitted == 0,
            Ticket.released_at.is_(None),
            Booking.status == BookingStatus.CONFIRMED,
            Booking.walk_in.is_(False),
            ~asked,
        )
    )


def make_room(session: Session, ticket_id: str, *, now: datetime, actor: Actor) -> bool:
    """Let a late party's ticket count again, before it is admitted, if there is room; False when
    its places have gone to others and none are left."""
    try:
        with session.begin_nested():
            _take_back(session, ticket_id, now, actor)
            settle_ceilings(session)
    except ConflictError:
        return False
    return True


def admitted_late(session: Session, now: datetime) -> Sequence[str]:
    """Tickets of late parties whom a gate let in by itself: `make_room` lets each count again, in
    a transaction of its own. Where there is no room the gate alone counts them."""
    inside = sa.select(Ticket.id).join(Slot, Slot.id == Ticket.slot_id)
    inside = inside.where(
        Ticket.released_at.is_not(None),
        Ticket.admitted > 0,
        Slot.ends_at > now,
        Slot.starts_at > now - _LONGEST_WINDOW,
    )
    return session.scalars(inside.order_by(Ticket.slot_id, Ticket.id)).all()


def _take_back(session: Session, ticket_id: str, now: datetime, actor: Actor) -> None:
    found = session.execute(
        sa.update(Ticket)
        .where(Ticket.id == ticket_id, Ticket.released_at.is_not(None))
        .values(released_at=None)
        .returning(Ticket.booking_id, Ticket.slot_id, Ticket.party_size),
        execution_options={"synchronize_session": False},
    ).one_or_none()
    if found is not None:
        _record(session, found.booking_id, "came_late", actor, now)
        take_on_the_spot(session, found.slot_id, found.party_size, now)


def _record(session: Session, booking_id: int, action: str, actor: Actor, at: datetime) -> None:
    reference = session.scalar(sa.select(Booking.reference).where(Booking.id == booking_id))
    subject = ("booking", reference)
    record(session, actor=actor, action=f"booking.{action}", subject=subject, at=at)
