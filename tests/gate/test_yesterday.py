"""A phone that was not opened since the last release still speaks to today's server.

`yesterday.py` holds what it sends. What it reads must be in every answer under the same name, and
what either side has that the other does not know is passed over.
"""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories.admissions import make_gate, make_slot_now, make_ticket
from tests.factories.destination import make_destination
from tests.gate import yesterday
from tourism.admissions.enrolments import create_enrolment
from tourism.admissions.models import Admission, Gate, Undo
from tourism.audit.operations import SYSTEM
from tourism.bookings.allotments import give_allotment
from tourism.core.clock import now
from tourism.experiences.models import Slot, Unit
from tourism.tickets.models import Ticket
from tourism.tickets.tokens import sign_ticket
from tourism.web.codes import ticket_keys

NEW = {"from_next_year": {"deep": [1, None]}}  # what today's server has never heard of


@pytest.fixture
def slot(session: Session) -> Slot:
    make_destination(session)
    return make_slot_now(session, now())


@pytest.fixture
def gate(session: Session, slot: Slot) -> Gate:
    return make_gate(session, slot.experience)


@pytest.fixture
def ticket(session: Session, gate: Gate, slot: Slot) -> Ticket:
    ticket = make_ticket(session, slot, 4)
    session.commit()
    return ticket


@pytest.fixture
def phone(client: FlaskClient, session: Session, gate: Gate) -> dict[str, Any]:
    """Enrolled as the old page did it."""
    code = create_enrolment(
        session, gate=gate, device_name="", created_by=None, actor=SYSTEM, now=now()
    ).code
    session.commit()
    answer = client.post("/gate/api/enrol", json=yesterday.enrolment(code) | NEW)
    assert answer.status_code == 201
    body: dict[str, Any] = answer.get_json()
    return body


def test_it_is_enrolled_and_told_what_it_needs(phone: dict[str, Any]) -> None:
    assert {"device", "secret", "gate", "keys", "time_zone", "now"} <= set(phone)
    assert {"slug", "name"} <= set(phone["gate"])


def test_it_asks(client: FlaskClient, phone: dict[str, Any], ticket: Ticket) -> None:
    event = yesterday.asked_scan(token=_token(ticket), at=now()) | NEW
    answer = _post(client, phone, "scans", yesterday.asking(event, now()) | NEW)
    assert (answer["outcome"], answer["verdict"], answer["people"]) == ("ok", "admit", 4)
    assert {"id", "repeat", "at", "now", "first", "minutes", "way_m"} <= set(answer)
    read = "id reference starts_at ends_at party admitted left away units due experience place"
    assert set(read.split()) <= set(answer["ticket"])


def test_it_tells_all_that_it_did_alone(
    client: FlaskClient, session: Session, phone: dict[str, Any], ticket: Ticket, slot: Slot
) -> None:
    """A scan, a refusal, what it took back and what it sold: an answer for each, all kept."""
    give_allotment(
        session,
        device_id=phone["device"]["id"],
        slot_id=slot.id,
        places=3,
        now=now(),
        actor=SYSTEM,
    )
    session.commit()
    unit = session.scalars(sa.select(Unit.id).order_by(Unit.id)).first()
    at = now() - timedelta(minutes=3)
    scan = yesterday.told_scan(token=_token(ticket), people=3, at=at)
    told = [
        scan | NEW,
        yesterday.refusal(code="ZZZZZZZZ", at=at),
        yesterday.undo(scan["id"], now()),
        yesterday.sale(slot=slot.id, unit=unit or 0, at=at, mode="done"),
    ]
    body = _post(client, phone, "sync", yesterday.syncing(told, now(), battery=40) | NEW)
    outcomes = {name: each["outcome"] for name, each in body["results"].items()}
    assert set(outcomes) == {each["id"] for each in told}
    assert "rejected" not in outcomes.values()
    session.expire_all()
    assert session.scalar(sa.select(sa.func.count()).select_from(Admission)) == 3
    assert session.scalars(sa.select(Undo.scan_id)).all() == [scan["id"]]
    assert session.get_one(Ticket, ticket.id).admitted == 0


def test_it_learns_the_list(client: FlaskClient, phone: dict[str, Any], ticket: Ticket) -> None:
    """Rows are read by position: more may follow, none may move."""
    body = _post(client, phone, "sync", yesterday.syncing([], now()))
    read = "now results whole changes slots called_off units walk_in present cursor keys alerts"
    assert {*read.split(), "build"} <= set(body)
    [row] = body["changes"]
    assert row[:7] == [ticket.id, ticket.slot_id, 4, "valid", 0, row[5], 0]
    assert {"id", "starts_at", "ends_at", "experience", "place", "here", "way_m"} <= set(
        body["slots"][0]
    )
    again = _post(client, phone, "sync", yesterday.syncing([], now(), cursor=body["cursor"]))
    assert (again["whole"], again["changes"]) == (False, [])


def test_it_sells(client: FlaskClient, session: Session, phone: dict[str, Any], slot: Slot) -> None:
    unit = session.scalars(sa.select(Unit.id).order_by(Unit.id)).first()
    event = yesterday.sale(slot=slot.id, unit=unit or 0, at=now()) | NEW
    answer = _post(client, phone, "walk-ins", yesterday.asking(event, now()))
    assert (answer["outcome"], answer["people"]) == ("ok", 2)


def _token(ticket: Ticket) -> str:
    return sign_ticket(ticket_keys(), ticket)


def _post(client: FlaskClient, phone: dict[str, Any], path: str, body: Any) -> dict[str, Any]:
    shown = {"Authorization": f"Device {phone['secret']}"}
    answer = client.post(f"/gate/api/{path}", json=body, headers=shown)
    assert answer.status_code == 200, answer.get_json()
    found: dict[str, Any] = answer.get_json()
    return found
