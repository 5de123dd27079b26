"""The page of free times is made once a second for all strangers, and never sells by itself."""

import gzip
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask, request_started
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories.accounts import make_user, sign_in
from tests.factories.destination import make_destination
from tests.factories.experiences import make_experience, make_slot
from tests.statements import statements
from tourism.core.clock import now
from tourism.experiences.models import Slot
from tourism.visitor import experiences

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


def test_the_same_words_get_the_very_answer(app: Flask, slot: Slot) -> None:
    """Two readers who ask alike: the second does not come as far as Flask."""
    first, reached = app.test_client().get(PATH), []
    with request_started.connected_to(lambda *_args, **_more: reached.append(1), app):
        second = app.test_client().get(PATH)
        assert (second.status, second.data) == (first.status, first.data)
        assert list(second.headers) == list(first.headers)
        assert reached == []
        for words in ({"Accept-Language": "zh"}, {"Cookie": "a=b"}, {"Accept-Encoding": "br"}):
            app.test_client(use_cookies=False).get(PATH, headers=words)
        app.test_client().get(PATH, base_url="https://another.example")
        app.test_client().head(PATH)
    assert len(reached) == 5


def test_nobody_gets_the_session_of_another(app: Flask, client: FlaskClient, slot: Slot) -> None:
    """An answer that brings a session is not given again, whoever asks."""
    with client.session_transaction() as kept:
        kept.permanent = True  # it is sent anew with each answer
    cookie = client.get_cookie("session")
    assert cookie is not None
    reached: list[int] = []
    with request_started.connected_to(lambda *_args, **_more: reached.append(1), app):
        for _ in range(2):
            plain = app.test_client(use_cookies=False)
            answer = plain.get(PATH, headers={"Cookie": f"session={cookie.value}"})
            assert "session=" in "".join(answer.headers.getlist("Set-Cookie"))
    assert len(reached) == 2


def test_an_answer_is_given_again_as_long_as_its_page_is_kept(
    app: Flask, session: Session, slot: Slot
) -> None:
    app.config["KEPT_S"] = 0.3
    before = app.test_client().get(PATH).text
    session.execute(sa.update(Slot).where(Slot.id == slot.id).values(taken=Slot.capacity))
    session.commit()
    assert app.test_client().get(PATH).text == before
    time.sleep(0.35)
    assert app.test_client().get(PATH).text != before


def test_one_statement_makes_the_page_in_another_language(
    client: FlaskClient, session: Session, slot: Slot
) -> None:
    client.get(PATH)
    with statements(session) as seen:
        page = client.get("/zh-hans/experiences/picking").text
    assert f"/slots/{slot.id}/bookings/new" in page
    assert len([each for each in seen if each.startswith("SELECT")]) == 1, seen


def test_a_row_that_says_the_same_is_not_written_anew(
    app: Flask, session: Session, slot: Slot
) -> None:
    def rows() -> list[str]:
        app.extensions["tourism.kept"].clear()
        page = app.test_client().get(f"{PATH}?date={slot.starts_at.date().isoformat()}").text
        return [each.split("</li>")[0] for each in page.split('<span class="slot__left">')[1:]]

    make_slot(session, slot.experience, slot.starts_at + timedelta(minutes=5))
    session.commit()
    experiences._written.cache_clear()
    before = rows()
    assert rows() == before
    assert experiences._written.cache_info().misses == 2
    session.execute(sa.update(Slot).where(Slot.id == slot.id).values(taken=3))
    session.commit()
    after = rows()
    assert (after[0] != before[0], after[1] == before[1]) == (True, True)
    assert experiences._written.cache_info().misses == 3


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
