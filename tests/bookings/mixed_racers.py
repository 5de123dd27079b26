"""Acts of several kinds in several processes at once; what is refused is refused, and said."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.bookings import racers
from tourism.audit.operations import SYSTEM, VISITOR
from tourism.bookings.capacity import set_places
from tourism.bookings.changes import move_booking
from tourism.bookings.closures import close_slots
from tourism.bookings.models import ClosureReason
from tourism.bookings.offers import accept_offer, decline_offer
from tourism.bookings.operations import cancel_booking, hold_slot
from tourism.bookings.queries import get_booking
from tourism.bookings.settling import settle
from tourism.bookings.waiting import join_waiting, serve_waiting
from tourism.bookings.walk_ins import WalkIn, hold_back, sell_walk_in
from tourism.core.db import make_engine
from tourism.core.errors import TourismError
from tourism.migrations import schema  # noqa: F401 - a process of its own must know all tables

Act = tuple[Any, ...]  # its name, and to what


def act_all(url: str, acts: Sequence[Act], now: datetime) -> list[str]:
    """Each in a transaction of its own, as fast as possible: "done" or the refusal's code."""
    engine = make_engine(url)
    racers._start.wait()
    try:
        return [_try(engine, act, now) for act in acts]
    finally:
        engine.dispose()


def act_all_here(session: Session, acts: Sequence[Act], now: datetime) -> None:
    for act in acts:
        _do(session, act, now)
        session.commit()


def wait_for(
    session: Session, slot_id: int, party: dict[int, int], phone: str, now: datetime
) -> None:
    contact = {"name": "李", "phone": phone, "language": "en"}
    join_waiting(session, slot_id=slot_id, party=party, now=now, actor=VISITOR, **contact)


def _try(engine: sa.Engine, act: Act, now: datetime) -> str:
    try:
        with racers._transaction(engine) as session:
            _do(session, act, now)
    except TourismError as error:
        return error.code
    return "done"


def _do(session: Session, act: Act, now: datetime) -> None:
    match act:
        case "hold", slot_id, unit_id, size:
            _hold(session, slot_id, {unit_id: size}, now)
        case "walk_in", slot_id, unit_id, size:
            sold = WalkIn(party={unit_id: size}, language="en", idempotency_key=str(uuid.uuid4()))
            sell_walk_in(session, slot_id=slot_id, walk_in=sold, key_id=1, now=now, actor=SYSTEM)
        case "keep", slot_id, places:
            hold_back(session, slot_id=slot_id, places=places, now=now, actor=SYSTEM)
        case "close", slot_id:
            why: dict[str, Any] = {"reason": ClosureReason.RAIN, "actor": SYSTEM}
            close_slots(session, slot_ids=[slot_id], now=now, answer_within=timedelta(0), **why)
        case "places", slot_ids, places, choice:
            many: dict[str, Any] = {"slot_ids": slot_ids, "places": places, "choice": choice}
            set_places(session, now=now, actor=SYSTEM, **many)
        case "settle", *_:
            settle(session, now=now)
        case name, reference, *rest:
            _change(session, name, reference, rest, now)


def _change(session: Session, name: str, reference: str, rest: list[Any], now: datetime) -> None:
    booking = get_booking(session, reference)
    by: dict[str, Any] = {"booking": booking, "now": now, "actor": VISITOR}
    match name:
        case "move":
            move_booking(session, slot_id=rest[0], **by)
        case "accept":
            accept_offer(session, **by)
        case "decline":
            decline_offer(session, **by)
        case "cancel":
            cancel_booking(session, **by)
            serve_waiting(session, slot_id=booking.slot_id, now=now)


def _hold(session: Session, slot_id: int, party: dict[int, int], now: datetime) -> None:
    hold_slot(
        session,
        slot_id=slot_id,
        party=party,
        language="en",
        now=now,
        hold=timedelta(minutes=15),
        idempotency_key=None,
        actor=VISITOR,
    )
