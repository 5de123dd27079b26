"""What the processes of a race do. Each runs in an interpreter of its own, with its own engine."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tourism.audit.operations import VISITOR
from tourism.bookings import operations, rush
from tourism.bookings.operations import cancel_booking, confirm_booking, expire_holds, hold_slot
from tourism.bookings.queries import get_booking, get_slot_to_book
from tourism.bookings.rush import hold_at_once
from tourism.core.db import make_engine
from tourism.core.direct import Direct, Statement
from tourism.core.errors import ConflictError
from tourism.experiences.errors import SlotFullError
from tourism.experiences.models import Slot
from tourism.experiences.operations import take_places

_start: Barrier  # everybody waits for everybody here


def meet_at(barrier: Barrier) -> None:
    """Run once in each process, before its first race."""
    global _start  # noqa: PLW0603 - the pool has no other way to hand a barrier over
    _start = barrier


def hold_until_full(url: str, slot_id: int, unit_id: int, now: datetime, size: int) -> int:
    """Hold for parties of that size as fast as possible until the slot is full: places got."""
    got = 0
    with _engine(url) as engine:
        _start.wait()
        while True:
            try:
                _hold(engine, slot_id, {unit_id: size}, now)
            except SlotFullError:
                return got
            got += size


def check_then_take(url: str, slot_id: int, unit_id: int, now: datetime, rounds: int) -> int:
    """The mistake that the guard prevents: look whether there is room, then take without asking.

    All look before the first one takes. Places that the table itself refuses are not got.
    """
    got = 0
    operations.take_places = _take_unasked
    try:
        with _engine(url) as engine:
            for _ in range(rounds):
                with Session(engine) as session:
                    has_room = _places_left(session, slot_id) >= 1
                _start.wait()
                got += has_room and _hold_unless_refused(engine, slot_id, unit_id, now)
                _start.wait()
    finally:
        operations.take_places = take_places
    return got


def rush_until_full(url: str, slot_id: int, unit_id: int, now: datetime, size: int) -> int:
    """Hold at once for parties of that size until it is left to the long way: places got."""
    return _rush(url, slot_id, {unit_id: size}, now, rounds=1000)


def rush_unguarded(url: str, slot_id: int, unit_id: int, now: datetime, rounds: int) -> int:
    """The same for so many rounds, with the guard taken out of each statement."""
    guarded = rush._HOLD, rush._HOLD_STEPS
    rush._HOLD = _unguarded(rush._HOLD)
    rush._HOLD_STEPS = tuple(_unguarded(each) for each in rush._HOLD_STEPS)  # type: ignore[assignment]
    try:
        return _rush(url, slot_id, {unit_id: 1}, now, rounds)
    finally:
        rush._HOLD, rush._HOLD_STEPS = guarded


def _rush(url: str, slot_id: int, party: dict[int, int], now: datetime, rounds: int) -> int:
    got, direct = 0, Direct(url)
    with _engine(url) as engine, Session(engine) as session:
        slot, zone = get_slot_to_book(session, slot_id)
    _start.wait()
    wish = {"language": "en", "now": now, "hold": timedelta(minutes=15), "idempotency_key": None}
    for _ in range(rounds):
        held = hold_at_once(direct, slot=slot, zone=zone, party=party, actor=VISITOR, **wish)  # type: ignore[arg-type]
        if held is None:
            break
        got += sum(party.values())
    direct.engine.dispose()
    return got


def _unguarded(statement: Statement) -> Statement:
    return Statement(statement.sqlite.replace(rush._HAS_ROOM, "0 = 0"))


def hold_with_one_key(url: str, slot_id: int, unit_id: int, now: datetime, key: str) -> str:
    """The same request from everybody at once: the reference each is given."""
    with _engine(url) as engine:
        _start.wait()
        return _hold(engine, slot_id, {unit_id: 2}, now, key)


def end_one(url: str, reference: str, now: datetime, act: str) -> str:
    """Everybody ends the same booking at once, each in its own way."""
    with _engine(url) as engine, Session(engine) as reading:
        booking = get_booking(reading, reference)
        reading.expunge_all()
        reading.rollback()
        _start.wait()
        try:
            with _transaction(engine) as session:
                if act == "cancel":
                    cancel_booking(session, booking=_in(session, booking), now=now, actor=VISITOR)
                elif act == "expire":
                    expire_holds(session, now=now)
                else:
                    _confirm(session, _in(session, booking), now)
        except ConflictError as error:
            return error.code
        return act


def churn(url: str, slot_ids: list[int], unit_id: int, now: datetime, seed: int) -> int:
    """Hold, confirm, cancel and sweep at random over several slots; what is refused is refused.

    A deadlock or any other database error ends the race with that error.
    """
    chance = random.Random(seed)
    mine: list[str] = []
    done = 0
    with _engine(url) as engine:
        _start.wait()
        for step in range(40):
            later = now + timedelta(seconds=step * 40)
            try:
                done += _one_act(engine, chance, mine, slot_ids, unit_id, later)
            except ConflictError:
                continue
    return done


def _one_act(
    engine: sa.Engine,
    chance: random.Random,
    mine: list[str],
    slot_ids: list[int],
    unit_id: int,
    now: datetime,
) -> int:
    act = chance.choice(("hold", "hold", "hold", "confirm", "cancel", "sweep"))
    if act == "hold":
        mine.append(_hold(engine, chance.choice(slot_ids), {unit_id: chance.randint(1, 3)}, now))
        return 1
    with _transaction(engine) as session:
        if act == "sweep":
            return expire_holds(session, now=now)
        if not mine:
            return 0
        booking = get_booking(session, chance.choice(mine))
        if act == "confirm":
            _confirm(session, booking, now, phone=f"+86138{chance.randrange(10**8):08}")
        else:
            cancel_booking(session, booking=booking, now=now, actor=VISITOR)
    return 1


def _hold(
    engine: sa.Engine, slot_id: int, party: dict[int, int], now: datetime, key: str | None = None
) -> str:
    with _transaction(engine) as session:
        return hold_slot(
            session,
            slot_id=slot_id,
            party=party,
            language="en",
            now=now,
            hold=timedelta(minutes=15),
            idempotency_key=key,
            actor=VISITOR,
        ).reference


def _hold_unless_refused(engine: sa.Engine, slot_id: int, unit_id: int, now: datetime) -> bool:
    try:
        _hold(engine, slot_id, {unit_id: 1}, now)
    except IntegrityError as error:
        if "never_oversold" not in str(error):
            raise
        return False
    return True


def _confirm(session: Session, booking: Any, now: datetime, phone: str = "+8613800000123") -> None:
    confirm_booking(
        session,
        booking=booking,
        name="Racer",
        phone=phone,
        note="",
        now=now,
        key_id=1,
        actor=VISITOR,
    )


def _take_unasked(session: Session, *, slot_id: int, places: int) -> None:
    session.flush()
    session.execute(
        sa.update(Slot).where(Slot.id == slot_id).values(taken=Slot.taken + places),
        execution_options={"synchronize_session": False},
    )


def _places_left(session: Session, slot_id: int) -> int:
    query = sa.select(Slot.capacity - Slot.taken).where(Slot.id == slot_id)
    return session.scalars(query).one()


def _in(session: Session, booking: Any) -> Any:
    """What another session read earlier, as this one's own: as stale as it was."""
    return session.merge(booking, load=False)


@contextmanager
def _engine(url: str) -> Iterator[sa.Engine]:
    engine = make_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _transaction(engine: sa.Engine) -> Iterator[Session]:
    """As the site opens one (`web/db.py`)."""
    with Session(engine, expire_on_commit=False) as session:
        session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})
        yield session
        session.commit()
