"""Sync: what phones did alone is kept once and as it happened, and an answer for each scan."""

import itertools
import json
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from tests.factories.admissions import make_device, make_gate, make_slot_now, make_ticket
from tests.factories.destination import make_destination
from tourism.admissions.conflicts import conflicts_at, settle_conflict
from tourism.admissions.models import Admission, Gate, GateDevice, Mode, Undo
from tourism.audit.operations import SYSTEM
from tourism.bookings.models import Booking
from tourism.core.clock import now
from tourism.experiences.models import Slot
from tourism.tickets.models import Ticket
from tourism.tickets.operations import void_tickets
from tourism.tickets.tokens import sign_ticket
from tourism.web.codes import ticket_keys

_seq = itertools.count(1)


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


@pytest.fixture
def ticket(session: Session, slot: Slot) -> Ticket:
    ticket = make_ticket(session, slot, 4)
    session.commit()
    return ticket


def test_a_scan_made_alone_is_kept_with_its_own_time(
    client: FlaskClient, session: Session, secret: str, ticket: Ticket
) -> None:
    at = now().replace(microsecond=0) - timedelta(minutes=7)
    event = _event(ticket, n=3, at=at.isoformat())
    body = _sync(client, secret, [event])
    assert body["results"] == {event["id"]: {"outcome": "ok", "repeat": False}}
    [row] = _rows(session)
    assert (row.scanned_at, row.people, row.mode, row.verdict) == (at, 3, Mode.DONE, "ok")
    assert _admitted(session, ticket) == 3


def test_told_again_it_is_answered_the_same_and_counted_once(
    client: FlaskClient, session: Session, secret: str, ticket: Ticket
) -> None:
    event = _event(ticket, n=3)
    _sync(client, secret, [event])
    assert _sync(client, secret, [event])["results"] == {
        event["id"]: {"outcome": "ok", "repeat": True}
    }
    assert (len(_rows(session)), _admitted(session, ticket)) == (1, 3)


def test_more_than_the_party_is_kept_and_is_a_conflict(
    client: FlaskClient, session: Session, secret: str, ticket: Ticket, gate: Gate, slot: Slot
) -> None:
    """Nobody inside is refused; the ticket's counter ends at the party."""
    west = make_device(session, make_gate(session, slot.experience, "west"), now())
    session.commit()
    early, late = _event(ticket, n=4, minutes=10), _event(ticket, n=4, minutes=5)
    _sync(client, secret, [early])
    answer = _sync(client, west, [late])
    result = answer["results"][late["id"]]
    assert result["outcome"] == "conflict_used"
    assert (result["first"]["gate"], result["first"]["people"]) == (gate.name, 4)
    assert _admitted(session, ticket) == 4
    assert sum(row.people for row in _rows(session)) == 8
    [alert] = _sync(client, secret, [])["alerts"]
    assert (alert["kind"], alert["people"], alert["ticket"]) == ("conflict_used", 4, ticket.id)


def test_after_the_cancellation_is_a_conflict_and_before_it_is_not(
    client: FlaskClient, session: Session, secret: str, ticket: Ticket, gate: Gate
) -> None:
    session.get_one(Booking, ticket.booking_id).cancelled_at = now() - timedelta(minutes=5)
    void_tickets(session, booking_id=ticket.booking_id)
    session.commit()
    before, after = _event(ticket, n=1, minutes=6), _event(ticket, n=1, minutes=4)
    results = _sync(client, secret, [after, before])["results"]
    assert results[before["id"]]["outcome"] == "ok"
    assert results[after["id"]]["outcome"] == "conflict_cancelled"
    [conflict] = conflicts_at(session, [gate])
    assert (conflict.id, conflict.people) == (after["id"], 1)


def test_a_ticket_that_nobody_issued_is_kept_as_an_alarm(
    client: FlaskClient, session: Session, secret: str, ticket: Ticket, gate: Gate
) -> None:
    """Well signed, but not in the database: the key leaked, or an old backup was put back."""
    forged = Ticket(
        id="0123456789ABCDEF",
        slot_id=ticket.slot_id,
        starts_at=ticket.starts_at,
        ends_at=ticket.ends_at,
        party_size=9,
        key_id=1,
    )
    event = _event(forged, n=9, verdict="ok_unlisted")
    result = _sync(client, secret, [event])["results"][event["id"]]
    assert result["outcome"] == "conflict_unknown_ticket"
    [conflict] = conflicts_at(session, [gate])
    assert (conflict.ticket_id, conflict.people) == (None, 9)


def test_a_refusal_made_alone_is_kept_and_counts_nobody(
    client: FlaskClient, session: Session, secret: str, ticket: Ticket
) -> None:
    event = _event(ticket, dir=None, verdict="wrong_day")
    assert _sync(client, secret, [event])["results"][event["id"]]["outcome"] == "wrong_day"
    [row] = _rows(session)
    assert (row.people, row.direction, _admitted(session, ticket)) == (0, None, 0)


def test_refused_by_the_server_but_let_in_by_the_phone_is_inside(
    client: FlaskClient, session: Session, secret: str, ticket: Ticket
) -> None:
    """The answer came too late: the phone decided by itself, with the same id."""
    full = _event(ticket, n=4, minutes=3)
    _sync(client, secret, [full])
    event = _event(ticket, n=4)
    asked = event | {"mode": "ask", "verdict": None}
    message = {"v": 1, "build": "b", "clock": _text(now()), "event": asked}
    refused = client.post("/gate/api/scans", json=message, headers=_bearer(secret)).get_json()
    assert refused["outcome"] == "used"
    result = _sync(client, secret, [event])["results"][event["id"]]
    assert (result["outcome"], result["repeat"]) == ("conflict_used", False)
    assert sorted(row.people for row in _rows(session)) == [4, 4]
    again = _sync(client, secret, [event])["results"][event["id"]]
    assert (again["outcome"], again["repeat"]) == ("conflict_used", True)


def test_admitted_by_the_server_and_told_again_by_the_phone_is_one_scan(
    client: FlaskClient, session: Session, secret: str, ticket: Ticket
) -> None:
    event = _event(ticket, n=4)
    message = {"v": 1, "build": "b", "clock": _text(now())}
    asked = message | {"event": event | {"mode": "ask", "verdict": None}}
    client.post("/gate/api/scans", json=asked, headers=_bearer(secret))
    assert _sync(client, secret, [event])["results"][event["id"]]["repeat"] is True
    assert (len(_rows(session)), _admitted(session, ticket)) == (1, 4)


def test_one_bad_scan_blocks_no_other(
    client: FlaskClient, session: Session, secret: str, ticket: Ticket
) -> None:
    good = _event(ticket, n=2)
    bad = [
        _event(ticket) | {"verdict": "perhaps"},
        _event(ticket) | {"id": "x1"},
        _event(ticket) | {"n": 0},
        _event(ticket) | {"at": "noon"},
    ]
    body = _sync(client, secret, [bad[0], bad[1], good, *bad[2:]])
    assert body["results"].pop(good["id"])["outcome"] == "ok"
    reasons = {name: result["reason"] for name, result in body["results"].items()}
    expected = ["verdict", "id", "n", "at"]
    assert reasons == {each["id"]: why for each, why in zip(bad, expected, strict=True)}
    assert len(_rows(session)) == 1


def test_what_cannot_be_stored_takes_nothing_with_it(
    client: FlaskClient, session: Session, secret: str, ticket: Ticket
) -> None:
    """Half a letter is no text for any database; the scans beside it are kept."""
    events = [_event(ticket, n=2), _event(ticket) | {"token": "\ud800"}, _event(ticket, n=2)]
    results = _sync(client, secret, events)["results"]
    assert [results[event["id"]]["outcome"] for event in events] == ["ok", "rejected", "ok"]
    assert _admitted(session, ticket) == 4


def test_a_batch_has_at_most_a_hundred_scans(
    client: FlaskClient, secret: str, ticket: Ticket
) -> None:
    events = [_event(ticket, n=1) for _ in range(101)]
    assert _post(client, secret, events[:100]).status_code == 200
    answer = _post(client, secret, events)
    assert (answer.status_code, answer.get_json()["field"]) == (400, "scans")


def test_the_list_comes_whole_and_then_by_changes(
    client: FlaskClient, session: Session, secret: str, ticket: Ticket, slot: Slot
) -> None:
    first = _sync(client, secret, [])
    assert first["whole"] is True
    [row] = first["changes"]
    assert row[:5] == [ticket.id, slot.id, 4, "valid", 0]
    assert [each["id"] for each in first["slots"]] == [slot.id]
    event = _event(ticket, n=1)
    then = _sync(client, secret, [event], cursor=first["cursor"])
    assert then["whole"] is False
    assert [(row[4], row[6]) for row in then["changes"]] == [(1, 0)]


def test_what_a_phone_says_of_itself_is_kept(
    client: FlaskClient, session: Session, secret: str
) -> None:
    _sync(client, secret, [], waiting=7, clock=_text(now() - timedelta(minutes=5)), build="b9")
    device = session.scalars(sa.select(GateDevice)).one()
    assert (device.waiting, device.build) == (7, "b9")
    assert 298 <= (device.clock_offset_s or 0) <= 302
    assert device.last_synced_at is not None


def test_a_revoked_phone_learns_nothing(client: FlaskClient, session: Session, secret: str) -> None:
    session.execute(sa.update(GateDevice).values(revoked_at=now()))
    session.commit()
    answer = _post(client, secret, [])
    assert (answer.status_code, answer.get_json()) == (401, {"error": "device_revoked"})


def test_a_conflict_is_closed_with_a_note_and_opened_by_what_comes_later(
    client: FlaskClient, session: Session, secret: str, ticket: Ticket, gate: Gate
) -> None:
    _sync(client, secret, [_event(ticket, n=4, minutes=9), _event(ticket, n=1, minutes=5)])
    [conflict] = conflicts_at(session, [gate])
    settle_conflict(session, conflict=conflict, note="同一家人", actor=SYSTEM, now=now())
    session.commit()
    assert [each.is_open for each in conflicts_at(session, [gate])] == [False]
    assert _sync(client, secret, [])["alerts"] == []
    _sync(client, secret, [_event(ticket, n=1, minutes=3)])
    [again] = conflicts_at(session, [gate])
    assert (again.is_open, again.people) == (True, 2)


def test_a_phone_that_was_moved_keeps_where_it_scanned(
    client: FlaskClient, session: Session, secret: str, ticket: Ticket, gate: Gate, slot: Slot
) -> None:
    """Enrolled anew at another gate, it tells what it did at the first; a stranger's is its own."""
    west = make_gate(session, slot.experience, "west")
    moved = make_device(session, west, now())
    session.commit()
    events = [_event(ticket, gate=name) for name in ("east", "west", "nowhere")]
    _sync(client, moved, [*events, _event(ticket)])
    at = {row.id: row.gate_id for row in _rows(session)}
    assert [at[event["id"]] for event in events] == [gate.id, west.id, west.id]
    assert set(at.values()) == {gate.id, west.id}


def test_who_went_out_makes_room(
    client: FlaskClient, session: Session, secret: str, ticket: Ticket, gate: Gate
) -> None:
    events = [
        _event(ticket, n=4, minutes=9),
        _event(ticket, n=3, minutes=6, dir="out", verdict="out"),
        _event(ticket, n=2, minutes=3),
    ]
    results = _sync(client, secret, list(reversed(events)))["results"]
    assert [results[event["id"]]["outcome"] for event in events] == ["ok", "out", "ok"]
    assert (_admitted(session, ticket), ticket.away) == (4, 1)
    assert conflicts_at(session, [gate]) == []


def test_a_scan_taken_back_is_kept_and_counts_no_more(
    client: FlaskClient, session: Session, secret: str, ticket: Ticket, gate: Gate
) -> None:
    """The undo is told again and changes nothing; the conflict that it settles is gone."""
    first, twice = _event(ticket, n=4, minutes=5), _event(ticket, n=4, minutes=4)
    result = _sync(client, secret, [first, twice])["results"][twice["id"]]
    assert result["outcome"] == "conflict_used"
    undo = _undo(twice, minutes=3)
    for repeat in (False, True):
        told = _sync(client, secret, [undo])["results"][undo["id"]]
        assert told == {"outcome": "undone", "repeat": repeat}
    assert conflicts_at(session, [gate]) == []
    assert {row.id: row.outcome for row in _rows(session)}[twice["id"]] == "ok"
    assert (len(_rows(session)), _admitted(session, ticket)) == (2, 4)
    _sync(client, secret, [_undo(first, minutes=2)])
    assert _admitted(session, ticket) == 0


def test_an_exit_taken_back_is_inside_again(
    client: FlaskClient, session: Session, secret: str, ticket: Ticket
) -> None:
    left = _event(ticket, n=2, minutes=5, dir="out", verdict="out")
    _sync(client, secret, [_event(ticket, n=3, minutes=6), left])
    assert (_admitted(session, ticket), ticket.away) == (3, 2)
    _sync(client, secret, [_undo(left, minutes=4)])
    assert (_admitted(session, ticket), ticket.away) == (3, 0)


def test_a_phone_takes_back_neither_late_nor_for_another(
    client: FlaskClient, session: Session, secret: str, ticket: Ticket, gate: Gate
) -> None:
    """Kept all the same, for nothing is thrown away; but the people stay counted."""
    other = make_device(session, gate, now())
    session.commit()
    event = _event(ticket, n=2, minutes=11)
    _sync(client, secret, [event])
    _sync(client, secret, [_undo(event)])
    _sync(client, other, [_undo(event, minutes=10)])
    assert _admitted(session, ticket) == 2
    assert session.scalar(sa.select(sa.func.count()).select_from(Undo)) == 2


def test_an_undo_told_before_its_scan_takes_it_back(
    client: FlaskClient, session: Session, secret: str, ticket: Ticket
) -> None:
    event = _event(ticket, n=2, minutes=2)
    _sync(client, secret, [_undo(event)])
    _sync(client, secret, [event])
    assert (_admitted(session, ticket), len(_rows(session))) == (0, 1)


@pytest.mark.parametrize(("change", "why"), [({"scan": "x"}, "scan"), ({"at": "noon"}, "at")])
def test_an_undo_that_is_not_understood_blocks_nothing(
    client: FlaskClient, secret: str, ticket: Ticket, change: dict[str, str], why: str
) -> None:
    event = _event(ticket, n=1)
    undo = _undo(event) | change
    results = _sync(client, secret, [undo, event])["results"]
    assert results[undo["id"]] == {"outcome": "rejected", "reason": why}
    assert results[event["id"]]["outcome"] == "ok"


_steps = st.lists(
    st.tuples(st.sampled_from(["in", "in", "out"]), st.integers(1, 4), st.booleans()),
    min_size=2,
    max_size=6,
)


@given(data=st.data())
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_order_of_syncs_gives_the_same_conflicts(
    client: FlaskClient, session: Session, secret: str, gate: Gate, slot: Slot, data: st.DataObject
) -> None:
    """Entries, exits and undos in any batches, any order and repeated: the same list, the same
    counters, the same outcomes as when told in turn."""
    steps = data.draw(_steps)
    shuffle = data.draw(st.permutations(range(sum(1 + undone for *_, undone in steps))))
    repeats = data.draw(st.lists(st.sampled_from(shuffle), max_size=3))
    west = make_device(session, gate, now(), "west")
    parties = [make_ticket(session, slot, 4) for _ in range(2)]
    session.commit()
    in_turn, mixed = (_events(party, steps) for party in parties)
    for event, phone in in_turn:
        _sync(client, (secret, west)[phone], [event])
    for which in [*shuffle, *repeats]:
        event, phone = mixed[which]
        _sync(client, (secret, west)[phone], [event])
    whole, again = (_standing(session, gate, party) for party in parties)
    assert [each[1:] for each in whole[0]] == [each[1:] for each in again[0]]
    assert whole[1:] == again[1:]


def _events(party: Ticket, steps: list[tuple[str, int, bool]]) -> list[tuple[dict[str, Any], int]]:
    """Each step by one of two phones in turn, followed by its undo if it was taken back."""
    made = []
    for i, (way, n, is_undone) in enumerate(steps):
        verdict = "ok" if way == "in" else "out"
        event = _event(party, n=n, dir=way, verdict=verdict, minutes=40 - 2 * i)
        made.append((event, i % 2))
        if is_undone:
            made.append((_undo(event, minutes=39 - 2 * i), i % 2))
    return made


def _standing(session: Session, gate: Gate, party: Ticket) -> tuple[Any, ...]:
    """What is known of a party in the end: excess by turn, counters, outcomes in turn."""
    rows = [row for row in _rows(session) if row.ticket_id == party.id]
    turns = {row.id: turn for turn, row in enumerate(rows)}
    excess = [
        (each.scan_id, turns[each.scan_id], each.kind, each.people)
        for conflict in conflicts_at(session, [gate])
        if conflict.ticket_id == party.id
        for each in conflict.excess
    ]
    return excess, _admitted(session, party), party.away, [row.outcome for row in rows]


def _undo(event: dict[str, Any], *, minutes: float = 0) -> dict[str, Any]:
    """Its own phone takes a scan back, so many minutes ago."""
    return {
        "id": str(uuid.uuid4()),
        "seq": next(_seq),
        "dir": "undo",
        "scan": event["id"],
        "at": _text(now() - timedelta(minutes=minutes)),
        "mode": "done",
    }


def _event(ticket: Ticket, *, minutes: float = 0, **values: Any) -> dict[str, Any]:
    """A scan that a phone decided alone, so many minutes ago."""
    defaults: dict[str, Any] = {
        "id": str(uuid.uuid4()),
        "seq": next(_seq),
        "token": sign_ticket(ticket_keys(), ticket),
        "n": 1,
        "dir": "in",
        "at": _text(now() - timedelta(minutes=minutes)),
        "mode": "done",
        "verdict": "ok",
        "via": "qr",
        "override": None,
    }
    return defaults | values


def _sync(
    client: FlaskClient, secret: str, events: list[dict[str, Any]], **values: Any
) -> dict[str, Any]:
    answer = _post(client, secret, events, **values)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.get_json()
    return body


def _post(client: FlaskClient, secret: str, events: list[dict[str, Any]], **values: Any) -> Any:
    message = {"v": 1, "build": "b1", "clock": _text(now()), "cursor": "", "waiting": 0}
    body = message | {"scans": events} | values
    return client.post("/gate/api/sync", data=json.dumps(body), headers=_bearer(secret))


def _bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Device {secret}"}


def _text(at: datetime) -> str:
    return at.isoformat()


def _rows(session: Session) -> list[Admission]:
    session.commit()
    session.expire_all()
    return list(session.scalars(sa.select(Admission).order_by(Admission.scanned_at)))


def _admitted(session: Session, ticket: Ticket) -> int:
    session.commit()
    session.refresh(ticket)
    return ticket.admitted
