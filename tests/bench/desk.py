"""How fast an owner's season is made and looked at, and the first page on a full day.

    python -m tests.bench --parts desk

A season of 60 days with 8 slots a day for 4 experiences; then 5,000 bookings for one day. Pages are
asked for in this process, on both databases: what is measured is the program and its database.
"""

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.bench.table import Row, timed
from tests.factories.accounts import make_user, sign_in
from tests.factories.destination import make_destination
from tests.factories.experiences import make_experience, make_operator
from tests.statements import statements
from tourism import migrations
from tourism.accounts.models import Role
from tourism.app import create_app
from tourism.bookings.models import Booking, BookingStatus
from tourism.core.clock import now
from tourism.experiences.models import HolidayRule, Membership, Schedule, Slot
from tourism.settings import Settings
from tourism.tickets.models import Ticket
from tourism.web import db

EXPERIENCES, DAYS, SLOTS, BOOKINGS, ROUNDS = 4, 60, 8, 5000, 20
T = TypeVar("T")
ZONE = ZoneInfo("Asia/Shanghai")


def measure(name: str, url: str, folder: Path) -> Iterator[Row]:
    app = _app(folder, url)
    with app.app_context():
        session = db.db_session()
        client = _prepare(app, session)
        yield from _season(name, session, client)
        yield from _day(name, session, client)
        session.close()
        db.dispose()


def _app(instance: Path, url: str) -> Flask:
    app = create_app(Settings(instance=instance, database_url=url, secret_key="bench"))
    app.config.update(WTF_CSRF_ENABLED=False)
    with app.app_context():
        migrations.upgrade(db.engine())
    return app


def _prepare(app: Flask, session: Session) -> FlaskClient:
    make_destination(session)
    operator = make_operator(session)
    made = [
        make_experience(session, f"bench-{number}", operator=operator)
        for number in range(EXPERIENCES)
    ]
    owner = make_user(session, Role.OWNER)
    session.add(Membership(operator_id=operator.id, user_id=owner.id))
    first = now().astimezone(ZONE).date() + timedelta(days=1)
    hours = [{"days": list(range(7)), "opens": "08:00", "closes": "16:00", "capacity": 700}]
    session.add_all(
        Schedule(
            experience_id=each.id,
            starts_on=first,
            ends_on=first + timedelta(days=DAYS - 1),
            hours=hours,
            breaks=[],
            every=timedelta(hours=1),
            window=timedelta(hours=1),
            holidays=HolidayRule.AS_USUAL,
        )
        for each in made
    )
    session.commit()
    client = app.test_client()
    sign_in(client, owner)
    return client


def _season(name: str, session: Session, client: FlaskClient) -> Iterator[Row]:
    """Look, do, and look again, each as one request."""
    shown, page = _timed(lambda: client.get("/desk/timetable/"))
    plan = page.text.split('name="plan" value="')[1].split('"')[0]
    done, answer = _timed(lambda: client.post("/desk/timetable/", data={"plan": plan}))
    assert answer.status_code == 303, answer.status_code
    session.expire_all()
    made = session.query(Slot).count()
    assert made == EXPERIENCES * DAYS * SLOTS, made
    again, _page = _timed(lambda: client.get("/desk/timetable/"))
    label = f"season of {made} slots"
    facts = {"kib": len(page.data) / 1024}
    yield Row(name, f"{label}: look", 1, [timed([shown * 1000])], facts=facts)
    yield Row(name, f"{label}: do", 1, [timed([done * 1000])])
    yield Row(name, f"{label}: again", 1, [timed([again * 1000])])


def _day(name: str, session: Session, client: FlaskClient) -> Iterator[Row]:
    day = now().astimezone(ZONE).date() + timedelta(days=1)
    _book(session, datetime.combine(day, datetime.min.time(), ZONE))
    for path in (f"/desk/?day={day}", f"/desk/live?day={day}"):
        with statements(session) as asked:
            assert client.get(path).status_code == 200
        ask = partial(client.get, path)
        times = [_timed(ask)[0] * 1000 for _ in range(ROUNDS)]
        label, facts = path.partition("?")[0], {"statements": len(asked)}
        yield Row(name, f"{label} of {BOOKINGS:,}", 1, [timed(times)], facts=facts)


def _book(session: Session, midnight: datetime) -> None:
    until = midnight + timedelta(days=1)
    slots = session.query(Slot).filter(Slot.starts_at >= midnight, Slot.starts_at < until).all()
    for number in range(BOOKINGS):
        slot = slots[number % len(slots)]
        booking = Booking(
            reference=f"B{number:07}", key=f"{number}", slot_id=slot.id, party_size=3,
            status=BookingStatus.CONFIRMED, language="zh-Hans", created_at=midnight, name="王",
        )  # fmt: skip
        booking.tickets = [_ticket(slot, number)]
        slot.taken += 3
        session.add(booking)
    session.commit()


def _ticket(slot: Slot, number: int) -> Ticket:
    return Ticket(
        id=f"{number:016}", slot_id=slot.id, party_size=3, admitted=number % 4, key_id=1,
        starts_at=slot.starts_at, ends_at=slot.ends_at, issued_at=slot.starts_at,
    )  # fmt: skip


def _timed(act: Callable[[], T]) -> tuple[float, T]:
    began = time.perf_counter()
    found = act()
    return time.perf_counter() - began, found
