"""Where the parties of a slot could go: the nearest slot of the same experience with room for all,
or, when everything there is picked, the next orchard that has room on the same day.

Whoever is about to hold places for several parties locks all counters that may change, in the order
of their ids, before it looks what is left.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, joinedload

from tourism.bookings.models import Booking, BookingStatus, Offer, OfferStatus
from tourism.bookings.queries import SOMEBODY_IS_IN
from tourism.experiences.ceiling_room import room_below_ceilings
from tourism.experiences.models import Experience, Slot, SlotState
from tourism.experiences.neighbours import Elsewhere
from tourism.experiences.operations import lock_counters

FARTHEST = timedelta(days=7)  # an equal slot lies at most so far from the one that is closed
SAME_DAY = timedelta(hours=10)  # who is sent to another orchard comes there so near to its time
NOWHERE_ELSE: Elsewhere = {}
NOBODY_IS_IN = ~SOMEBODY_IS_IN


@dataclass(frozen=True, slots=True)
class Affected:
    """A party that cannot come as booked, and the slot that can take it, if one can."""

    booking: Booking
    slot: Slot | None

    @property
    def slot_id(self) -> int | None:
        return self.slot.id if self.slot else None


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
            NOBODY_IS_IN,
            ~has_offer,
        )
        .options(joinedload(Booking.slot).joinedload(Slot.experience))
        .order_by(Booking.party_size.desc(), Booking.id)
    )
    return session.scalars(query).all()


def lock_around(
    session: Session,
    slots: Sequence[Slot],
    now: datetime,
    elsewhere: Elsewhere = NOWHERE_ELSE,
    also: Collection[int] = (),
) -> None:
    """Every counter that a closure of these slots may change, and others that change with it."""
    near = session.scalars(sa.select(Slot.id).where(_near(slots, now, elsewhere))).all()
    lock_counters(session, {*(slot.id for slot in slots), *near, *also})


def place(
    session: Session,
    parties: Sequence[Booking],
    slots: Sequence[Slot],
    now: datetime,
    elsewhere: Elsewhere = NOWHERE_ELSE,
) -> list[Affected]:
    """Each party to the nearest slot in time that still has room for all of it, also below the
    ceilings: there a party counts twice until it has answered. With ``elsewhere`` the next
    orchard on the same day comes before another time at the same one."""
    candidates = _candidates(session, slots, now, elsewhere)
    left = _left(session, candidates)
    room = room_below_ceilings(session, left)
    placed = []
    for booking in parties:
        size = booking.party_size
        fit = [each for each in candidates if room.within(each.id, left[each.id]) >= size]
        slot = _next_orchard(booking, fit, elsewhere) or _nearest(booking.slot, fit)
        if slot is not None:
            left[slot.id] -= size
            room.take(slot.id, size)
        placed.append(Affected(booking, slot))
    return placed


def _next_orchard(booking: Booking, fit: Sequence[Slot], elsewhere: Elsewhere) -> Slot | None:
    """A slot at the nearest orchard that has one with room that day. What a channel has sold
    stays with the experience that the channel sells."""
    if booking.channel_id is not None:
        return None
    for experience_id in elsewhere.get(booking.slot.experience_id, ()):
        there = [each for each in fit if each.experience_id == experience_id]
        that_day = [each for each in there if _distance(booking.slot, each)[0] <= SAME_DAY]
        if that_day:
            return min(that_day, key=lambda each: _distance(booking.slot, each))
    return None


def _nearest(old: Slot, fit: Sequence[Slot]) -> Slot | None:
    same = [each for each in fit if each.experience_id == old.experience_id]
    return min(same, key=lambda each: _distance(old, each), default=None)


def _near(slots: Sequence[Slot], now: datetime, elsewhere: Elsewhere) -> sa.ColumnElement[bool]:
    """Slots of the same experiences, not these themselves, that could take their parties."""
    experiences = {slot.experience_id for slot in slots}
    experiences |= {each for others in elsewhere.values() for each in others}
    first = min((slot.starts_at for slot in slots), default=now)
    last = max((slot.starts_at for slot in slots), default=now)
    return sa.and_(
        Slot.experience_id.in_(experiences),
        Slot.id.not_in([slot.id for slot in slots]),
        Slot.starts_at > now,
        Slot.starts_at.between(first - FARTHEST, last + FARTHEST),
    )


def _candidates(
    session: Session, slots: Sequence[Slot], now: datetime, elsewhere: Elsewhere
) -> Sequence[Slot]:
    query = (
        sa.select(Slot)
        .join(Slot.experience)
        .where(_near(slots, now, elsewhere), Slot.state == SlotState.OPEN, Experience.is_published)
        .options(contains_eager(Slot.experience))
    )
    return session.scalars(query.order_by(Slot.id)).all()


def _left(session: Session, candidates: Sequence[Slot]) -> dict[int, int]:
    """The places left as the counters stand, not as they stood when a slot was first read."""
    query = sa.select(Slot.id, Slot.capacity - Slot.taken)
    rows = session.execute(query.where(Slot.id.in_([slot.id for slot in candidates])))
    return {row[0]: row[1] for row in rows}


def _distance(old: Slot, new: Slot) -> tuple[timedelta, datetime]:
    return abs(new.starts_at - old.starts_at), new.starts_at
