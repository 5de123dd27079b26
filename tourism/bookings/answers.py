"""What became of closures: which parties have answered, and how."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload

from tourism.accounts.models import User
from tourism.bookings.errors import BookingNotFoundError, ClosureNotFoundError
from tourism.bookings.models import Booking, Closure, ClosureSlot, Offer, OfferStatus
from tourism.experiences.models import Experience, Slot
from tourism.experiences.ownership import is_theirs

_ORDER = (
    OfferStatus.OPEN,
    OfferStatus.ACCEPTED,
    OfferStatus.MOVED,
    OfferStatus.CANCELLED,
    OfferStatus.FALLBACK,
    OfferStatus.WITHDRAWN,
)


@dataclass(frozen=True, slots=True)
class ClosureCount:
    """A closure, from when to when its slots begin, and how many parties gave which answer."""

    closure: Closure
    slots: int
    first: datetime
    last: datetime
    parties: Mapping[OfferStatus, int]

    @property
    def asked(self) -> int:
        return sum(self.parties.values())

    @property
    def waiting(self) -> int:
        """Who has not answered yet."""
        return self.parties.get(OfferStatus.OPEN, 0)


@dataclass(frozen=True, slots=True)
class Answers:
    """A closure with its slots, and each party's offer, by how it stands: open ones first."""

    closure: Closure
    slots: Sequence[Slot]
    offers: Mapping[OfferStatus, Sequence[Offer]]

    @property
    def asked(self) -> int:
        return sum(map(len, self.offers.values()))

    @property
    def waiting(self) -> Sequence[Offer]:
        return self.offers.get(OfferStatus.OPEN, ())


def closures_of(session: Session, user: User, limit: int = 50) -> list[ClosureCount]:
    """The latest closures of slots that are theirs, newest first; of others' slots in the same
    closure nothing is counted. Two queries."""
    times = sa.func.count(), sa.func.min(Slot.starts_at), sa.func.max(Slot.starts_at)
    query = (
        sa.select(Closure, *times)
        .join(ClosureSlot, ClosureSlot.closure_id == Closure.id)
        .join(Slot, Slot.id == ClosureSlot.slot_id)
        .join(Slot.experience)
        .where(is_theirs(user))
        .group_by(Closure.id)
        .order_by(Closure.id.desc())
        .limit(limit)
    )
    rows = session.execute(query).all()
    parties = _parties(session, user, [row[0].id for row in rows])
    return [ClosureCount(*row, parties=parties.get(row[0].id, {})) for row in rows]


def get_answers(session: Session, user: User, closure_id: int) -> Answers:
    """Raises ClosureNotFoundError unless one of its slots is theirs. Three queries."""
    slots = session.scalars(_slots(user, closure_id)).all()
    if not slots:
        raise ClosureNotFoundError(closure_id=closure_id)
    closure = session.get_one(Closure, closure_id)
    offers = session.scalars(_offers(user, closure_id)).all()
    by_status = {
        status: found
        for status in _ORDER
        if (found := [offer for offer in offers if offer.status is status])
    }
    return Answers(closure, slots, by_status)


def get_asked(session: Session, user: User, closure_id: int, reference: str) -> Booking:
    """A party that the closure has asked. Raises BookingNotFoundError for every other."""
    query = _offers(user, closure_id).where(Booking.reference == reference)
    found = session.scalar(query.join(Offer.booking))
    if found is None:
        raise BookingNotFoundError(reference=reference)
    return found.booking


def _slots(user: User, closure_id: int) -> sa.Select[Slot]:
    return (
        sa.select(Slot)
        .join(ClosureSlot, ClosureSlot.slot_id == Slot.id)
        .join(Slot.experience)
        .where(ClosureSlot.closure_id == closure_id, is_theirs(user))
        .options(joinedload(Slot.experience))
        .order_by(Slot.starts_at, Slot.id)
    )


def _offers(user: User, closure_id: int) -> sa.Select[Offer]:
    """Of parties whose slot was theirs, by the time they would have come."""
    was = aliased(Slot)
    booked = joinedload(Offer.booking).joinedload(Booking.slot).joinedload(Slot.experience)
    return (
        sa.select(Offer)
        .join(was, was.id == Offer.from_slot_id)
        .join(Experience, Experience.id == was.experience_id)
        .where(Offer.closure_id == closure_id, is_theirs(user))
        .options(booked, joinedload(Offer.slot), joinedload(Offer.from_slot))
        .order_by(was.starts_at, Offer.id)
    )


def _parties(
    session: Session, user: User, closure_ids: Collection[int]
) -> dict[int, dict[OfferStatus, int]]:
    query = (
        sa.select(Offer.closure_id, Offer.status, sa.func.count())
        .join(Slot, Slot.id == Offer.from_slot_id)
        .join(Slot.experience)
        .where(Offer.closure_id.in_(closure_ids), is_theirs(user))
        .group_by(Offer.closure_id, Offer.status)
    )
    found: dict[int, dict[OfferStatus, int]] = {}
    for closure_id, status, count in session.execute(query):
        found.setdefault(closure_id, {})[status] = count
    return found
