"""The API of enrolled phones: enrolment, asking, refusals in JSON, and what it costs."""

import json
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.factories.admissions import (
    make_device,
    make_gate,
    make_slot_now,
    make_ticket,
    reference_of,
)
from tests.factories.destination import make_destination
from tests.statements import direct_statements
from tourism.admissions.enrolments import create_enrolment
from tourism.admissions.models import Admission, Enrolment, Gate, GateDevice
from tourism.audit.operations import SYSTEM
from tourism.audit.queries import entries_of
from tourism.core.clock import now
from tourism.experiences.models import Slot
from tourism.tickets.models import Ticket, TicketStatus
from tourism.tickets.tokens import sign_ticket
from tourism.web import db
from tourism.web.codes import ticket_keys
from tourism.web.limits import limiter


@pytest.fixture
def slot(session: Session) -> Slot:
    """Open at this very moment: the API has only the real clock."""
    make_destination(session)
    return make_slot_now(session, now().replace(second=0, microsecond=0))


@pytest.fixture
def gate(session: Session, slot: Slot) -> Gate:
    return make_gate(session, slot.experience)


@pytest.fixture
def secret(session: Session, gate: Gate) -> str:
    secret = make_device(session, gate, now())
    session.commit()
    return secret


@pytest.fixture
def ticket(session: Session, slot: Slot) -> Ticket:
    ticket = make_ticket(session, slot, 4)
    session.commit()
    return ticket


def test_a_code_makes_a_phone_a_device_of_its_gate(
    client: FlaskClient, session: Session, gate: Gate
) -> None:
    code = _code(session, gate)
    answer = client.post("/gate/api/enrol", json=_enrol(code.lower(), name="红手机", build="b1"))
    assert answer.status_code == 201
    body = answer.get_json()
    device = session.get_one(GateDevice, body["device"]["id"])
    assert (device.name, device.build, device.gate_id) == ("红手机", "b1", gate.id)
    assert body["secret"] not in (device.secret_hash, "")
    assert len(body["secret"]) == 43
    assert body["gate"] == {"slug": "east", "name": gate.name}
    assert body["keys"] == {str(n): key.hex() for n, key in ticket_keys().public.items()}
    assert body["time_zone"] == "Asia/Shanghai"
    assert "Set-Cookie" not in answer.headers
    assert [entry.action for entry in entries_of(session, "device", device.id)] == ["devices.enrol"]
    assert _ask(client, body["secret"], code="ZZZZZZZZ").status_code == 200


def test_a_code_works_once(client: FlaskClient, session: Session, gate: Gate) -> None:
    code = _code(session, gate)
    assert client.post("/gate/api/enrol", json=_enrol(code)).status_code == 201
    again = client.post("/gate/api/enrol", json=_enrol(code))
    assert (again.status_code, again.get_json()) == (409, {"error": "code_used"})


def test_a_code_works_once_among_eight_phones(app: Flask, session: Session, gate: Gate) -> None:
    code = _code(session, gate)

    def enrol(_number: int) -> int:
        return app.test_client().post("/gate/api/enrol", json=_enrol(code)).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(enrol, range(8))) == [201] + [409] * 7
    assert session.scalar(sa.select(sa.func.count()).select_from(GateDevice)) == 1


def test_a_code_ends_after_fifteen_minutes(
    client: FlaskClient, session: Session, gate: Gate
) -> None:
    code = _code(session, gate, now() - timedelta(minutes=15))
    answer = client.post("/gate/api/enrol", json=_enrol(code))
    assert (answer.status_code, answer.get_json()) == (409, {"error": "code_expired"})
    assert session.scalar(sa.select(Enrolment.used_at)) is None


def test_guessing_codes_is_soon_ended(client: FlaskClient, session: Session, gate: Gate) -> None:
    """Ten tries a minute; then even the right code has to wait."""
    code = _code(session, gate)
    for _ in range(10):
        wrong = client.post("/gate/api/enrol", json=_enrol("ZZZZZZZZ"))
        assert (wrong.status_code, wrong.get_json()) == (422, {"error": "code_unknown"})
    answer = client.post("/gate/api/enrol", json=_enrol(code))
    assert (answer.status_code, answer.get_json()) == (429, {"error": "too_often"})


def test_a_good_code_admits_and_says_so(
    client: FlaskClient, session: Session, secret: str, ticket: Ticket
) -> None:
    answer = _ask(client, secret, token=_token(ticket))
    assert answer.status_code == 200
    body = answer.get_json()
    assert (body["outcome"], body["verdict"], body["people"]) == ("ok", "admit", 4)
    assert body["ticket"]["reference"] == reference_of(session, ticket)
    assert (body["ticket"]["party"], body["ticket"]["left"]) == (4, 0)
    assert body["ticket"]["experience"]["en"] == "试验采摘 (en)"
    assert datetime.fromisoformat(body["ticket"]["starts_at"]).tzinfo is not None
    session.refresh(ticket)
    assert ticket.admitted == 4


def test_scanned_again_says_when_and_where(
    client: FlaskClient, secret: str, ticket: Ticket, gate: Gate
) -> None:
    first = _ask(client, secret, token=_token(ticket)).get_json()
    body = _ask(client, secret, token=_token(ticket)).get_json()
    assert (body["outcome"], body["verdict"], body["people"]) == ("used", "refuse", 0)
    assert body["first"] == {"at": first["at"], "gate": gate.name, "people": 4}


def test_sent_again_says_the_same(client: FlaskClient, secret: str, ticket: Ticket) -> None:
    scan_id = str(uuid.uuid4())
    first, again = (
        _ask(client, secret, token=_token(ticket), id=scan_id).get_json() for _ in range(2)
    )
    assert (first["repeat"], again["repeat"]) == (False, True)
    same = ("id", "outcome", "verdict", "people", "at", "ticket")
    assert {key: first[key] for key in same} == {key: again[key] for key in same}


def test_a_typed_code_is_read_forgivingly(
    client: FlaskClient, session: Session, secret: str, ticket: Ticket
) -> None:
    reference = reference_of(session, ticket).replace("0", "o").lower()
    typed = f" {reference[:4]}-{reference[4:]} "
    assert _ask(client, secret, code=typed, via="code").get_json()["outcome"] == "ok"


@pytest.mark.parametrize("text", ["WIFI:S:farm;;", "https://example.org/", "你好", "\0", "\ud800"])
def test_other_peoples_codes_are_no_tickets(client: FlaskClient, secret: str, text: str) -> None:
    body = _ask(client, secret, token=text).get_json()
    assert (body["outcome"], body["verdict"]) == ("not_ticket", "refuse")


def test_an_edited_code_is_refused_without_a_query(
    client: FlaskClient, session: Session, secret: str, ticket: Ticket
) -> None:
    token = _token(ticket)
    edited = token[:30] + ("0" if token[30] != "0" else "1") + token[31:]
    with _statements() as statements:
        body = _ask(client, secret, token=edited).get_json()
    assert (body["outcome"], body["ticket"]) == ("bad_signature", None)
    assert statements == []
    assert session.scalar(sa.select(sa.func.count()).select_from(Admission)) == 0


def test_a_key_we_do_not_have_is_its_own_verdict(client: FlaskClient, secret: str) -> None:
    """The phone may be older than the ticket, or the ticket older than our keys."""
    text = "OG1" + "24ZZ" + "0" * 134
    assert _ask(client, secret, token=text).get_json()["outcome"] == "unknown_key"


def test_looking_first_takes_four_statements(
    client: FlaskClient, session: Session, secret: str, slot: Slot, ticket: Ticket
) -> None:
    """The phone, the ticket, the record, the places; a minute's first scan notes the phone too."""
    device = session.scalars(sa.select(GateDevice)).one()
    device.last_seen_at = now() - timedelta(minutes=2)
    session.commit()
    with _statements() as first:
        _ask(client, secret, code=reference_of(session, ticket), via="code")
    other = make_ticket(session, slot)
    session.commit()
    with _statements() as second:
        _ask(client, secret, code=reference_of(session, other), via="code")
    assert (len(first), len(second)) == (6, 5), second  # one is the test's own
    assert second[-1].startswith("UPDATE tickets")


@pytest.fixture
def remembering(app: Flask) -> Iterator[None]:
    """As in a server: phones and slots are kept in mind for a moment, here for the whole test."""
    app.config["KEPT_S"] = 60
    yield
    app.config["KEPT_S"] = 0
    app.extensions["tourism.kept"].clear()


@pytest.mark.usefixtures("remembering")
def test_a_ticket_as_its_code_says_takes_one_statement(
    client: FlaskClient, session: Session, secret: str, slot: Slot, ticket: Ticket
) -> None:
    """On PostgreSQL; SQLite is in the same process and looks first."""
    _ask(client, secret, token=_token(make_ticket(session, slot)))
    session.commit()
    with _statements() as sent:
        body = _ask(client, secret, token=_token(ticket), n=3).get_json()
    assert len(sent) == (1 if db.is_postgresql() else 4)
    assert (body["outcome"], body["people"], body["ticket"]["left"]) == ("ok", 3, 1)
    assert body["ticket"]["reference"] == reference_of(session, ticket)
    record = session.get_one(Admission, body["id"])
    assert (record.ticket_id, record.people, record.asked) == (ticket.id, 3, 3)
    assert (record.direction, record.mode, record.outcome) == ("in", "ask", "ok")
    session.refresh(ticket)
    assert ticket.admitted == 3


@pytest.mark.usefixtures("remembering")
def test_what_a_code_says_counts_only_while_the_ticket_is_that(
    client: FlaskClient, session: Session, secret: str, slot: Slot, ticket: Ticket
) -> None:
    """Used, blocked, moved to tomorrow, made smaller: the database is right, not the code."""
    _ask(client, secret, token=_token(make_ticket(session, slot)))
    token, before = _token(ticket), ticket.starts_at
    changes: list[tuple[dict[str, Any], str]] = [
        ({"admitted": 4}, "used"),
        ({"admitted": 0, "status": TicketStatus.BLOCKED}, "blocked"),
        (
            {
                "status": TicketStatus.VALID,
                "starts_at": before + timedelta(days=1),
                "ends_at": before + timedelta(days=1, hours=1),
            },
            "wrong_day",
        ),
    ]
    for values, outcome in changes:
        for name, value in values.items():
            setattr(ticket, name, value)
        session.commit()
        assert _ask(client, secret, token=token).get_json()["outcome"] == outcome
    ticket.starts_at, ticket.ends_at, ticket.party_size = before, before + timedelta(hours=1), 2
    session.commit()
    assert _ask(client, secret, token=token).get_json()["people"] == 2


@pytest.mark.usefixtures("remembering")
def test_a_phone_kept_in_mind_is_revoked_with_its_next_scan(
    client: FlaskClient, session: Session, secret: str, slot: Slot, ticket: Ticket
) -> None:
    other = make_ticket(session, slot)
    session.commit()
    assert _ask(client, secret, token=_token(other)).get_json()["outcome"] == "ok"
    session.execute(sa.update(GateDevice).values(revoked_at=now()))
    session.commit()
    assert _ask(client, secret, token=_token(ticket)).status_code == 401
    session.refresh(ticket)
    assert ticket.admitted == 0


@pytest.mark.usefixtures("remembering")
def test_sent_again_is_one_record_also_where_the_party_has_room(
    client: FlaskClient, session: Session, secret: str, slot: Slot, ticket: Ticket
) -> None:
    _ask(client, secret, token=_token(make_ticket(session, slot)))
    scan_id = str(uuid.uuid4())
    answers = [_ask(client, secret, token=_token(ticket), id=scan_id, n=1) for _ in range(2)]
    assert [each.get_json()["repeat"] for each in answers] == [False, True]
    session.refresh(ticket)
    assert ticket.admitted == 1


def test_what_a_phone_says_of_itself_is_kept(
    client: FlaskClient, session: Session, secret: str
) -> None:
    clock = (now() - timedelta(seconds=90)).isoformat()
    _ask(client, secret, code="ZZZZZZZZ", body={"build": "b2", "clock": clock})
    device = session.scalars(sa.select(GateDevice)).one()
    assert device.build == "b2"
    assert device.clock_offset_s == pytest.approx(90, abs=3)


@pytest.mark.parametrize("clock", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_an_absurd_clock_does_no_harm(client: FlaskClient, secret: str, clock: str) -> None:
    body = {"build": "new", "clock": clock}
    assert _ask(client, secret, code="ZZZZZZZZ", body=body).status_code == 200


@pytest.mark.parametrize("kept", [4, 1])
def test_a_party_whose_places_were_given_on_is_let_in_while_there_is_room(
    client: FlaskClient, session: Session, slot: Slot, secret: str, ticket: Ticket, kept: int
) -> None:
    """Its four places are held back for others; with three of them sold, the steward decides."""
    ticket.released_at = now() - timedelta(minutes=7)
    slot.capacity, slot.taken, slot.held_back = 4, 4, kept
    session.commit()
    answer = _ask(client, secret, token=_token(ticket)).json
    assert answer is not None
    assert answer["outcome"] == ("ok" if kept == 4 else "late")
    session.expire_all()
    assert (ticket.released_at is None) == (kept == 4)
    assert session.get_one(Slot, slot.id).held_back == (0 if kept == 4 else 1)


@pytest.mark.parametrize("header", [None, "", "Device", "Device short", "Bearer " + "a" * 43])
def test_without_a_secret_nothing_is_answered(client: FlaskClient, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = client.post("/gate/api/scans", json=_body(code="ZZZZZZZZ"), headers=headers)
    assert (answer.status_code, answer.get_json()) == (401, {"error": "device_unknown"})


def test_a_wrong_secret_admits_nobody(
    client: FlaskClient, session: Session, secret: str, ticket: Ticket
) -> None:
    answer = _ask(client, "a" * 43, token=_token(ticket))
    assert (answer.status_code, answer.get_json()) == (401, {"error": "device_unknown"})
    session.refresh(ticket)
    assert ticket.admitted == 0


def test_a_revoked_phone_is_told_so(
    client: FlaskClient, session: Session, secret: str, ticket: Ticket
) -> None:
    session.execute(sa.update(GateDevice).values(revoked_at=now()))
    session.commit()
    answer = _ask(client, secret, token=_token(ticket))
    assert (answer.status_code, answer.get_json()) == (401, {"error": "device_revoked"})
    session.refresh(ticket)
    assert ticket.admitted == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": "no-uuid"}, "id"),
        ({"id": 7}, "id"),
        ({"seq": -1}, "seq"),
        ({"seq": True}, "seq"),
        ({"seq": 2**31}, "seq"),
        ({"n": 0}, "n"),
        ({"n": 256}, "n"),
        ({"n": "2"}, "n"),
        ({"at": "yesterday"}, "at"),
        ({"at": "2027-05-30T09:00:00"}, "at"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "at"),
        ({"mode": "done"}, "mode"),
        ({"dir": "up"}, "dir"),
        ({"dir": "undo"}, "dir"),
        ({"dir": []}, "dir"),
        ({"via": "nose"}, "via"),
        ({"via": []}, "via"),
        ({"code": ""}, "code"),
        ({"code": None}, "code"),
        ({"token": 1}, "token"),
        ({"override": "\0"}, "override"),
        ({"override": "\ud800"}, "override"),
        ({"override": " "}, "override"),
        ({"override": "x" * 81}, "override"),
    ],
)
def test_what_is_not_understood_is_named(
    client: FlaskClient, secret: str, change: dict[str, Any], field: str
) -> None:
    answer = _ask(client, secret, **{"code": "ZZZZZZZZ"} | change)
    assert answer.status_code == 400
    assert answer.get_json() == {"error": "not_understood", "field": field}


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 16_000, b'{"v": 2}'])
@pytest.mark.parametrize("path", ["enrol", "scans"])
def test_a_body_that_is_no_message_is_refused(client: FlaskClient, path: str, data: bytes) -> None:
    answer = client.post(f"/gate/api/{path}", data=data, headers=_bearer("a" * 43))
    assert 400 <= answer.status_code < 500
    assert "error" in answer.get_json()


def test_a_huge_body_is_not_read(client: FlaskClient) -> None:
    answer = client.post("/gate/api/enrol", data=b" " * 20_000)
    assert (answer.status_code, answer.get_json()) == (413, {"error": "too_large"})


def test_no_csrf_token_is_asked_for(app: Flask, client: FlaskClient, secret: str) -> None:
    """No cookie speaks for a phone, so no other site can borrow it."""
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        assert _ask(client, secret, code="ZZZZZZZZ").status_code == 200
    finally:
        app.config["WTF_CSRF_ENABLED"] = False


_any_text = st.text(st.characters(exclude_categories=()))  # lone surrogates as well
_anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _any_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
_names = (
    *("id", "seq", "token", "code", "n", "dir", "at", "mode", "via", "override", "verdict"),
    *("gate", "scan"),
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    event=st.dictionaries(st.sampled_from(_names), _anything, max_size=4),
    body=st.dictionaries(st.sampled_from(("v", "build", "clock", "event")), _anything, max_size=2),
    enrol=st.dictionaries(st.sampled_from(("v", "code", "name", "build")), _anything),
)
def test_no_message_makes_the_server_fail(
    client: FlaskClient,
    secret: str,
    event: dict[str, Any],
    body: dict[str, Any],
    enrol: dict[str, Any],
) -> None:
    limiter.reset()
    answers = [
        _ask(client, secret, **{"code": "ZZZZZZZZ"} | event),
        _ask(client, secret, code="ZZZZZZZZ", body=body),
        client.post("/gate/api/enrol", data=json.dumps({"v": 1} | enrol)),
    ]
    assert all(answer.status_code < 500 for answer in answers)


def _code(session: Session, gate: Gate, at: datetime | None = None) -> str:
    new = create_enrolment(
        session, gate=gate, device_name="", created_by=None, actor=SYSTEM, now=at or now()
    )
    session.commit()
    return new.code


def _enrol(code: str, **values: str) -> dict[str, Any]:
    return {"v": 1, "code": code} | values


def _token(ticket: Ticket) -> str:
    return sign_ticket(ticket_keys(), ticket)


def _body(body: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    scan = {
        "id": str(uuid.uuid4()),
        "seq": 1,
        "n": None,
        "dir": "in",
        "at": datetime.now(UTC).isoformat(),
        "mode": "ask",
        "via": "qr",
    }
    whole = {"v": 1, "build": "test", "clock": datetime.now(UTC).isoformat()}
    return whole | {"event": scan | changes} | (body or {})


def _ask(
    client: FlaskClient, secret: str, body: dict[str, Any] | None = None, **changes: Any
) -> TestResponse:
    # The plain encoder escapes everything, so that a test can send what no text may hold.
    data = json.dumps(_body(body, **changes))
    return client.post("/gate/api/scans", data=data, headers=_bearer(secret))


def _bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Device {secret}"}


@contextmanager
def _statements() -> Iterator[list[str]]:
    """What is sent to the database meanwhile, but for BEGIN and COMMIT."""
    sent: list[str] = []

    def keep(*arguments: Any) -> None:
        if not arguments[2].startswith("BEGIN"):
            sent.append(arguments[2])

    event.listen(sa.Engine, "before_cursor_execute", keep)
    try:
        with direct_statements() as direct:
            yield sent
        sent += direct
    finally:
        event.remove(sa.Engine, "before_cursor_execute", keep)
