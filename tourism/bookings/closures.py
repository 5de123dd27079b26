"""Slots that do not take place: who is affected, equal places held for them, and an offer to each.

Every affected party gets an offer: the nearest slot of the same experience with room for all of
it, where its places are held at once on the ledger. Until the deadline it takes that slot, chooses
another or cancels (`offers.py`); otherwise the fallback does what had been announced
(`settling.py`).

A closure changes no booking, so it waits for none while it stands on the slots' counters. Bookings
that were being confirmed at that instant are found by `settle`.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tourism.audit.operations import Actor, record
from tourism.bookings.changes import shift_places, sums
from tourism.bookings.errors import NothingToCloseError
from tourism.bookings.models import (
    Booking,
    Closure,
    ClosureReason,
    ClosureSlot,
    Offer,
    OfferStatus,
)
from tourism.bookings.placing import (
    NOWHERE_ELSE,
    Affected,
    lock_around,
    parties_of,
    place,
    slots_ahead,
)
from tourism.core.languages import Texts
from tourism.core.money import Money
from tourism.experiences.models import Slot, SlotState
from tourism.experiences.neighbours import Elsewhere, neighbours

ANSWER_WITHIN = timedelta(hours=24)


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


def plan_closure(
    session: Session,
    *,
    slot_ids: Collection[int],
    now: datetime,
    reason: ClosureReason = ClosureReason.OTHER,
) -> Plan:
    """What closing these slots would do; nothing is changed. Slots that are over are left out."""
    slots = slots_ahead(session, slot_ids, now)
    parties = parties_of(session, slot_ids)
    return Plan(slots, place(session, parties, slots, now, elsewhere_for(session, slots, reason)))


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
    lock_around(session, slots, now, elsewhere_for(session, slots, reason))
    session.execute(
        sa.update(Slot)
        .where(Slot.id.in_([slot.id for slot in slots]))
        .values(
            state=SlotState.CLOSED, closed_for=reason, closed_words=words or {}, changed_at=now
        ),
        execution_options={"synchronize_session": "fetch"},
    )
    closure = _closure(session, slots, reason, now, now + answer_within, actor)
    closure.words = words or {}
    make_offers(session, closure, parties_of(session, slot_ids), now)
    return closure


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
    lock_around(session, [slot], now)
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


def make_offers(
    session: Session, closure: Closure, parties: Sequence[Booking], now: datetime
) -> list[Offer]:
    """Hold places for these parties as far as there are any, and make each an offer."""
    slots = list({booking.slot_id: booking.slot for booking in parties}.values())
    placed = place(session, parties, slots, now, elsewhere_for(session, slots, closure.reason))
    offers = [_offer(closure, each) for each in placed]
    session.add_all(offers)
    session.flush()
    shift_places(session, sums((each.slot_id, each.places) for each in offers), now)
    return offers


def elsewhere_for(session: Session, slots: Sequence[Slot], reason: ClosureReason) -> Elsewhere:
    """Rain falls on all orchards; what is picked out here may hang at the next."""
    if reason is not ClosureReason.PICKED_OUT:
        return NOWHERE_ELSE
    return neighbours(session, {slot.experience_id for slot in slots})


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
