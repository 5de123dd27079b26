"""Opening a slot again that a closure had closed: it takes place after all.

Parties that have not answered yet keep their booking as it was: what they were offered is
withdrawn, and the places held elsewhere go back. Who has answered stays where they chose. The
closure is lifted for this slot, so that nobody who books from now on is asked to move by it.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tourism.audit.operations import Actor
from tourism.bookings.changes import shift_places, sums
from tourism.bookings.models import Closure, ClosureReason, ClosureSlot, Offer, OfferStatus
from tourism.experiences import slot_changes
from tourism.experiences.operations import lock_counters

_CLOSED = sa.select(Closure.id).where(Closure.reason != ClosureReason.FEWER_PLACES)
_GONE = (OfferStatus.ACCEPTED, OfferStatus.MOVED, OfferStatus.CANCELLED, OfferStatus.FALLBACK)


@dataclass(frozen=True, slots=True)
class Reopening:
    """Who was asked to come at another time: parties that have not answered, and those gone."""

    undecided: int
    gone: int


def plan_reopening(session: Session, slot_id: int) -> Reopening:
    """What opening a slot again would mean; nothing is changed."""
    query = sa.select(Offer.status, sa.func.count()).where(*_of(slot_id)).group_by(Offer.status)
    parties = {row[0]: row[1] for row in session.execute(query)}
    gone = sum(parties.get(status, 0) for status in _GONE)
    return Reopening(parties.get(OfferStatus.OPEN, 0), gone)


def reopen_slot(session: Session, *, slot_id: int, now: datetime, actor: Actor) -> int:
    """Take bookings again, and let those stay who have not answered; says how many parties.

    Done already, it changes nothing. Raises SlotNotFoundError or SlotStateError.
    """
    withdrawn = session.execute(
        sa.update(Offer)
        .where(*_of(slot_id), Offer.status == OfferStatus.OPEN)
        .values(status=OfferStatus.WITHDRAWN, answered_at=now)
        .returning(Offer.slot_id, Offer.places),
        execution_options={"synchronize_session": False},
    ).all()
    session.execute(
        sa.update(ClosureSlot)
        .where(
            ClosureSlot.slot_id == slot_id,
            ClosureSlot.closure_id.in_(_CLOSED),
            ClosureSlot.lifted_at.is_(None),
        )
        .values(lifted_at=now),
        execution_options={"synchronize_session": False},
    )
    freed = sums((each.slot_id, -each.places) for each in withdrawn)
    lock_counters(session, [slot_id, *freed])
    slot_changes.reopen_slot(session, slot_id=slot_id, now=now, actor=actor)
    session.flush()
    shift_places(session, freed, now)
    return len(withdrawn)


def _of(slot_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return Offer.from_slot_id == slot_id, Offer.closure_id.in_(_CLOSED)
