"""A host's decision that slots do not take place: what was shown is what is done, once.

The page with the numbers carries a mark of them. Closing makes the offers, compares them with the
mark and gives everything up when they differ: a party that booked meanwhile is never closed unseen.
"""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tourism.accounts.models import User
from tourism.audit.operations import Actor
from tourism.bookings.closures import Plan, close_slots, plan_closure
from tourism.bookings.errors import ClosureRepeatedError, PlanChangedError
from tourism.bookings.models import Booking, Closure, ClosureReason, ClosureSlot, Offer
from tourism.core.languages import Texts
from tourism.experiences.errors import SlotNotFoundError
from tourism.experiences.models import Slot
from tourism.experiences.ownership import is_theirs

_Move = tuple[int, int, int | None]  # booking, its people, the slot that takes them


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was confirmed: the slots, why, a word to the parties, and the plan that was seen."""

    slot_ids: Collection[int]
    reason: ClosureReason
    words: Texts
    mark: str
    request_key: str


def plan_of(session: Session, user: User, slot_ids: Collection[int], now: datetime) -> Plan:
    """What closing these slots would do. Raises SlotNotFoundError if one is not theirs."""
    _check_theirs(session, user, slot_ids)
    return plan_closure(session, slot_ids=slot_ids, now=now)


def mark_of(plan: Plan) -> str:
    """What the numbers of a plan are known by: the same only while nothing has changed."""
    moves = ((each.booking.id, each.booking.party_size, each.slot_id) for each in plan.affected)
    return _mark((slot.id for slot in plan.slots), moves)


def close_as_planned(
    session: Session, *, user: User, decision: Decision, now: datetime, actor: Actor
) -> Closure:
    """Close slots exactly as the plan with that mark said; sent again, it is done already.

    Raises SlotNotFoundError, NothingToCloseError, PlanChangedError or ClosureRepeatedError.
    """
    _check_theirs(session, user, decision.slot_ids)
    if done := find_closure_by_key(session, decision.request_key):
        return done
    closure = close_slots(
        session,
        slot_ids=decision.slot_ids,
        reason=decision.reason,
        words=decision.words,
        now=now,
        actor=actor,
    )
    _name(session, closure, decision.request_key)
    if _mark_made(session, closure) != decision.mark:
        raise PlanChangedError
    return closure


def find_closure_by_key(session: Session, request_key: str) -> Closure | None:
    return session.scalar(sa.select(Closure).where(Closure.request_key == request_key))


def _check_theirs(session: Session, user: User, slot_ids: Collection[int]) -> None:
    theirs = sa.select(Slot.id).join(Slot.experience).where(Slot.id.in_(slot_ids), is_theirs(user))
    missing = set(slot_ids) - set(session.scalars(theirs))
    if missing:
        raise SlotNotFoundError(slot_id=min(missing))


def _name(session: Session, closure: Closure, request_key: str) -> None:
    """Of two sendings at the same instant, the table's key lets one pass."""
    closure.request_key = request_key
    try:
        session.flush()
    except IntegrityError as error:
        raise ClosureRepeatedError from error


def _mark_made(session: Session, closure: Closure) -> str:
    slots = sa.select(ClosureSlot.slot_id).where(ClosureSlot.closure_id == closure.id)
    moves = (
        sa.select(Offer.booking_id, Booking.party_size, Offer.slot_id)
        .join(Offer.booking)
        .where(Offer.closure_id == closure.id)
    )
    made = [(row[0], row[1], row[2]) for row in session.execute(moves)]
    return _mark(session.scalars(slots), made)


def _mark(slots: Iterable[int], moves: Iterable[_Move]) -> str:
    text = repr((sorted(slots), sorted(moves, key=lambda move: move[0])))
    return hashlib.sha256(text.encode()).hexdigest()[:32]
