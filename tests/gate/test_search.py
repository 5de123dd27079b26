"""Finding a booking by the end of a phone number: today's, here, seldom, and noted."""

import json
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories.admissions import (
    make_device,
    make_gate,
    make_slot_now,
    make_ticket,
    reference_of,
)
from tests.factories.destination import make_destination
from tests.factories.experiences import make_slot
from tourism.admissions.models import Gate, GateDevice
from tourism.audit.models import AuditEntry
from tourism.bookings.models import Booking
from tourism.core.clock import now
from tourism.experiences.models import Slot
from tourism.tickets.models import Ticket


@pytest.fixture
def slot(session: Session) -> Slot:
    make_destination(session)
    return make_slot_now(session, now())


@pytest.fixture
def gate(session: Session, slot: Slot) -> Gate:
    return make_gate(session, slot.experience)


@pytest.fixture
def secret(session: Session, gate: Gate) -> str:
    secret = make_device(session, gate, now())
    session.commit()
    return secret


def test_todays_bookings_here_are_found_and_nothing_else(
    client: FlaskClient, session: Session, secret: str, slot: Slot
) -> None:
    """Not another day's, another orchard's, a cancelled one's or another number's."""
    mine = _with_phone(session, make_ticket(session, slot, 3))
    later = make_slot(session, slot.experience, slot.starts_at + timedelta(days=2))
    _with_phone(session, make_ticket(session, later))
    _with_phone(session, make_ticket(session, make_slot_now(session, now(), "other")))
    _with_phone(session, make_ticket(session, slot, status="cancelled"))
    _with_phone(session, make_ticket(session, slot), "+8613812349999")
    session.commit()
    [found] = _search(client, secret, "5678").get_json()["found"]
    assert found["reference"] == reference_of(session, mine)
    assert (found["initial"], found["party"], found["inside"]) == ("王", 3, 0)
    assert "小明" not in json.dumps(found, ensure_ascii=False)
    assert "5678" not in json.dumps(found)


def test_that_it_was_asked_is_kept_without_the_number(
    client: FlaskClient, session: Session, secret: str
) -> None:
    _search(client, secret, "5678")
    device = session.scalars(sa.select(GateDevice.id)).one()
    entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "gate.search")).one()
    assert (entry.actor, entry.after) == (f"device:{device}", {"found": 0})


def test_trying_all_numbers_is_soon_ended(
    client: FlaskClient, session: Session, secret: str, gate: Gate
) -> None:
    """Each phone has its own limit: a second one at the same address is not held up."""
    other = make_device(session, gate, now())
    session.commit()
    answers = [_search(client, secret, f"{tail:04}") for tail in range(21)]
    assert [answer.status_code for answer in answers] == [200] * 20 + [429]
    assert answers[-1].get_json() == {"error": "too_often"}
    assert _search(client, other, "5678").status_code == 200


@pytest.mark.parametrize("tail", ["", "567", "56789", "56 8", "%%%%", "５６７８", 5678])
def test_anything_but_four_digits_is_not_understood(
    client: FlaskClient, secret: str, tail: Any
) -> None:
    answer = _search(client, secret, tail)
    assert (answer.status_code, answer.get_json()["field"]) == (400, "tail")


def test_a_stranger_finds_nothing(client: FlaskClient, secret: str) -> None:
    assert _search(client, "a" * 43, "5678").status_code == 401


def _with_phone(session: Session, ticket: Ticket, phone: str = "+8613812345678") -> Ticket:
    booking = session.get_one(Booking, ticket.booking_id)
    booking.phone, booking.name = phone, "王小明"
    return ticket


def _search(client: FlaskClient, secret: str, tail: Any) -> Any:
    headers = {"Authorization": f"Device {secret}"}
    return client.post("/gate/api/search", data=json.dumps({"v": 1, "tail": tail}), headers=headers)
