"""The page of free times is made once a second for all strangers, and never sells by itself."""

import gzip
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories.accounts import make_user, sign_in
from tests.factories.destination import make_destination
from tests.factories.experiences import make_experience, make_slot
from tests.statements import statements
from tourism.core.clock import now
from tourism.experiences.models import Slot

PATH = "/en/experiences/picking"


@pytest.fixture
def slot(app: Flask, session: Session) -> Iterator[Slot]:
    """A slot of ten places, on a site that remembers for as long as a slow test needs."""
    make_destination(session)
    begin = now().replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
    slot = make_slot(session, make_experience(session, "picking", days_ahead=14), begin)
    session.commit()
    app.config["KEPT_S"] = 60.0
    app.extensions["tourism.kept"].clear()
    yield slot
    app.config["KEPT_S"] = 0


def test_strangers_share_one_page(client: FlaskClient, session: Session, slot: Slot) -> None:
    first = client.get(PATH)
    with statements(session) as seen:
        second = client.get(PATH)
    assert seen == []
    assert second.text == first.text
    assert f"/slots/{slot.id}/bookings/new" in second.text


def test_an_unchanged_page_is_not_sent_again(client: FlaskClient, slot: Slot) -> None:
    first = client.get(PATH)
    assert first.headers["Cache-Control"] == "no-cache"
    assert {"Cookie", "Accept-Encoding"} <= set(first.headers["Vary"].split(", "))
    again = client.get(PATH, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert client.get(PATH, headers={"If-None-Match": 'W/"another"'}).status_code == 200


def test_each_language_and_day_has_its_own_page(client: FlaskClient, slot: Slot) -> None:
    pages = {client.get(path).text for path in (PATH, "/zh-hans/experiences/picking")}
    day = (slot.starts_at.date() + timedelta(days=3)).isoformat()
    assert len(pages | {client.get(f"{PATH}?date={day}").text}) == 3


def test_a_page_is_packed_once(client: FlaskClient, slot: Slot) -> None:
    plain = client.get(PATH)
    for _ in range(2):
        packed = client.get(PATH, headers={"Accept-Encoding": "gzip"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.data) == plain.data
        assert packed.headers["ETag"] == plain.headers["ETag"]


def test_who_is_known_gets_a_page_of_their_own(
    client: FlaskClient, session: Session, slot: Slot
) -> None:
    stranger = client.get(PATH)
    user = make_user(session)
    session.commit()
    sign_in(client, user)
    own = client.get(PATH)
    assert "My account" in own.text
    assert "My account" not in stranger.text
    assert "ETag" not in own.headers


def test_a_message_is_shown_to_one_reader_only(client: FlaskClient, app: Flask, slot: Slot) -> None:
    with client.session_transaction() as kept:
        kept["_flashes"] = [("warn", "Only for you")]
    assert "Only for you" in client.get(PATH).text
    assert "Only for you" not in client.get(PATH).text
    assert "Only for you" not in app.test_client().get(PATH).text


def test_a_page_that_still_shows_places_sells_none(
    client: FlaskClient, session: Session, slot: Slot
) -> None:
    assert f"/slots/{slot.id}/bookings/new" in client.get(PATH).text
    session.execute(sa.update(Slot).where(Slot.id == slot.id).values(taken=Slot.capacity))
    session.commit()
    assert f"/slots/{slot.id}/bookings/new" in client.get(PATH).text
    unit = slot.experience.units[0].id
    answer = client.post(f"/en/slots/{slot.id}/bookings", data={f"unit_{unit}": "2"})
    assert answer.status_code == 409
    session.expire_all()
    assert session.get_one(Slot, slot.id).taken == 10
