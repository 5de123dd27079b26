"""Slots that do not take place: who is affected, equal places held for them, offers, fallback.

Every affected party gets an offer: the nearest slot of the same experience with room for all of
it, where its places are held at once on the ledger. Until the deadline it takes that slot, chooses
another or cancels; otherwise the fallback does what the offer had announced.

A closure changes no booking, so it waits for none while it stands on the slots' counters, which it
locks in the order of their ids. Bookings that were being confirmed at that instant are found by
`settle`, which also ends offers whose time is over or whose booking was changed by other means.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, joinedload

from tourism.audit.operations import SYSTEM, Actor, record
from tourism.bookings.changes import cancel_as_host, put_on, shift_places
from tourism.bookings.errors import (
    BookingCancelledError,
    BookingChangedError,
    BookingUsedError,
    NothingToCloseError,
    OfferAnsweredError,
    OfferNotFoundError,
    OtherExperienceError,
)
from tourism.bookings.models import (
    Booking,
    BookingStatus,
    Closure,
    ClosureReason,
    ClosureSlot,
    Offer,
    OfferStatus,
)
from tourism.bookings.queries import get_booking, get_slot_to_book
from tourism.core.languages import Texts
from tourism.core.money import Money
from tourism.experiences.errors import SlotClosedError, SlotOverError
from tourism.experiences.models import Experience, Slot, SlotState
from tourism.tickets.models import Ticket

ANSWER_WITHIN = timedelta(hours=24)
FARTHEST = timedelta(days=7)  # an equal slot lies at most so far from the one that is closed
_NOBODY_IS_IN = ~sa.exists().where(Ticket.booking_id == Booking.id, Ticket.admitted > 0)


@dataclass(frozen=True, slots=True)
class Affected:
    """A party that cannot come as booked, and the slot that can take it, if one can."""

    booking: Booking
    slot: Slot | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a closure would do, in numbers."""

    slots: Sequence[Slot]
    affected: Sequence[Affected]

    @property
    def people(self) -> int:
        return sum(each.booking.party_size for each in self.affected)

    @property
    def unplaced(self) -> Sequence[Affected]:
        return [each for each in self.affected if each.slot is None]

    @property
    def money(self) -> Money | None:
        """What the affected parties would have paid, as far as it is known."""
        known = [each.booking.total for each in self.affected if each.booking.total]
        return sum(known[1:], known[0]) if known else None

    @property
    def taking(self) -> list[tuple[Slot, int]]:
        """Each slot that would take parties, with how many people, in order of time."""
        people: Counter[Slot] = Counter()
        for each in self.affected:
            if each.slot is not None:
                people[each.slot] += each.booking.party_size
        return sorted(people.items(), key=lambda item: item[0].starts_at)


def plan_closure(session: Session, *, slot_ids: Collection[int], now: datetime) -> Plan:
    """What closing these slots would do; nothing is changed. Slots that are over are left out."""
    slots = slots_ahead(session, slot_ids, now)
    return Plan(slots, _place(session, parties_of(session, slot_ids), slots, now))


def close_slots(
    session: Session,
    *,
    slot_ids: Collection[int],
    reason: ClosureReason,
    now: datetime,
    actor: Actor,
    words: Texts | None = None,
    answer_within: timedelta = ANSWER_WITHIN,
) -> Closure:
    """Close slots, hold equal places for those who have booked, and make each an offer.

    Raises NothingToCloseError when none of them is left to close. Slots closed before are closed
    again without harm: who has an open offer keeps it.
    """
    slots = slots_ahead(session, slot_ids, now)
    if not slots:
        raise NothingToCloseError
    _lock(session, slots, now)
    session.execute(
        sa.update(Slot)
        .where(Slot.id.in_([slot.id for slot in slots]))
        .values(state=SlotState.CLOSED, closed_for=reason, closed_words=words or {}),
        execution_options={"synchronize_session": "fetch"},
    )
    closure = _closure(session, slots, reason, now, now + answer_within, actor)
    closure.words = words or {}
    make_offers(session, closure, parties_of(session, slot_ids), now)
    return closure


def make_offers(
    session: Session, closure: Closure, parties: Sequence[Booking], now: datetime
) -> list[Offer]:
    """Hold places for these parties as far as there are any, and make each an offer."""
    slots = list({booking.slot_id: booking.slot for booking in parties}.values())
    placed = _place(session, parties, slots, now)
    offers = [_offer(closure, each) for each in placed]
    session.add_all(offers)
    session.flush()
    shift_places(session, _sums((each.slot_id, each.places) for each in offers), now)
    return offers


def ask_to_move(
    session: Session,
    slot: Slot,
    parties: Sequence[Booking],
    *,
    now: datetime,
    within: timedelta,
) -> None:
    """Ask parties of a slot that takes place to come at another time, where places are held for
    them. Without an answer they stay where they are. Who has an open offer is not asked again."""
    if not parties:
        return
    _lock(session, [slot], now)
    closure = Closure(
        reason=ClosureReason.FEWER_PLACES,
        answer_by=min(now + within, slot.starts_at),
        created_at=now,
        slots=[ClosureSlot(slot_id=slot.id)],
    )
    session.add(closure)
    session.flush()
    largest_first = sorted(parties, key=lambda each: (-each.party_size, each.id))
    make_offers(session, closure, largest_first, now)


def find_open_offer(session: Session, booking: Booking) -> Offer | None:
    """The offer that the party has to answer, with its slot and closure."""
    query = _offers().where(Offer.booking_id == booking.id, Offer.status == OfferStatus.OPEN)
    return session.scalar(query)


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
    _answer(session, offer, OfferStatus.ACCEPTED, now)
    _take_held(session, booking, offer, now, actor)
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
    _answer(session, offer, OfferStatus.MOVED, now)
    freed, size = booking.slot_id, booking.party_size
    put_on(session, booking, slot, now=now, actor=actor, action="move")
    kept = _sums([(offer.slot_id, -offer.places), (freed, -size), (slot.id, size)])
    shift_places(session, kept, now)
    return booking


def decline_offer(session: Session, *, booking: Booking, now: datetime, actor: Actor) -> Booking:
    """Cancel instead; at any time, for it is not the party's doing. Done already, it changes
    nothing. Raises OfferAnsweredError."""
    if booking.status is BookingStatus.CANCELLED:
        return booking
    offer = get_open_offer(session, booking)
    _answer(session, offer, OfferStatus.CANCELLED, now)
    _cancel(session, booking, offer, now, actor)
    return booking


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


def slots_ahead(session: Session, slot_ids: Collection[int], now: datetime) -> list[Slot]:
    """Those of the slots that are not over, with their experience, in order of time."""
    query = (
        sa.select(Slot)
        .join(Slot.experience)
        .where(Slot.id.in_(slot_ids), Slot.ends_at > now)
        .options(contains_eager(Slot.experience))
    )
    return list(session.scalars(query.order_by(Slot.starts_at)))


def parties_of(session: Session, slot_ids: Collection[int]) -> Sequence[Booking]:
    """Confirmed parties of these slots of whom nobody is in and who have no open offer yet; the
    largest first, for they are the hardest to place, then in the order of booking."""
    has_offer = sa.exists().where(Offer.booking_id == Booking.id, Offer.status == OfferStatus.OPEN)
    query = (
        sa.select(Booking)
        .where(
            Booking.slot_id.in_(slot_ids),
            Booking.status == BookingStatus.CONFIRMED,
            _NOBODY_IS_IN,
            ~has_offer,
        )
        .options(joinedload(Booking.slot).joinedload(Slot.experience))
        .order_by(Booking.party_size.desc(), Booking.id)
    )
    return session.scalars(query).all()


def _near(slots: Sequence[Slot], now: datetime) -> sa.ColumnElement[bool]:
    """Slots of the same experiences, not these themselves, that could take their parties."""
    first = min((slot.starts_at for slot in slots), default=now)
    last = max((slot.starts_at for slot in slots), default=now)
    return sa.and_(
        Slot.experience_id.in_({slot.experience_id for slot in slots}),
        Slot.id.not_in([slot.id for slot in slots]),
        Slot.starts_at > now,
        Slot.starts_at.between(first - FARTHEST, last + FARTHEST),
    )


def _candidates(session: Session, slots: Sequence[Slot], now: datetime) -> Sequence[Slot]:
    query = (
        sa.select(Slot)
        .join(Slot.experience)
        .where(_near(slots, now), Slot.state == SlotState.OPEN, Experience.is_published)
        .options(contains_eager(Slot.experience))
    )
    return session.scalars(query.order_by(Slot.id)).all()


def _left(session: Session, candidates: Sequence[Slot]) -> dict[int, int]:
    """The places left as the counters stand, not as they stood when a slot was first read."""
    query = sa.select(Slot.id, Slot.capacity - Slot.taken)
    rows = session.execute(query.where(Slot.id.in_([slot.id for slot in candidates])))
    return {row[0]: row[1] for row in rows}


def _lock(session: Session, slots: Sequence[Slot], now: datetime) -> None:
    """Every counter that the closure may change, in the order that all others keep."""
    these = Slot.id.in_([slot.id for slot in slots])
    query = sa.select(Slot.id).where(these | _near(slots, now)).order_by(Slot.id)
    session.execute(query.with_for_update()).all()


def _place(
    session: Session, parties: Sequence[Booking], slots: Sequence[Slot], now: datetime
) -> list[Affected]:
    """Each party to the nearest slot in time that still has room for all of it."""
    candidates = _candidates(session, slots, now)
    left = _left(session, candidates)
    placed = []
    for booking in parties:
        fit = [each for each in candidates if left[each.id] >= booking.party_size]
        same = [each for each in fit if each.experience_id == booking.slot.experience_id]
        slot = min(same, key=lambda each: _distance(booking.slot, each), default=None)
        if slot is not None:
            left[slot.id] -= booking.party_size
        placed.append(Affected(booking, slot))
    return placed


def _distance(old: Slot, new: Slot) -> tuple[timedelta, datetime]:
    return abs(new.starts_at - old.starts_at), new.starts_at


def _closure(
    session: Session,
    slots: Sequence[Slot],
    reason: ClosureReason,
    now: datetime,
    answer_by: datetime,
    actor: Actor,
) -> Closure:
    closure = Closure(
        reason=reason,
        answer_by=answer_by,
        created_at=now,
        slots=[ClosureSlot(slot_id=slot.id) for slot in slots],
    )
    session.add(closure)
    for slot in slots:
        record(
            session,
            actor=actor,
            action="slots.closure",
            subject=("slot", slot.id),
            at=now,
            after={"reason": reason, "taken": slot.taken},
        )
    session.flush()
    return closure


def _offer(closure: Closure, affected: Affected) -> Offer:
    slot = affected.slot
    # Whoever has not answered when the held slot begins would come to nothing.
    answer_by = min(closure.answer_by, slot.starts_at) if slot else closure.answer_by
    return Offer(
        closure_id=closure.id,
        booking_id=affected.booking.id,
        from_slot_id=affected.booking.slot_id,
        slot_id=slot and slot.id,
        places=affected.booking.party_size if slot else 0,
        status=OfferStatus.OPEN,
        answer_by=answer_by,
    )


def _offers() -> sa.Select[Offer]:
    return sa.select(Offer).options(joinedload(Offer.slot), joinedload(Offer.closure))


def _answer(session: Session, offer: Offer, status: OfferStatus, now: datetime) -> None:
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


def _take_held(
    session: Session, booking: Booking, offer: Offer, now: datetime, actor: Actor
) -> None:
    """The held places become the booking's own; what it does not need goes back."""
    slot, _zone = get_slot_to_book(session, offer.slot_id or 0)
    old, size = booking.slot_id, booking.party_size
    put_on(session, booking, slot, now=now, actor=actor, action="move")
    shift_places(session, _sums([(old, -size), (slot.id, size - offer.places)]), now)


def _cancel(session: Session, booking: Booking, offer: Offer, now: datetime, actor: Actor) -> None:
    cancel_as_host(session, booking=booking, now=now, actor=actor)
    freed = [(booking.slot_id, -booking.party_size), (offer.slot_id, -offer.places)]
    shift_places(session, _sums(freed), now)


def _check_other(booking: Booking, slot: Slot, now: datetime) -> None:
    if slot.experience_id != booking.slot.experience_id:
        raise OtherExperienceError(slot_id=slot.id)
    if slot.state is not SlotState.OPEN or slot.id == booking.slot_id:
        raise SlotClosedError(slot_id=slot.id, state=slot.state)
    if now >= slot.ends_at - slot.experience.booking_cutoff:
        raise SlotOverError(slot_id=slot.id)


def _sums(changes: Iterable[tuple[int | None, int]]) -> Mapping[int, int]:
    sums: dict[int, int] = {}
    for slot_id, places in changes:
        if slot_id is not None:
            sums[slot_id] = sums.get(slot_id, 0) + places
    return sums


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
            _answer(session, offer, OfferStatus.FALLBACK, now)
            _fall_back(session, booking, offer, now)
    except (BookingChangedError, BookingCancelledError, BookingUsedError):
        session.refresh(offer)
        return _withdraw(session, offer, now)
    return True


def _fall_back(session: Session, booking: Booking, offer: Offer, now: datetime) -> None:
    if offer.closure.reason is ClosureReason.FEWER_PLACES:  # the slot takes place: they may come
        shift_places(session, _sums([(offer.slot_id, -offer.places)]), now)
    elif offer.slot_id is not None:
        _take_held(session, booking, offer, now, SYSTEM)
    else:
        _cancel(session, booking, offer, now, SYSTEM)


def _withdraw(session: Session, offer: Offer, now: datetime) -> bool:
    _answer(session, offer, OfferStatus.WITHDRAWN, now)
    shift_places(session, _sums([(offer.slot_id, -offer.places)]), now)
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
            Booking.status == BookingStatus.CONFIRMED,
            _NOBODY_IS_IN,
            ~has_offer,
        )
        .distinct()
    )


def _offer_to_stragglers(session: Session, now: datetime) -> int:
    """Offers for those who were confirming while their slot was being closed."""
    made = 0
    for closure_id, slot_id in session.execute(_stragglers().where(Slot.ends_at > now)).all():
        _lock(session, slots_ahead(session, [slot_id], now), now)
        parties = parties_of(session, [slot_id])
        made += len(make_offers(session, session.get_one(Closure, closure_id), parties, now))
    return made
