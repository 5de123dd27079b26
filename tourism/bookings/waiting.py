"""The waiting list of a full slot.

Places that come back go to the first party in line for whom they are enough, as a hold with time
to answer. A party that is larger than what is free keeps its turn while a smaller one behind it is
served: places would stay empty otherwise. How often that happened is counted and shown to it. An
experience can have it otherwise (`strict_line`): then nobody is served before the first in line.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from tourism.audit.operations import SYSTEM, Actor, record
from tourism.bookings.errors import (
    PartyTooLargeError,
    SlotHasRoomError,
    WaitingNotFoundError,
)
from tourism.bookings.models import Booking, BookingStatus, WaitingParty, WaitingStatus
from tourism.bookings.operations import check_time, hold_slot, release_hold
from tourism.bookings.party import checked_party
from tourism.bookings.queries import get_booking, get_slot_to_book
from tourism.core.errors import ConflictError
from tourism.experiences.ceiling_room import look_above, room_below_ceilings
from tourism.experiences.ceilings import settle_ceilings
from tourism.experiences.models import Experience, Slot, SlotState

ANSWER_WITHIN = timedelta(hours=2)


def join_waiting(
    session: Session,
    *,
    slot_id: int,
    party: Mapping[int, int],
    name: str,
    phone: str,
    language: str,
    now: datetime,
    actor: Actor,
) -> WaitingParty:
    """Get in line for a full slot. One phone number stands in a line once: asked again, it is told
    its turn. Raises a PartyError, SlotHasRoomError, SlotOverError, SlotTooEarlyError or
    SlotClosedError."""
    slot, zone = get_slot_to_book(session, slot_id)
    check_time(slot, zone, now)
    coming = checked_party(slot.experience, party)
    if coming.size > slot.capacity:
        raise PartyTooLargeError(largest=slot.capacity)
    if before := _find_in_line(session, slot_id, phone):
        return before
    look_above(session, [slot])
    if slot.places_left >= coming.size:
        raise SlotHasRoomError(left=slot.places_left)
    waiting = WaitingParty(
        key=secrets.token_urlsafe(16),
        slot_id=slot_id,
        party={str(unit.id): quantity for unit, quantity in coming.units},
        party_size=coming.size,
        name=name,
        phone=phone,
        language=language,
        joined_at=now,
    )
    session.add(waiting)
    session.flush()
    _record(session, waiting, "join", actor, now)
    return waiting


def leave_waiting(session: Session, *, waiting: WaitingParty, now: datetime, actor: Actor) -> None:
    """Stop waiting; places held meanwhile go back. Done already, it changes nothing."""
    left = session.scalar(
        sa.update(WaitingParty)
        .where(WaitingParty.id == waiting.id, WaitingParty.status != WaitingStatus.LEFT)
        .values(status=WaitingStatus.LEFT)
        .returning(WaitingParty.id)
    )
    if left is None:
        return
    _record(session, waiting, "leave", actor, now)
    if waiting.booking is not None:
        booking = get_booking(session, waiting.booking.reference)
        release_hold(session, booking=booking, now=now, actor=actor)
        serve_waiting(session, slot_id=waiting.slot_id, now=now)


def get_waiting(session: Session, key: str) -> WaitingParty:
    """A party in line, with its slot and what is held for it. Raises WaitingNotFoundError."""
    query = sa.select(WaitingParty).where(WaitingParty.key == key)
    query = query.options(joinedload(WaitingParty.slot), joinedload(WaitingParty.booking))
    found = session.scalar(query)
    if found is None:
        raise WaitingNotFoundError
    return found


def turn_of(session: Session, waiting: WaitingParty) -> int:
    """Its place in the line, the first being 1."""
    before = sa.select(sa.func.count()).select_from(WaitingParty)
    before = before.where(*_line(waiting.slot_id), WaitingParty.id < waiting.id)
    return (session.scalar(before) or 0) + 1


def line_of_slot(session: Session, slot_id: int) -> Sequence[WaitingParty]:
    """Who still waits for a slot, in order."""
    query = sa.select(WaitingParty).where(*_line(slot_id)).order_by(WaitingParty.id)
    return session.scalars(query).all()


def slots_to_serve(session: Session, now: datetime) -> Sequence[int]:
    """Slots that have room for somebody who waits for them."""
    query = lines_with_room(now).distinct().order_by(WaitingParty.slot_id)
    return session.scalars(query).all()


def lines_with_room(now: datetime) -> sa.Select[int]:
    """The slot of each party in line for which there is room; a read of a small index."""
    status = sa.literal(WaitingStatus.WAITING, WaitingParty.status.type, literal_execute=True)
    before = aliased(WaitingParty)
    somebody_before = sa.exists().where(
        before.slot_id == WaitingParty.slot_id, before.status == status, before.id < WaitingParty.id
    )
    strict = sa.exists().where(Experience.id == Slot.experience_id, Experience.strict_line)
    query = sa.select(WaitingParty.slot_id).join(Slot, Slot.id == WaitingParty.slot_id)
    return query.where(
        WaitingParty.status == status,
        Slot.state == SlotState.OPEN,
        Slot.ends_at > now,
        Slot.capacity - Slot.taken >= WaitingParty.party_size,
        sa.or_(~strict, ~somebody_before),
    )


def serve_waiting(session: Session, *, slot_id: int, now: datetime) -> int:
    """Hold places for those in line, in order, as long as there are enough for one of them; says
    for how many parties. Call it in the transaction in which places have come back, and last: it
    counts at the ceilings, after which no other slot may be touched."""
    served = 0
    passed: list[int] = []
    for waiting in session.scalars(_in_order(slot_id)).all():
        if _left(session, slot_id) < waiting.party_size:
            if waiting.slot.experience.strict_line:
                break
            passed.append(waiting.id)
        elif _hold_for(session, waiting, now):
            served += 1
            _count_passed(session, passed)
            passed = []
    return served


def _hold_for(session: Session, waiting: WaitingParty, now: datetime) -> bool:
    """A hold with the party's contact. A slot that cannot be booked any more serves nobody, and
    a ceiling that is full nobody for whom it has no room."""
    try:
        with session.begin_nested():
            booking = hold_slot(
                session,
                slot_id=waiting.slot_id,
                party={int(unit_id): many for unit_id, many in waiting.party.items()},
                language=waiting.language,
                now=now,
                hold=_answer_within(waiting.slot, now),
                idempotency_key=f"waiting:{waiting.id}",
                actor=SYSTEM,
            )
            settle_ceilings(session)
    except ConflictError:
        return False
    booking.name, booking.phone = waiting.name, waiting.phone
    waiting.status, waiting.booking_id = WaitingStatus.OFFERED, booking.id
    waiting.offered_at = now
    _record(session, waiting, "offer", SYSTEM, now)
    session.flush()
    return True


def _answer_within(slot: Slot, now: datetime) -> timedelta:
    """Two hours, but at most half of what is left until booking ends: others want to come too."""
    left = slot.ends_at - slot.experience.booking_cutoff - now
    return min(ANSWER_WITHIN, left / 2)


def _count_passed(session: Session, passed: Sequence[int]) -> None:
    if passed:
        session.execute(
            sa.update(WaitingParty)
            .where(WaitingParty.id.in_(passed))
            .values(passed_over=WaitingParty.passed_over + 1)
        )


def _line(slot_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return WaitingParty.slot_id == slot_id, WaitingParty.status == WaitingStatus.WAITING


def _in_order(slot_id: int) -> sa.Select[WaitingParty]:
    """The line. Whom another process is just serving is left to it."""
    return (
        sa.select(WaitingParty)
        .join(WaitingParty.slot)
        .join(Slot.experience)
        .where(*_line(slot_id))
        .options(contains_eager(WaitingParty.slot).contains_eager(Slot.experience))
        .order_by(WaitingParty.id)
        .with_for_update(skip_locked=True, of=WaitingParty)
    )


def _left(session: Session, slot_id: int) -> int:
    free = session.scalar(sa.select(Slot.capacity - Slot.taken).where(Slot.id == slot_id)) or 0
    return room_below_ceilings(session, [slot_id]).within(slot_id, free) if free else 0


def _find_in_line(session: Session, slot_id: int, phone: str) -> WaitingParty | None:
    """The same phone's turn: waiting, or with places that are held for it."""
    is_held = sa.exists().where(
        Booking.id == WaitingParty.booking_id, Booking.status == BookingStatus.HELD
    )
    in_line = sa.or_(WaitingParty.status == WaitingStatus.WAITING, is_held)
    mine = (WaitingParty.slot_id == slot_id, WaitingParty.phone == phone)
    still = WaitingParty.status != WaitingStatus.LEFT
    return session.scalar(sa.select(WaitingParty).where(*mine, still, in_line).limit(1))


def _record(
    session: Session, waiting: WaitingParty, action: str, actor: Actor, at: datetime
) -> None:
    record(
        session,
        actor=actor,
        action=f"waiting.{action}",
        subject=("slot", waiting.slot_id),
        at=at,
        after={"waiting": waiting.id, "party": waiting.party_size},
    )
