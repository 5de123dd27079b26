"""What Prometheus reads, and that nobody else does."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.orm import Session

from tests.factories.admissions import let_in_twice, make_slot_now
from tests.factories.bookings import PHONE, make_bookable_slot, make_booking, make_hold, party_of
from tests.factories.destination import make_destination
from tests.statements import statements
from tourism.app import create_app
from tourism.audit.operations import VISITOR
from tourism.bookings.operations import cancel_booking
from tourism.bookings.waiting import join_waiting
from tourism.core.clock import now
from tourism.statistics.vitals import get_vitals
from tourism.web import db

TOKEN = "shown by prometheus only"


@pytest.fixture
def watched(app: Flask, session: Session) -> Iterator[FlaskClient]:
    """A browser before a site like the tests' own, but with a token set."""
    site = create_app(replace(app.config["TOURISM"], metrics_token=TOKEN))
    yield site.test_client()
    with site.app_context():
        db.dispose()


def read(client: FlaskClient) -> dict[tuple[str, ...], float]:
    """Each sample: its name and the values of its labels."""
    response = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert response.status_code == 200
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def test_without_a_token_there_is_no_such_page(client: FlaskClient) -> None:
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


@pytest.mark.parametrize("shown", [None, "", "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN])
def test_only_who_shows_the_token_reads_it(watched: FlaskClient, shown: str | None) -> None:
    headers = {} if shown is None else {"Authorization": shown}
    response = watched.get("/metrics", headers=headers)
    assert (response.status_code, response.data) == (401, b"")


def test_it_counts_what_may_pile_up(watched: FlaskClient, session: Session) -> None:
    moment = now()
    slot = make_bookable_slot(session, moment)
    make_booking(session, slot, moment)
    make_hold(session, slot, moment)
    make_hold(session, slot, moment - timedelta(hours=1))  # its time is over
    session.commit()
    seen = read(watched)
    assert seen["tourism_bookings", "held"] == 1
    assert seen["tourism_bookings", "confirmed"] == 1
    assert seen["tourism_scans", "ok"] == seen["tourism_notices", "waiting"] == 0
    assert seen["tourism_waiting_parties",] == seen["tourism_open_conflicts",] == 0


def test_requests_are_timed_by_route_and_not_by_what_was_typed(
    watched: FlaskClient, session: Session
) -> None:
    make_destination(session)
    session.commit()
    watched.get("/places/one")
    watched.get("/en/places/two")
    watched.get("/nothing/of/the/kind")
    watched.open("/healthz", method="BREW")
    name = "tourism_request_seconds_count"
    timed = {key[1:]: value for key, value in read(watched).items() if key[0] == name}
    assert timed["GET", "/places/<slug>", "404"] == 2
    assert {key for key in timed if key[1] == "unknown"} == {
        ("", "unknown", "404"),
        ("", "unknown", "405"),
    }
    assert not any("two" in label for key in timed for label in key)


def test_vitals(session: Session, at: datetime) -> None:
    """Who is in line for what is over waits no more; a conflict counts until it is settled."""
    slot = make_bookable_slot(session, at, capacity=2)
    gone = make_booking(session, slot, at)
    cancel_booking(session, booking=gone, now=at, actor=VISITOR)
    make_booking(session, slot, at)
    session.refresh(slot, ["taken"])
    join_waiting(
        session,
        slot_id=slot.id,
        party=party_of(slot),
        name="王小妹",
        phone=PHONE,
        language="zh-Hans",
        now=at,
        actor=VISITOR,
    )
    let_in_twice(session, make_slot_now(session, at, "other-picking"), at)
    with statements(session) as sent:
        vitals = get_vitals(session, at)
    assert len(sent) == 7
    assert {each.value: count for each, count in vitals.bookings.items()} == {
        "confirmed": 2,
        "cancelled": 1,
    }
    assert (vitals.waiting_parties, vitals.open_conflicts) == (1, 1)
    assert sum(vitals.scans.values()) == 2
    assert get_vitals(session, at + timedelta(days=3)).waiting_parties == 0
