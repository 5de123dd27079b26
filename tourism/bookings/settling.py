"""What time and other changes do to offers: fallbacks, withdrawals, and offers that are missing.

All bookings are changed before any counter: a party that is just cancelling or moving stands on its
booking and waits for the counter, and must not be waited for meanwhile.

Nothing waits for it: whoever looks at a booking or at places does it first, `tourism sweep` too.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, joinedload

from tourism.audit.operations import SYSTEM
from tourism.bookings.changes import Changes, shift_places, sums
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
from tourism.bookings.placing import (
    NOBODY_IS_IN,
    NOWHERE_ELSE,
    lock_around,
    parties_of,
    slots_ahead,
)
from tourism.bookings.queries import get_booking
from tourism.experiences.models import Slot, SlotState
from tourism.experiences.neighbours import Elsewhere


def settle(session: Session, *, now: datetime) -> int:
    """Do what was announced for offers nobody has answered, withdraw those whose booking was
    changed by other means, and make offers that are missing. Says how many it settled."""
    offers = session.scalars(_to_settle(now)).all()
    changes = sums(change for offer in offers for change in _settle(session, offer, now))
    missing = _missing(session, now)
    slots = [slot for _closure, slot in missing]
    lock_around(session, slots, now, _anywhere(session, slots), also=changes)
    shift_places(session, changes, now)
    made = 0
    for closure, slot in missing:
        made += len(make_offers(session, closure, parties_of(session, [slot.id]), now))
    return len(offers) + made


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
        .order_by(Offer.booking_id, Offer.id)
        .with_for_update(skip_locked=True, of=Offer)
    )


def _settle(session: Session, offer: Offer, now: datetime) -> Changes:
    """How the counters change by it; booking and ticket are changed here."""
    booking = get_booking(session, offer.booking.reference)
    gone = booking.status is not BookingStatus.CONFIRMED or booking.slot_id != offer.from_slot_id
    if gone or any(ticket.admitted for ticket in booking.tickets):
        return _withdraw(session, offer, now)
    try:
        with session.begin_nested():
            answer(session, offer, OfferStatus.FALLBACK, now)
            return _fall_back(session, booking, offer, now)
    except (BookingChangedError, BookingCancelledError, BookingUsedError):
        session.refresh(offer)
        return _withdraw(session, offer, now)


def _fall_back(session: Session, booking: Booking, offer: Offer, now: datetime) -> Changes:
    if offer.closure.reason is ClosureReason.FEWER_PLACES:  # the slot takes place: they may come
        return [(offer.slot_id, -offer.places)]
    if offer.slot_id is not None:
        return take_held(session, booking, offer, now, SYSTEM)
    return cancel_offered(session, booking, offer, now, SYSTEM)


def _withdraw(session: Session, offer: Offer, now: datetime) -> Changes:
    answer(session, offer, OfferStatus.WITHDRAWN, now)
    return [(offer.slot_id, -offer.places)]


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


def _missing(session: Session, now: datetime) -> list[tuple[Closure, Slot]]:
    """Closures that have not asked those who were confirming while their slot was being closed."""
    found = session.execute(_stragglers().where(Slot.ends_at > now)).all()
    return [
        (session.get_one(Closure, closure_id), slot)
        for closure_id, slot_id in found
        for slot in slots_ahead(session, [slot_id], now)
    ]


def _anywhere(session: Session, slots: Sequence[Slot]) -> Elsewhere:
    """Every orchard to which any closure could send parties of these slots."""
    return elsewhere_for(session, slots, ClosureReason.PICKED_OUT) if slots else NOWHERE_ELSE
