"""A party's answer to what it is offered instead of its slot: take it, take another, cancel."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tourism.audit.operations import Actor
from tourism.bookings.changes import Changes, cancel_as_host, put_on, shift_places, sums
from tourism.bookings.errors import OfferAnsweredError, OfferNotFoundError, OtherExperienceError
from tourism.bookings.models import Booking, BookingStatus, Offer, OfferStatus
from tourism.bookings.queries import get_held_slot, get_slot_to_book
from tourism.experiences.errors import SlotClosedError, SlotOverError
from tourism.experiences.models import Experience, Slot, SlotState


def find_open_offer(session: Session, booking: Booking) -> Offer | None:
    """The offer that the party has to answer, with its slot and closure."""
    query = _offers().where(Offer.booking_id == booking.id, Offer.status == OfferStatus.OPEN)
    return session.scalar(query)


def open_offers(session: Session, booking_ids: Collection[int]) -> dict[int, Offer]:
    """As `find_open_offer`, for several bookings by their ids."""
    query = _offers().where(Offer.booking_id.in_(booking_ids), Offer.status == OfferStatus.OPEN)
    return {each.booking_id: each for each in session.scalars(query)}


def find_last_offer(session: Session, booking: Booking) -> Offer | None:
    """The last offer the party had, however it ended."""
    query = _offers().where(Offer.booking_id == booking.id).order_by(Offer.id.desc()).limit(1)
    return session.scalar(query)


def get_open_offer(session: Session, booking: Booking) -> Offer:
    """Raises OfferAnsweredError or OfferNotFoundError."""
    found = find_last_offer(session, booking)
    if found is None:
        raise OfferNotFoundError(reference=booking.reference)
    if found.status is not OfferStatus.OPEN:
        raise OfferAnsweredError(status=found.status)
    return found


def accept_offer(session: Session, *, booking: Booking, now: datetime, actor: Actor) -> Booking:
    """Take the slot that is held. Done already, it changes nothing. Raises OfferAnsweredError."""
    offer = find_last_offer(session, booking)
    if offer is not None and offer.status is OfferStatus.ACCEPTED:
        return booking
    offer = get_open_offer(session, booking)
    if offer.slot_id is None:
        raise OfferAnsweredError(status=offer.status)
    answer(session, offer, OfferStatus.ACCEPTED, now)
    shift_places(session, sums(take_held(session, booking, offer, now, actor)), now)
    return booking


def choose_other(
    session: Session, *, booking: Booking, slot_id: int, now: datetime, actor: Actor
) -> Booking:
    """Take another slot than the one held; free of the experience's time for changes.

    Raises what `hold_slot` raises for the slot, OtherExperienceError, or OfferAnsweredError.
    """
    offer = get_open_offer(session, booking)
    if slot_id == offer.slot_id:
        return accept_offer(session, booking=booking, now=now, actor=actor)
    slot, _zone = get_slot_to_book(session, slot_id)
    _check_other(booking, slot, now)
    answer(session, offer, OfferStatus.MOVED, now)
    freed, size = booking.slot_id, booking.party_size
    put_on(session, booking, slot, now=now, actor=actor, action="move")
    kept = sums([(offer.slot_id, -offer.places), (freed, -size), (slot.id, size)])
    shift_places(session, kept, now)
    return booking


def decline_offer(session: Session, *, booking: Booking, now: datetime, actor: Actor) -> Booking:
    """Cancel instead; at any time, for it is not the party's doing. Done already, it changes
    nothing. Raises OfferAnsweredError."""
    if booking.status is BookingStatus.CANCELLED:
        return booking
    offer = get_open_offer(session, booking)
    answer(session, offer, OfferStatus.CANCELLED, now)
    shift_places(session, sums(cancel_offered(session, booking, offer, now, actor)), now)
    return booking


def answer(session: Session, offer: Offer, status: OfferStatus, now: datetime) -> None:
    """End the offer, once: who comes second finds it ended."""
    done = session.scalar(
        sa.update(Offer)
        .where(Offer.id == offer.id, Offer.status == OfferStatus.OPEN)
        .values(status=status, answered_at=now)
        .returning(Offer.id),
        execution_options={"synchronize_session": False},
    )
    if done is None:
        raise OfferAnsweredError(status=offer.status)


def take_held(
    session: Session, booking: Booking, offer: Offer, now: datetime, actor: Actor
) -> Changes:
    """The held places become the booking's own; what it does not need goes back. How the counters
    change is the caller's to write."""
    slot = get_held_slot(session, offer.slot_id or 0)
    old, size = booking.slot_id, booking.party_size
    put_on(session, booking, slot, now=now, actor=actor, action="move")
    return [(old, -size), (slot.id, size - offer.places)]


def cancel_offered(
    session: Session, booking: Booking, offer: Offer, now: datetime, actor: Actor
) -> Changes:
    """Both its own places and those held for it go back, by the caller."""
    cancel_as_host(session, booking=booking, now=now, actor=actor)
    return [(booking.slot_id, -booking.party_size), (offer.slot_id, -offer.places)]


def _offers() -> sa.Select[Offer]:
    where = joinedload(Offer.slot).joinedload(Slot.experience).joinedload(Experience.place)
    return sa.select(Offer).options(where, joinedload(Offer.closure))


def _check_other(booking: Booking, slot: Slot, now: datetime) -> None:
    if slot.experience_id != booking.slot.experience_id:
        raise OtherExperienceError(slot_id=slot.id)
    if slot.state is not SlotState.OPEN or slot.id == booking.slot_id:
        raise SlotClosedError(slot_id=slot.id, state=slot.state)
    if now >= slot.ends_at - slot.experience.booking_cutoff:
        raise SlotOverError(slot_id=slot.id)
