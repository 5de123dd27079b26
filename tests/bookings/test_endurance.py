"""Real servers under load: killed at random, and with many slots below the same ceilings.

Short by default. TOURISM_TEST_KILLS and TOURISM_TEST_RUSH_S make them long (`make endurance`).
"""

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.bench.load import Task
from tests.bench.site import Server, end_load, load, prepare, server, start_load
from tests.servers import postgresql
from tourism.bookings.models import COUNTED, Booking, BookingStatus
from tourism.bookings.recount import recount
from tourism.core.db import make_engine
from tourism.experiences.models import CeilingCount
from tourism.tickets.models import Ticket, TicketStatus

KILLS = int(os.environ.get("TOURISM_TEST_KILLS", "2"))
RUSH_S = float(os.environ.get("TOURISM_TEST_RUSH_S", "4"))
BETWEEN_KILLS_S = 1.0
RESTART_S = 6.0  # a server on a busy machine
pytestmark = [pytest.mark.timeout(120 + 15 * KILLS + 2 * RUSH_S), pytest.mark.flaky(reruns=0)]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of its own that waits for the disk, as in production."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            yield f"sqlite:///{tmp_path / 'tourism.db'}"
        else:
            yield stack.enter_context(postgresql(durable=True))


@contextmanager
def database(url: str) -> Iterator[Session]:
    engine = make_engine(url)
    with Session(engine) as session:
        yield session
    engine.dispose()


def workers(url: str) -> int:
    return 1 if url.startswith("sqlite") else 2


def say(url: str, **figures: object) -> None:
    """Figures for whoever runs it by hand."""
    print(
        sa.make_url(url).get_backend_name(), *(f"{name}={each}" for name, each in figures.items())
    )


def kill_something(running: Server) -> None:
    """A worker, which the server replaces; or all at once, and somebody starts the server anew."""
    ids = running.worker_ids()
    if ids and random.random() < 0.5:
        os.kill(random.choice(ids), signal.SIGKILL)
        return
    running.kill()
    running.start()


@pytest.mark.parametrize("ceilings", [[], [10**6 - 1] * 3], ids=["at-once", "under-ceilings"])
def test_no_kill_loses_or_doubles_a_booking(url: str, tmp_path: Path, ceilings: list[int]) -> None:
    """What was acknowledged is there, confirmed, with one ticket; what was sent again after a kill
    was done once: nothing is booked but what was acknowledged or was on its way at the end.

    Without ceilings bookings go straight to the driver, on SQLite several in one commit."""
    prepared = prepare(url, slots=5, ceilings=ceilings)
    told = tmp_path / "acknowledged"
    clients, length = 4, KILLS * (BETWEEN_KILLS_S + RESTART_S) + 10
    with server(url, tmp_path, workers=workers(url)) as running:
        slots = list(prepared.slots)
        ask = Task(running.port, clients, length, "confirm", slots, record=str(told))
        loading, ends = start_load(ask), time.monotonic() + length
        kills = 0
        while kills < KILLS and time.monotonic() < ends - 1:
            time.sleep(random.uniform(0.5, 1.5) * BETWEEN_KILLS_S)
            kill_something(running)
            kills += 1
        time.sleep(BETWEEN_KILLS_S)
        result = end_load(loading, early=True)
    acknowledged = told.read_text().split()
    assert kills == KILLS
    assert result.done == len(acknowledged) == len(set(acknowledged)) > 0
    assert not [status for status in result.failed if status.startswith("5")], result.failed
    with database(url) as session:
        found = dict.fromkeys(_confirmed_with_one_ticket(session))
        lost = [each for each in acknowledged if each not in found]
        unacknowledged = _counted(session) - len(acknowledged)
        differing = recount(session)
    say(url, kills=kills, acknowledged=len(acknowledged), lost=len(lost), sent_again=result.failed)
    say(url, booked_beyond_what_was_acknowledged=unacknowledged, differences=len(differing))
    assert lost == []
    given_up = sum(count for status, count in result.failed.items() if status != "lost")
    assert 0 <= unacknowledged <= clients + given_up
    assert differing == []


def test_many_slots_below_three_ceilings_never_deadlock(url: str, tmp_path: Path) -> None:
    """32 clients hold, confirm and cancel across slots; some are refused, nothing fails."""
    prepared = prepare(url, slots=8, ceilings=[900, 800, 850])
    with server(url, tmp_path, workers=workers(url)) as running:
        result = load(Task(running.port, 32, RUSH_S, "churn", list(prepared.slots)))
    with database(url) as session:
        differing = recount(session)
        fullest = session.scalar(sa.select(sa.func.max(CeilingCount.taken)))
    deadlocks = (tmp_path / "server.log").read_text().count("deadlock")
    say(url, seconds=RUSH_S, done=result.done, refused_or_failed=result.failed)
    say(url, deadlocks=deadlocks, fullest_ceiling=fullest, differences=len(differing))
    assert result.done > 0
    assert set(result.failed) <= {"409"}
    assert deadlocks == 0
    assert fullest
    assert differing == []


def _confirmed_with_one_ticket(session: Session) -> list[str]:
    valid = (Ticket.booking_id == Booking.id) & (Ticket.status == TicketStatus.VALID)
    return list(
        session.scalars(
            sa.select(Booking.reference)
            .join(Ticket, valid)
            .where(Booking.status == BookingStatus.CONFIRMED)
            .group_by(Booking.reference)
            .having(sa.func.count(Ticket.id) == 1)
        )
    )


def _counted(session: Session) -> int:
    query = sa.select(sa.func.count(Booking.id)).where(Booking.status.in_(COUNTED))
    return session.scalars(query).one()
