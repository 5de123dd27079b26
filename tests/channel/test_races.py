"""Two channels, the site and a walk-in want the last places of a slot, each from a process."""

from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.bookings.test_races import PROCESSES, adult, pool, race, slot
from tests.channel import racers
from tests.factories.bookings import make_bookable_slot, taken
from tests.factories.channels import make_channel, make_key
from tests.factories.experiences import make_slot
from tourism.bookings.recount import recount
from tourism.core.clock import now
from tourism.experiences.models import Slot

pytestmark = pytest.mark.flaky(reruns=0)  # once in a hundred times is what these look for

__all__ = ["pool", "slot"]  # fixtures
ZONE = ZoneInfo("Asia/Shanghai")


def test_channels_the_site_and_a_walk_in_never_oversell(
    pool: object, session: Session, app: Flask
) -> None:
    """Everybody sells on until refused, the channels through the interface with a key each; the
    sum is the capacity, to the last place, and each channel is told UNPROCESSABLE_ENTITY."""
    soon = now().astimezone(ZONE).replace(second=0, microsecond=0) + timedelta(minutes=10)
    slot = make_bookable_slot(session, soon - timedelta(days=1), capacity=40)
    keys = [make_key(session, make_channel(session, name)).secret for name in ("一", "二")]
    site = app.config["TOURISM"].secret_key
    there = [slot.id, adult(slot), now(), site]
    works = (
        *(racers.ask_until_refused, racers.ask_until_refused),
        *(racers.hold_on_the_site, racers.sell_on_the_spot),
    )
    asked = [[key, soon.isoformat(), site] for key in keys]
    got = race(pool, racers.run, session, works, (*asked, there, there))  # type: ignore[arg-type]
    assert sum(each["places"] for each in got) == taken(session, slot) == 40
    assert [each["UNPROCESSABLE_ENTITY"] for each in got[:2]] == [1, 1]
    assert [each["slot_full"] for each in got[2:]] == [1, 1]
    assert recount(session) == []


@pytest.mark.parametrize(
    ("terms", "most", "refusal"),
    [({"share_percent": 30}, 12, "share"), ({"daily_limit": 1}, 1, "daily_limit")],
)
def test_one_channel_in_many_processes_keeps_within_its_terms(
    pool: object,
    session: Session,
    slot: Slot,
    at: datetime,
    terms: dict[str, int],
    most: int,
    refusal: str,
) -> None:
    slot.capacity = 40
    channel = make_channel(session, **terms)
    sellers = (channel.id,) * PROCESSES
    slots = (slot.id,) * PROCESSES
    if "daily_limit" in terms:  # over all slots of a day, so that no slot's own lock helps
        later = [slot.starts_at + timedelta(hours=hour) for hour in range(1, PROCESSES)]
        slots = (slot.id, *(make_slot(session, slot.experience, start).id for start in later))
    got = race(pool, racers.sell_until_refused, session, slots, adult(slot), at, sellers)  # type: ignore[arg-type]
    sold = sum(taken(session, session.get_one(Slot, each)) for each in set(slots))
    assert sum(got, Counter())["places"] == sold == most
    assert all(each[refusal] == 1 for each in got)
    assert recount(session) == []
