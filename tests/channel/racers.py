"""What the processes of a race of channels do; the site's own are in `tests/bookings/racers.py`."""

import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from tests.bookings import racers
from tests.factories.channels import Agency
from tourism.app import create_app
from tourism.audit.operations import Actor
from tourism.bookings import sales, walk_ins
from tourism.channels.queries import get_channel
from tourism.core.errors import ConflictError
from tourism.settings import Settings

STAFF = Actor("user", "1")


def sell_until_refused(
    url: str, slot_id: int, unit_id: int, now: datetime, channel_id: int
) -> Counter[str]:
    """Sell one place at a time until there are no more for this channel: how many it got, and
    what it was told at the end."""
    got: Counter[str] = Counter()
    with racers._engine(url) as engine:
        engine.connect().close()  # so that all are equally ready
        racers._start.wait()
        while True:
            try:
                _sell(engine, slot_id, unit_id, now, channel_id)
            except ConflictError as error:
                return got + Counter({error.code: 1})
            got["places"] += 1


def _sell(engine: sa.Engine, slot_id: int, unit_id: int, now: datetime, channel_id: int) -> None:
    with racers._transaction(engine) as session:
        sales.sell_slot(
            session,
            channel=get_channel(session, channel_id),
            uuid=str(uuid4()),
            slot_id=slot_id,
            note=sales.Note(guests=[sales.Guest(uuid=str(uuid4()), unit_id=unit_id)]),
            language="en",
            hold=timedelta(minutes=15),
            zone=ZoneInfo("Asia/Shanghai"),
            now=now,
            actor=Actor("channel", str(channel_id)),
        )


def ask_until_refused(url: str, key: str, start: str, site: str) -> Counter[str]:
    """A channel's whole way, through the interface: one adult at a time until it is refused."""
    with tempfile.TemporaryDirectory() as instance:
        app = create_app(Settings(instance=Path(instance), database_url=url, secret_key=site))
        agency = Agency(app.test_client(), key)
        racers._start.wait()
        got: Counter[str] = Counter()
        while True:
            response = agency.ask("POST", "/bookings", _wanted(start))
            assert response.json is not None
            if response.status_code != 200:
                return got + Counter({response.json["error"]: 1})
            got["places"] += 1


def sell_on_the_spot(
    url: str, slot_id: int, unit_id: int, now: datetime, _site: str
) -> Counter[str]:
    """The window at the entrance, with one walk-in after the other until there is no room."""
    got: Counter[str] = Counter()
    with racers._engine(url) as engine:
        engine.connect().close()
        racers._start.wait()
        while True:
            walk_in = walk_ins.WalkIn(
                party={unit_id: 1}, language="en", idempotency_key=str(uuid4())
            )
            try:
                with racers._transaction(engine) as session:
                    walk_ins.sell_walk_in(
                        session, slot_id=slot_id, walk_in=walk_in, key_id=1, now=now, actor=STAFF
                    )
            except ConflictError as error:
                return got + Counter({error.code: 1})
            got["places"] += 1


def hold_on_the_site(
    url: str, slot_id: int, unit_id: int, now: datetime, _site: str
) -> Counter[str]:
    return Counter(places=racers.hold_until_full(url, slot_id, unit_id, now, 1), slot_full=1)


def run(url: str, work: Callable[..., Counter[str]], given: list[Any]) -> Counter[str]:
    """One of the above."""
    return work(url, *given)


def _wanted(start: str) -> dict[str, Any]:
    return {
        "uuid": str(uuid4()),
        "productId": "test-picking",
        "optionId": "DEFAULT",
        "availabilityId": start,
        "unitItems": [{"unitId": "adult"}],
    }
