"""An old picture of a moved ticket's code: what the server and the phones' list say counts."""

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories.admissions import make_device, make_gate, make_slot_now
from tests.factories.bookings import make_booking
from tests.factories.destination import make_destination
from tests.factories.experiences import make_slot
from tourism.audit.operations import VISITOR
from tourism.bookings.changes import move_booking
from tourism.bookings.models import Booking
from tourism.bookings.queries import get_booking
from tourism.core.clock import now
from tourism.experiences.models import Slot
from tourism.tickets.tokens import sign_ticket
from tourism.web.codes import ticket_keys

DAY = timedelta(days=1)


@pytest.fixture
def today(session: Session) -> Slot:
    make_destination(session)
    slot = make_slot_now(session, now().replace(second=0, microsecond=0))
    slot.experience.cancel_cutoff = -DAY  # may still be moved
    return slot


@pytest.fixture
def tomorrow(session: Session, today: Slot) -> Slot:
    return make_slot(session, today.experience, today.starts_at + DAY)


@pytest.fixture
def secret(session: Session, today: Slot) -> str:
    secret = make_device(session, make_gate(session, today.experience), now())
    session.commit()
    return secret


def move(session: Session, booking: Booking, slot: Slot) -> Booking:
    fresh = get_booking(session, booking.reference)
    move_booking(session, booking=fresh, slot_id=slot.id, now=now(), actor=VISITOR)
    session.commit()
    session.expire_all()
    return get_booking(session, booking.reference)


def post(client: FlaskClient, secret: str, path: str, body: dict[str, Any]) -> Any:
    whole = {"v": 1, "build": "test", "clock": now().isoformat(), "waiting": 0} | body
    headers = {"Authorization": f"Device {secret}"}
    answer = client.post(f"/gate/api/{path}", data=json.dumps(whole), headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def ask(client: FlaskClient, secret: str, code: str, people: int | None = None) -> Any:
    scan = {"id": str(uuid.uuid4()), "seq": 1, "n": people, "dir": "in", "via": "qr"}
    scan |= {"at": now().isoformat(), "mode": "ask", "token": code}
    return post(client, secret, "scans", {"event": scan})


def listed(client: FlaskClient, secret: str, cursor: str = "") -> Any:
    return post(client, secret, "sync", {"cursor": cursor, "scans": []})


def test_the_old_picture_meets_the_new_time(
    client: FlaskClient, session: Session, today: Slot, tomorrow: Slot, secret: str
) -> None:
    """Moved to tomorrow, the old code admits nobody today, on the server and on the phone."""
    booking = make_booking(session, today, now(), 4)
    session.commit()
    (ticket,) = booking.tickets
    picture = sign_ticket(ticket_keys(), ticket)
    before = listed(client, secret)
    assert [row[:2] for row in before["changes"]] == [[ticket.id, today.id]]
    moved = move(session, booking, tomorrow)
    assert [each.id for each in moved.tickets] == [ticket.id]
    assert sign_ticket(ticket_keys(), moved.tickets[0]) != picture
    said = ask(client, secret, picture)
    assert (said["outcome"], said["ticket"]["slot"]) == ("wrong_day", tomorrow.id)
    then = listed(client, secret, before["cursor"])
    assert [row[:2] for row in then["changes"]] == [[ticket.id, tomorrow.id]]
    times = {each["id"]: each["starts_at"] for each in listed(client, secret)["slots"]}
    assert times.get(tomorrow.id, said["ticket"]["starts_at"]) == said["ticket"]["starts_at"]


def test_the_old_picture_opens_the_gate_at_the_new_time(
    client: FlaskClient, session: Session, today: Slot, tomorrow: Slot, secret: str
) -> None:
    """Booked for tomorrow and moved to now: the code that says tomorrow is good."""
    booking = make_booking(session, tomorrow, now(), 4)
    session.commit()
    picture = sign_ticket(ticket_keys(), booking.tickets[0])
    assert ask(client, secret, picture)["outcome"] == "wrong_day"
    moved = move(session, booking, today)
    said = ask(client, secret, picture, people=4)
    assert (said["outcome"], said["people"]) == ("ok", 4)
    assert said["ticket"]["slot"] == today.id
    (row,) = listed(client, secret)["changes"]
    assert row[:5] == [moved.tickets[0].id, today.id, 4, "valid", 4]
