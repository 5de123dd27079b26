"""Several processes want the same places at once, on both databases.

The control (`test_without_guard_and_check_it_oversells`) shows that the race is a real one: with
the guard and the CHECK taken away, the same processes sell more places than there are.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.bookings import mixed_racers, racers
from tests.factories.bookings import (
    HOLD,
    confirm,
    make_bookable_slot,
    make_booking,
    make_hold,
    taken,
)
from tests.factories.experiences import make_ceiling, make_slot
from tourism.bookings.capacity import Choice
from tourism.bookings.models import Booking, Offer, WaitingParty
from tourism.bookings.recount import recount
from tourism.core.db import Base, make_engine
from tourism.experiences.models import Slot

pytestmark = pytest.mark.flaky(reruns=0)  # once in a hundred times is what these look for

PROCESSES = 4


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    context = get_context("spawn")
    barrier = context.Barrier(PROCESSES, timeout=60)
    with ProcessPoolExecutor(PROCESSES, context, racers.meet_at, (barrier,)) as pool:
        yield pool


@pytest.fixture
def slot(session: Session, at: datetime) -> Slot:
    slot = make_bookable_slot(session, at)
    session.commit()
    return slot


def race(
    pool: ProcessPoolExecutor, work: Callable[..., Any], session: Session, *args: Any
) -> list[Any]:
    """What each process gives back. An argument that is a list of as many is dealt out."""
    url = _url(session)
    dealt = [
        [arg[number] if isinstance(arg, tuple) else arg for arg in args]
        for number in range(PROCESSES)
    ]
    session.commit()
    return [each.result(timeout=90) for each in [pool.submit(work, url, *d) for d in dealt]]


def adult(slot: Slot) -> int:
    return slot.experience.units[0].id


LONG_WAY, AT_ONCE = racers.check_then_take, racers.rush_unguarded  # each with its guard out


@pytest.mark.parametrize("size", [1, 3])
def test_a_slot_is_never_oversold(
    pool: ProcessPoolExecutor, session: Session, slot: Slot, at: datetime, size: int
) -> None:
    """Four processes fill forty places, to the last that a party of that size can have."""
    slot.capacity = 40
    got = race(pool, racers.hold_until_full, session, slot.id, adult(slot), at, size)
    assert sum(got) == taken(session, slot) == 40 // size * size
    assert recount(session) == []


@pytest.mark.parametrize("size", [1, 3])
def test_a_rush_never_oversells(
    pool: ProcessPoolExecutor, session: Session, slot: Slot, at: datetime, size: int
) -> None:
    """The same at once (`rush.py`). A process that loses the race for the last places stops."""
    slot.capacity = 40
    got = race(pool, racers.rush_until_full, session, slot.id, adult(slot), at, size)
    assert sum(got) == taken(session, slot)
    assert 40 - size * PROCESSES < sum(got) <= 40
    assert recount(session) == []


@pytest.mark.parametrize(("unguarded", "rounds"), [(LONG_WAY, 3), (AT_ONCE, 4)])
def test_without_guard_and_check_it_oversells(
    pool: ProcessPoolExecutor,
    session: Session,
    at: datetime,
    tmp_path: Path,
    unguarded: Callable[..., int],
    rounds: int,
) -> None:
    """The control: without both, everybody who saw the last places gets one of them."""
    with _without_check(session, tmp_path) as beside:
        slot = make_bookable_slot(beside, at)
        got = race(pool, unguarded, beside, slot.id, adult(slot), at, rounds)
        assert sum(got) == taken(beside, slot) == rounds * PROCESSES
        assert slot.capacity == 10


@pytest.mark.parametrize(("unguarded", "rounds"), [(LONG_WAY, 3), (AT_ONCE, 4)])
def test_without_guard_the_check_holds(
    pool: ProcessPoolExecutor,
    session: Session,
    slot: Slot,
    at: datetime,
    unguarded: Callable[..., int],
    rounds: int,
) -> None:
    """The same mistake on the real table: the database refuses what would be too many."""
    got = race(pool, unguarded, session, slot.id, adult(slot), at, rounds)
    assert sum(got) == taken(session, slot) == 10
    assert recount(session) == []


def test_one_key_books_once(
    pool: ProcessPoolExecutor, session: Session, slot: Slot, at: datetime
) -> None:
    references = race(pool, racers.hold_with_one_key, session, slot.id, adult(slot), at, "key")
    assert len(set(references)) == 1
    assert taken(session, slot) == 2


def test_one_booking_gives_its_places_back_once(
    pool: ProcessPoolExecutor, session: Session, slot: Slot, at: datetime
) -> None:
    make_booking(session, slot, at, 3)
    booking = make_booking(session, slot, at, 5)
    race(pool, racers.end_one, session, booking.reference, at, "cancel")
    assert taken(session, slot) == 3
    assert recount(session) == []


@pytest.mark.parametrize("turn", range(3))
def test_an_overdue_hold_ends_in_one_way(
    pool: ProcessPoolExecutor, session: Session, slot: Slot, at: datetime, turn: int
) -> None:
    """Confirmed too late, expired and cancelled at the same instant: places count as it says."""
    booking = make_hold(session, slot, at, 10)
    acts = ("confirm", "expire", "cancel", "confirm")
    race(pool, racers.end_one, session, booking.reference, at + HOLD, acts)
    assert recount(session) == []
    confirmed = session.scalar(
        sa.select(sa.func.count()).select_from(Booking).where(Booking.status == "confirmed")
    )
    assert taken(session, slot) == (10 if confirmed else 0)


def test_everything_at_once_neither_locks_up_nor_miscounts(
    pool: ProcessPoolExecutor, session: Session, slot: Slot, at: datetime
) -> None:
    """Holds, confirmations, cancellations and sweeps over three slots that are mostly full."""
    hours = [slot, make_slot(session, slot.experience, slot.ends_at, capacity=6)]
    hours.append(make_slot(session, slot.experience, hours[-1].ends_at, capacity=4))
    ids = [each.id for each in hours]
    done = race(pool, racers.churn, session, ids, adult(slot), at, (1, 2, 3, 4))
    assert sum(done) > PROCESSES
    assert recount(session) == []
    assert all(taken(session, each) <= each.capacity for each in hours)


# What changes bookings, against those who hold: nobody gets a place twice, and the books are right


def act_at_once(
    pool: ProcessPoolExecutor, session: Session, at: datetime, *acts: list[tuple[Any, ...]]
) -> list[str]:
    """What became of everything that the processes did, each its own list."""
    done = race(pool, mixed_racers.act_all, session, acts, at)
    session.expire_all()
    assert recount(session) == []
    return [each for some in done for each in some]


def other(session: Session, slot: Slot, capacity: int, hours: int = 1) -> Slot:
    starts = slot.starts_at + timedelta(hours=hours)
    return make_slot(session, slot.experience, starts, capacity=capacity)


def references(session: Session, slot: Slot, at: datetime, many: int, size: int = 1) -> list[str]:
    """So many parties that have booked."""
    made = [
        confirm(session, make_hold(session, slot, at, size), at, phone=f"+86138000001{n:02}")
        for n in range(many)
    ]
    return [each.reference for each in made]


def test_moving_takes_a_place_from_nobody(
    pool: ProcessPoolExecutor, session: Session, slot: Slot, at: datetime
) -> None:
    """Eight parties move to a time of six places that two others are filling meanwhile."""
    to, unit = other(session, slot, 6), adult(slot)
    moving = [("move", each, to.id) for each in references(session, slot, at, 8)]
    holding = [("hold", to.id, unit, 1)] * 4
    did = act_at_once(pool, session, at, moving[:4], holding, moving[4:], holding)
    assert did.count("done") == taken(session, to) == 6
    assert taken(session, slot) == 8 - (6 - _held(session, to))


def test_closing_holds_only_what_is_there(
    pool: ProcessPoolExecutor, session: Session, slot: Slot, at: datetime
) -> None:
    """Two times are closed at once while others hold there and where their parties would go."""
    beside, to, unit = other(session, slot, 4), other(session, slot, 6, 2), adult(slot)
    references(session, slot, at, 4)
    references(session, beside, at, 2)
    holding = [("hold", each.id, unit, 1) for each in (to, slot, to, beside, to)]
    closing = [("close", slot.id)], [("close", beside.id)]
    act_at_once(pool, session, at, holding, closing[0], holding, closing[1])
    assert taken(session, to) <= 6
    offers = session.scalars(sa.select(Offer)).all()
    confirmed = sa.select(sa.func.count()).where(Booking.status == "confirmed")
    assert len(offers) == session.scalar(confirmed) == 6


def test_answers_and_holds_share_what_is_there(
    pool: ProcessPoolExecutor, session: Session, slot: Slot, at: datetime
) -> None:
    """Parties take what is kept for them, all at once and twice each, while others hold there."""
    to, unit = other(session, slot, 6), adult(slot)
    asked = references(session, slot, at, 4)
    session.commit()
    mixed_racers.act_all_here(session, [("close", slot.id)], at)
    answers = [("accept", each) for each in asked]
    cancels = [("decline", each) for each in reversed(asked)]
    holding = [("hold", to.id, unit, 1)] * 4
    act_at_once(pool, session, at, answers, cancels, answers, holding)
    assert taken(session, to) <= 6
    assert taken(session, slot) == 0
    open_offers = sa.select(sa.func.count()).where(Offer.status == "open")
    assert session.scalar(open_offers) == 0


def test_a_line_is_served_from_what_comes_back_and_once(
    pool: ProcessPoolExecutor, session: Session, slot: Slot, at: datetime
) -> None:
    """Ten of ten give up while four wait and others hold: each who waits is held for once."""
    unit, booked = adult(slot), references(session, slot, at, 10)
    session.commit()
    session.expire_all()
    for number in range(4):
        mixed_racers.wait_for(session, slot.id, {unit: 2}, f"+861390000010{number}", at)
    leaving = [("cancel", each) for each in booked]
    holding = [("hold", slot.id, unit, 1)] * 4
    act_at_once(pool, session, at, leaving[:5], holding, leaving[5:], holding)
    assert taken(session, slot) <= 10
    served = session.scalars(sa.select(WaitingParty.booking_id)).all()
    held = [each for each in served if each is not None]
    assert len(held) == len(set(held))


def test_walk_ins_and_holds_share_what_is_there(
    pool: ProcessPoolExecutor, session: Session, slot: Slot, at: datetime
) -> None:
    """Three of ten places are held back: sold on the spot only, and no place twice."""
    unit, begun = adult(slot), slot.starts_at
    session.commit()
    mixed_racers.act_all_here(session, [("keep", slot.id, 3)], at)
    selling = [("walk_in", slot.id, unit, 1)] * 5
    holding = [("hold", slot.id, unit, 1)] * 5
    did = act_at_once(pool, session, begun, selling, holding, selling, holding)
    assert taken(session, slot) == 10
    assert did.count("done") == 10
    assert 3 <= _sold(session, slot) <= 10


def test_raising_several_times_and_holding_there_never_wait_in_a_circle(
    pool: ProcessPoolExecutor, session: Session, slot: Slot, at: datetime
) -> None:
    """Serving the first one's line counts at a ceiling; who holds at another stands on its counter
    and waits for that ceiling."""
    unit, beside = adult(slot), [other(session, slot, 10, 1 + hours) for hours in range(4)]
    make_ceiling(session, 900)
    make_booking(session, slot, at, 10)
    session.commit()
    session.expire_all()
    for number in range(8):
        mixed_racers.wait_for(session, slot.id, {unit: 10}, f"+8613900001{number:03}", at)
    ids = [slot.id, *(each.id for each in beside)]
    raising = [("places", ids, 20 + 10 * n, Choice.KEEP) for n in range(8)]
    holding = [("hold", each, unit, 1) for each in ids[1:]] * 25
    did = act_at_once(pool, session, at, raising, holding, holding, holding)
    assert did.count("done") >= 8
    assert taken(session, slot) == 90


def test_fewer_places_and_those_who_cancel_or_move_never_wait_in_a_circle(
    pool: ProcessPoolExecutor, session: Session, slot: Slot, at: datetime
) -> None:
    """The host cancels parties of two times, while these cancel or change places themselves."""
    beside = other(session, slot, 10)
    here, there = references(session, slot, at, 6), references(session, beside, at, 6)
    lowering = [("places", [slot.id, beside.id], 6 - n, Choice.CANCEL) for n in range(1, 6)]
    leaving = [("cancel", each) for each in reversed(here)]
    moving = [("move", each, slot.id) for each in reversed(there)]
    act_at_once(pool, session, at, lowering, leaving, moving, lowering)
    assert taken(session, slot) + taken(session, beside) <= 12


def test_settling_and_those_who_cancel_never_wait_in_a_circle(
    pool: ProcessPoolExecutor, session: Session, slot: Slot, at: datetime
) -> None:
    """Nobody has answered in time: what was announced is done while parties cancel themselves."""
    to = other(session, slot, 8, 2)
    asked = references(session, slot, at, 10)
    session.commit()
    mixed_racers.act_all_here(session, [("close", slot.id)], at)
    leaving = [("cancel", each) for each in reversed(asked)]
    settling = [("settle", None)] * 3
    act_at_once(pool, session, at, settling, leaving[:5], leaving[5:], settling)
    mixed_racers.act_all_here(session, settling, at)
    assert taken(session, slot) == 0
    assert taken(session, to) <= 8
    assert recount(session) == []


def _held(session: Session, slot: Slot) -> int:
    mine = sa.select(sa.func.count()).where(Booking.slot_id == slot.id, Booking.status == "held")
    return session.scalar(mine) or 0


def _sold(session: Session, slot: Slot) -> int:
    mine = sa.select(sa.func.count()).where(Booking.slot_id == slot.id, Booking.walk_in)
    return session.scalar(mine) or 0


def _url(session: Session) -> str:
    bind = session.get_bind()
    assert isinstance(bind, sa.Engine)
    return bind.url.render_as_string(hide_password=False)


class _without_check:  # noqa: N801 - used like a function
    """A session on a second database of the same kind, whose slots lack the CHECK."""

    def __init__(self, session: Session, folder: Path) -> None:
        self.beside = sa.make_url(_url(session))
        self.is_sqlite = self.beside.get_backend_name() == "sqlite"
        name = str(folder / "control.db") if self.is_sqlite else "control"
        self.engine = make_engine(
            self.beside.set(database=name).render_as_string(hide_password=False)
        )

    def __enter__(self) -> Session:
        self._on_server("CREATE DATABASE control")
        tables = sa.MetaData()
        for table in Base.metadata.sorted_tables:
            table.to_metadata(tables)
        slots = tables.tables["slots"]
        slots.constraints -= {
            each for each in slots.constraints if str(each.name).endswith("never_oversold")
        }
        tables.create_all(self.engine)
        self.session = Session(self.engine, expire_on_commit=False)
        return self.session

    def __exit__(self, *_error: object) -> None:
        self.session.close()
        self.engine.dispose()
        self._on_server("DROP DATABASE control")

    def _on_server(self, statement: str) -> None:
        if self.is_sqlite:
            return
        server = sa.create_engine(self.beside, isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            connection.exec_driver_sql(statement)
        server.dispose()
