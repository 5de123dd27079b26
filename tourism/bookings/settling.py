"""What time and other changes do to offers: fallbacks, withdrawals, and offers that are missing.

Nothing waits for it: whoever looks at a booking or at places does it first, `tourism sweep` too.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, joinedload

from tourism.audit.operations import SYSTEM
from tourism.bookings.changes import shift_places, sums
from tourism.bookings.closures import elsewhere_for, make_offers
from tourism.bookings.errors import BookingCancelledError, BookingChangedError, BookingUsedError
from tourism.bookings.models import (
    Booking,
    BookingStatus,
    Closure,
    ClosureReason,
    ClosureSlot,
    Offer,
    OfferStatus,
)
from tourism.bookings.offers import answer, cancel_offered, take_held
from tourism.bookings.placing import NOBODY_IS_IN, lock_around, parties_of, slots_ahead
from tourism.bookings.queries import get_booking
from tourism.experiences.models import Slot, SlotState


def settle(session: Session, *, now: datetime) -> int:
    """Do what was announced for offers nobody has answered, withdraw those whose booking was
    changed by other means, and make offers that are missing. Says how many it settled."""
    settled = 0
    for offer in session.scalars(_to_settle(now)).all():
        settled += _settle(session, offer, now)
    return settled + _offer_to_stragglers(session, now)


def overdue_offers(now: datetime) -> sa.Select[int]:
    """The ids of offers whose time is over; a read of a small index."""
    return sa.select(Offer.id).where(Offer.status == _open(), Offer.answer_by <= now)


def lacks_offer(session: Session, booking: Booking) -> bool:
    """Whether its slot was closed while it was being confirmed, so that nobody asked it yet."""
    query = _stragglers().where(Booking.id == booking.id)
    return session.execute(query).first() is not None


def _open() -> sa.BindParameter[OfferStatus]:
    """The status in the statement itself: only then the index of open offers is used."""
    return sa.literal(OfferStatus.OPEN, Offer.status.type, literal_execute=True)


def _to_settle(now: datetime) -> sa.Select[Offer]:
    """Open offers that are over or withdrawn by what became of their booking. Those that somebody
    is just answering are left to them."""
    is_gone = sa.or_(
        Booking.status != BookingStatus.CONFIRMED, Booking.slot_id != Offer.from_slot_id
    )
    return (
        sa.select(Offer)
        .join(Offer.booking)
        .where(Offer.status == OfferStatus.OPEN, sa.or_(Offer.answer_by <= now, is_gone))
        .options(contains_eager(Offer.booking), joinedload(Offer.closure))
        .order_by(Offer.id)
        .with_for_update(skip_locked=True, of=Offer)
    )


def _settle(session: Session, offer: Offer, now: datetime) -> bool:
    booking = get_booking(session, offer.booking.reference)
    gone = booking.status is not BookingStatus.CONFIRMED or booking.slot_id != offer.from_slot_id
    if gone or any(ticket.admitted for ticket in booking.tickets):
        return _withdraw(session, offer, now)
    try:
        with session.begin_nested():
            answer(session, offer, OfferStatus.FALLBACK, now)
            _fall_back(session, booking, offer, now)
    except (BookingChangedError, BookingCancelledError, BookingUsedError):
        session.refresh(offer)
        return _withdraw(session, offer, now)
    return True


def _fall_back(session: Session, booking: Booking, offer: Offer, now: datetime) -> None:
    if offer.closure.reason is ClosureReason.FEWER_PLACES:  # the slot takes place: they may come
        shift_places(session, sums([(offer.slot_id, -offer.places)]), now)
    elif offer.slot_id is not None:
        take_held(session, booking, offer, now, SYSTEM)
    else:
        cancel_offered(session, booking, offer, now, SYSTEM)


def _withdraw(session: Session, offer: Offer, now: datetime) -> bool:
    answer(session, offer, OfferStatus.WITHDRAWN, now)
    shift_places(session, sums([(offer.slot_id, -offer.places)]), now)
    return True


def _stragglers() -> sa.Select[int, int]:
    """Closures and slots with a confirmed party that has no offer of it."""
    has_offer = sa.exists().where(
        Offer.booking_id == Booking.id, Offer.closure_id == ClosureSlot.closure_id
    )
    return (
        sa.select(ClosureSlot.closure_id, Booking.slot_id)
        .join(Booking, Booking.slot_id == ClosureSlot.slot_id)
        .join(Slot, Slot.id == ClosureSlot.slot_id)
        .join(Closure, Closure.id == ClosureSlot.closure_id)
        .where(
            Closure.reason != ClosureReason.FEWER_PLACES,
            Slot.state == SlotState.CLOSED,
            # Opened again and closed for new bookings only, it takes place.
            Slot.closed_for.is_not(None),
            ClosureSlot.lifted_at.is_(None),
            Booking.status == BookingStatus.CONFIRMED,
            NOBODY_IS_IN,
            ~has_offer,
        )
        .distinct()
    )


def _offer_to_stragglers(session: Session, now: datetime) -> int:
    """Offers for those who were confirming while their slot was being closed."""
    made = 0
    for closure_id, slot_id in session.execute(_stragglers().where(Slot.ends_at > now)).all():
        closure, slots = session.get_one(Closure, closure_id), slots_ahead(session, [slot_id], now)
        lock_around(session, slots, now, elsewhere_for(session, slots, closure.reason))
        made += len(make_offers(session, closure, parties_of(session, [slot_id]), now))
    return made
