"""Several processes want the same places at once, on both databases.

The control (`test_without_guard_and_check_it_oversells`) shows that the race is a real one: with
the guard and the CHECK taken away, the same processes sell more places than there are.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.bookings import racers
from tests.factories.bookings import HOLD, make_bookable_slot, make_booking, make_hold, taken
from tests.factories.experiences import make_slot
from tourism.bookings.models import Booking
from tourism.bookings.recount import recount
from tourism.core.db import Base, make_engine
from tourism.experiences.models import Slot

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


@pytest.mark.parametrize("size", [1, 3])
def test_a_slot_is_never_oversold(
    pool: ProcessPoolExecutor, session: Session, slot: Slot, at: datetime, size: int
) -> None:
    """Four processes fill forty places, to the last that a party of that size can have."""
    slot.capacity = 40
    got = race(pool, racers.hold_until_full, session, slot.id, adult(slot), at, size)
    assert sum(got) == taken(session, slot) == 40 // size * size
    assert recount(session) == []


def test_without_guard_and_check_it_oversells(
    pool: ProcessPoolExecutor, session: Session, at: datetime, tmp_path: Path
) -> None:
    """The control: without both, everybody who saw the last places gets one of them."""
    with _without_check(session, tmp_path) as unguarded:
        slot = make_bookable_slot(unguarded, at)
        got = race(pool, racers.check_then_take, unguarded, slot.id, adult(slot), at, 3)
        assert sum(got) == taken(unguarded, slot) == 12
        assert slot.capacity == 10


def test_without_guard_the_check_holds(
    pool: ProcessPoolExecutor, session: Session, slot: Slot, at: datetime
) -> None:
    """The same mistake on the real table: the database refuses what would be too many."""
    got = race(pool, racers.check_then_take, session, slot.id, adult(slot), at, 3)
    assert sum(got) == taken(session, slot) == 10
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


def test_a_rush_without_guard_and_check_oversells(
    pool: ProcessPoolExecutor, session: Session, at: datetime, tmp_path: Path
) -> None:
    with _without_check(session, tmp_path) as unguarded:
        slot = make_bookable_slot(unguarded, at)
        got = race(pool, racers.rush_unguarded, unguarded, slot.id, adult(slot), at, 4)
        assert sum(got) == taken(unguarded, slot) == 16
        assert slot.capacity == 10


def test_a_rush_without_guard_is_held_by_the_check(
    pool: ProcessPoolExecutor, session: Session, slot: Slot, at: datetime
) -> None:
    got = race(pool, racers.rush_unguarded, session, slot.id, adult(slot), at, 4)
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
