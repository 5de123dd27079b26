"""What the processes of a race of channels do; the site's own are in `tests/bookings/racers.py`."""

from collections import Counter
from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from tests.bookings import racers
from tourism.audit.operations import Actor
from tourism.bookings import sales
from tourism.channels.queries import get_channel
from tourism.core.errors import ConflictError


def sell_until_refused(
    url: str, slot_id: int, unit_id: int, now: datetime, channel_id: int | None
) -> Counter[str]:
    """Sell one place at a time until there are no more for this seller (None: the site itself):
    how many it got, and what it was told at the end."""
    if channel_id is None:
        return Counter(places=racers.hold_until_full(url, slot_id, unit_id, now, 1), slot_full=1)
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
