"""People on the spot: sold by asking, or by the phone alone from what it was given."""

import itertools
import json
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories.admissions import make_device, make_gate, make_slot_now
from tests.factories.destination import make_destination
from tourism.admissions.models import Admission, Gate, GateDevice, Via
from tourism.audit.operations import SYSTEM
from tourism.bookings.allotments import give_allotment
from tourism.bookings.models import Booking
from tourism.bookings.recount import recount
from tourism.core.clock import now
from tourism.experiences.models import Slot, Unit
from tourism.tickets.models import Ticket

_seq = itertools.count(1)


@pytest.fixture
def slot(session: Session) -> Slot:
    """Open at this very moment, with six places."""
    make_destination(session)
    slot = make_slot_now(session, now())
    slot.capacity = 6
    return slot


@pytest.fixture
def gate(session: Session, slot: Slot) -> Gate:
    return make_gate(session, slot.experience)


@pytest.fixture
def secret(session: Session, gate: Gate) -> str:
    secret = make_device(session, gate, now())
    session.commit()
    return secret


def test_a_party_on_the_spot_takes_places_and_is_in(
    client: FlaskClient, session: Session, secret: str, slot: Slot
) -> None:
    event = _event(session, slot, adult=2, child=1)
    answers = [_sell(client, secret, event) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    first, again = (answer.get_json() for answer in answers)
    assert (first["outcome"], first["people"], first["repeat"]) == ("ok", 3, False)
    assert (again["people"], again["repeat"]) == (3, True)
    session.expire_all()
    booking = session.scalars(sa.select(Booking)).one()
    assert (booking.walk_in, booking.reference) == (True, first["ticket"]["reference"])
    assert session.scalars(sa.select(Ticket.admitted)).all() == [3]
    row = session.scalars(sa.select(Admission)).one()
    assert (row.id, row.via, row.people) == (event["id"], Via.WALK_IN, 3)
    _is_sound(session, slot, taken=3)


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"adult": 7}, 409, "slot_full"),
        ({"infant": 1}, 422, "party_needs_company"),
        ({}, 422, "party_empty"),
    ],
)
def test_what_cannot_be_sold_leaves_nothing_behind(
    client: FlaskClient,
    session: Session,
    secret: str,
    slot: Slot,
    change: dict[str, int],
    status: int,
    error: str,
) -> None:
    answer = _sell(client, secret, _event(session, slot, **change))
    assert (answer.status_code, answer.get_json()["error"]) == (status, error)
    assert session.scalar(sa.select(sa.func.count()).select_from(Booking)) == 0
    _is_sound(session, slot, taken=0)


def test_another_orchards_slot_is_not_sold_here(
    client: FlaskClient, session: Session, secret: str
) -> None:
    other = make_slot_now(session, now(), "other")
    session.commit()
    answer = _sell(client, secret, _event(session, other, adult=1))
    assert (answer.status_code, answer.get_json()["error"]) == (409, "wrong_place")
    _is_sound(session, other, taken=0)


def test_the_phone_learns_what_it_may_sell(
    client: FlaskClient, session: Session, secret: str, slot: Slot
) -> None:
    _allot(session, slot, 4)
    told = _sync(client, secret, [])["walk_in"]
    [offer] = told["slots"]
    assert (offer["id"], offer["left"], offer["mine"]) == (slot.id, 2, 4)
    units = told["experiences"][str(slot.experience_id)]["units"]
    assert [unit["alone"] for unit in units] == [True, True, False]
    assert {unit["price"] for unit in units} == {None}


def test_what_a_phone_sold_alone_is_booked_from_its_allotment(
    client: FlaskClient, session: Session, secret: str, slot: Slot
) -> None:
    """The rest of the slot is sold out meanwhile; told twice, it is booked once."""
    _allot(session, slot, 4)
    assert _sell(client, secret, _event(session, slot, adult=2)).status_code == 200
    assert _sell(client, secret, _event(session, slot, adult=1)).status_code == 409
    events = [_event(session, slot, mode="done", adult=2) for _ in range(2)]
    for _ in range(2):
        results = _sync(client, secret, events)["results"]
        assert [results[event["id"]]["outcome"] for event in events] == ["ok", "ok"]
    assert _sync(client, secret, [])["walk_in"]["slots"][0]["mine"] == 0
    assert session.scalar(sa.select(sa.func.count()).select_from(Booking)) == 3
    _is_sound(session, slot, taken=6)


def test_what_a_phone_sold_without_having_it_is_said_and_blocks_nothing(
    client: FlaskClient, session: Session, secret: str, slot: Slot
) -> None:
    """Its allotment was taken from it while it was away."""
    _allot(session, slot, 2)
    good = _event(session, slot, mode="done", adult=2)
    bad = _event(session, slot, mode="done", adult=7)
    results = _sync(client, secret, [bad, good])["results"]
    assert results[bad["id"]] == {"outcome": "rejected", "reason": "slot_full"}
    assert results[good["id"]]["outcome"] == "ok"
    _is_sound(session, slot, taken=2)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"party": []}, "party"),
        ({"party": {"x": 1}}, "party"),
        ({"party": {"1": 0}}, "1"),
        ({"slot": 0}, "slot"),
        ({"language": "fr"}, "language"),
        ({"id": "x"}, "id"),
    ],
)
def test_what_is_not_understood_is_named(
    client: FlaskClient,
    session: Session,
    secret: str,
    slot: Slot,
    change: dict[str, Any],
    field: str,
) -> None:
    event = _event(session, slot, adult=1) | change
    answer = _sell(client, secret, event)
    assert (answer.status_code, answer.get_json()["field"]) == (400, field)
    result = _sync(client, secret, [event])["results"][event["id"]]
    assert result == {"outcome": "rejected", "reason": field}


def _event(session: Session, slot: Slot, *, mode: str = "ask", **party: int) -> dict[str, Any]:
    units = session.scalars(sa.select(Unit).where(Unit.experience_id == slot.experience_id))
    ids = {unit.code: str(unit.id) for unit in units}
    return {
        "id": str(uuid.uuid4()),
        "seq": next(_seq),
        "dir": "in",
        "via": "walk_in",
        "mode": mode,
        "verdict": "ok",
        "at": now().isoformat(),
        "slot": slot.id,
        "party": {ids[code]: many for code, many in party.items()},
        "n": sum(party.values()),
        "language": "zh-Hans",
    }


def _sell(client: FlaskClient, secret: str, event: dict[str, Any]) -> Any:
    return _post(client, "walk-ins", secret, {"event": event})


def _sync(client: FlaskClient, secret: str, events: list[dict[str, Any]]) -> dict[str, Any]:
    answer = _post(client, "sync", secret, {"cursor": "", "waiting": 0, "scans": events})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.get_json()
    return body


def _post(client: FlaskClient, path: str, secret: str, more: dict[str, Any]) -> Any:
    body = {"v": 1, "build": "b1", "clock": now().isoformat()} | more
    headers = {"Authorization": f"Device {secret}"}
    return client.post(f"/gate/api/{path}", data=json.dumps(body), headers=headers)


def _allot(session: Session, slot: Slot, places: int) -> None:
    device = session.scalars(sa.select(GateDevice.id)).one()
    give_allotment(
        session, device_id=device, slot_id=slot.id, places=places, now=now(), actor=SYSTEM
    )
    session.commit()


def _is_sound(session: Session, slot: Slot, *, taken: int) -> None:
    session.commit()
    session.refresh(slot)
    assert slot.taken == taken
    assert recount(session) == []
