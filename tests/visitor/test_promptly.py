"""The short ways of holding and confirming: the same answers and rows as the views give."""

import re
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.factories.accounts import make_user, sign_in
from tests.factories.bookings import make_bookable_slot, make_hold, taken
from tourism.bookings.models import Booking, BookingUnit
from tourism.bookings.recount import recount
from tourism.core.clock import now
from tourism.experiences.models import Slot
from tourism.tickets.models import Ticket
from tourism.visitor import promptly
from tourism.web import db
from tourism.web.prompt import Site

HERE = {"Referer": "https://localhost/", "Accept-Language": "zh-HK,zh;q=0.9"}
CONTACT = {"name": "王小妹", "phone": "138 0000 0123", "note": ""}
_OWN = {"id", "reference", "key", "booking_id", "rev", "idempotency_key"}
_TIMES = {"created_at", "confirmed_at", "hold_expires_at", "issued_at"}


@pytest.fixture
def slot(session: Session) -> Slot:
    """Ten places, in a day from now."""
    slot = make_bookable_slot(session, now())
    session.commit()
    return slot


@pytest.fixture
def guarded(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forms are guarded against forgery, as on the real site."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)


@pytest.fixture
def shortly(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each request that came to a short way was answered by it."""
    assert isinstance(app, Site)
    seen: list[bool] = []

    def noted(way: Any) -> Any:
        def ask(asked: Any, **values: Any) -> Any:
            answer = way(asked, **values)
            seen.append(answer is not None)
            return answer

        return ask

    for endpoint, way in list(app.short_ways.items()):
        monkeypatch.setitem(app.short_ways, endpoint, noted(way))
    return seen


def token(client: FlaskClient, slot: Slot) -> str:
    page = client.get(f"/slots/{slot.id}/bookings/new")
    return str(re.findall('name="csrf_token" value="([^"]+)"', page.text)[0])


def hold(
    client: FlaskClient, slot: Slot, adults: object = 2, root: str = "", **values: Any
) -> TestResponse:
    form = {f"unit_{slot.experience.units[0].id}": str(adults), "request": "once", **values}
    return client.post(f"{root}/slots/{slot.id}/bookings", data=form, headers=HERE)


def confirm(
    client: FlaskClient,
    session: Session,
    booked: Slot,
    root: str = "",
    key: str | None = None,
    **values: Any,
) -> TestResponse:
    booking = make_hold(session, booked, now())
    address = f"{root}/bookings/{booking.reference}/confirm?key={key or booking.key}"
    form = {"slot": str(booked.id), **CONTACT, **values}
    session.commit()
    return client.post(address, data=form, headers=HERE)


def rows(session: Session) -> list[Any]:
    """All that was written, without what every row has for itself."""
    found = []
    with db.engine().connect() as connection:
        for model in (Booking, BookingUnit, Ticket):
            for row in connection.execute(sa.select(model.__table__)).mappings():
                found.append(str([each for each in row.items() if each[0] not in _OWN | _TIMES]))
    return found


def headers(answer: TestResponse) -> list[tuple[str, str]]:
    """An answer's headers; an address and a session's signature are its own."""
    return sorted(
        (name, value.partition("=")[0] if name == "Set-Cookie" else value[:10])
        for name, value in answer.headers.items()
        if name != "Content-Length"
    )


@pytest.mark.parametrize(
    ("adults", "values"),
    [
        (2, {}),
        ("two", {}),
        (0, {}),
        (500, {}),
        (11, {}),
        (2, {"unit_99999": "1"}),
        (2, {"request": ""}),
        (2, {"root": "/en"}),
        (2, {"root": "/zh-hant"}),
    ],
)
def test_a_hold_is_the_same_either_way(
    app: Site,
    session: Session,
    slot: Slot,
    monkeypatch: pytest.MonkeyPatch,
    adults: object,
    values: dict[str, str],
) -> None:
    short = hold(app.test_client(), slot, adults, **values)
    written = rows(session)
    monkeypatch.setattr(app, "short_ways", {})
    view = hold(app.test_client(), slot, adults, **({"request": "again"} | values))
    assert (short.status, headers(short)) == (view.status, headers(view))
    assert sorted(rows(session)) == sorted(written * 2)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"name": " 王\t小妹 ", "note": "带轮椅\r\n两位"},
        {"name": ""},
        {"name": "长" * 81},
        {"note": "长" * 301},
        {"phone": "12345"},
        {"phone": "+852 9123 4567"},
        {"phone": "call me"},
        {"slot": ""},
        {"slot": "7000000"},
        {"slot": "²"},
        {"key": "guessed"},
        {"root": "/en"},
    ],
    ids=lambda each: str(each)[:20],
)
def test_a_confirmation_is_the_same_either_way(
    app: Site,
    session: Session,
    slot: Slot,
    monkeypatch: pytest.MonkeyPatch,
    values: dict[str, str],
) -> None:
    short = confirm(app.test_client(), session, slot, **values)
    written = rows(session)
    monkeypatch.setattr(app, "short_ways", {})
    view = confirm(app.test_client(), session, slot, **values)
    assert (short.status, headers(short)) == (view.status, headers(view))
    assert sorted(rows(session)) == sorted(written * 2)
    assert recount(session) == []


def test_a_plain_booking_goes_shortly(
    client: FlaskClient, session: Session, slot: Slot, guarded: None, shortly: list[bool]
) -> None:
    own = token(client, slot)
    assert hold(client, slot, csrf_token=own).status_code == 303
    assert confirm(client, session, slot, csrf_token=own).status_code == 303
    assert shortly == [True, True]


@pytest.mark.parametrize("sent", ["", "forged", "another"])
def test_a_form_that_is_not_its_own_is_refused(
    app: Flask,
    client: FlaskClient,
    session: Session,
    slot: Slot,
    guarded: None,
    shortly: list[bool],
    sent: str,
) -> None:
    """Also one whose token was made for another browser."""
    token(client, slot)
    given = token(app.test_client(), slot) if sent == "another" else sent
    assert hold(client, slot, csrf_token=given).status_code == 400
    assert confirm(client, session, slot, csrf_token=given).status_code == 400
    assert shortly == [False, False]
    assert [row.status for row in session.scalars(sa.select(Booking))] == ["held"]


def test_a_token_is_good_for_its_time_only(
    app: Flask,
    client: FlaskClient,
    slot: Slot,
    guarded: None,
    shortly: list[bool],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = token(client, slot)
    monkeypatch.setitem(app.config, "WTF_CSRF_TIME_LIMIT", -1)
    assert hold(client, slot, csrf_token=own).status_code == 400
    assert shortly == [False]


@pytest.mark.parametrize("origin", ["https://elsewhere.example/", "http://localhost/", ""])
def test_with_https_a_form_must_come_from_here(
    client: FlaskClient, slot: Slot, guarded: None, shortly: list[bool], origin: str
) -> None:
    form = {
        f"unit_{slot.experience.units[0].id}": "2",
        "request": "once",
        "csrf_token": token(client, slot),
    }
    for sent_from, status in (("https://localhost/en/", 303), (origin, 400)):
        answer = client.post(
            f"/slots/{slot.id}/bookings",
            data=form,
            base_url="https://localhost",
            headers={"Referer": sent_from} if sent_from else {},
        )
        assert answer.status_code == status
    assert shortly == [True, False]


@pytest.mark.parametrize(
    "sent",
    [
        {"content_type": "application/x-www-form-urlencoded; charset=utf-8"},
        {"content_type": "multipart/form-data"},
        {"data": b"unit_1=%ff&request=x"},
        {"data": b"unit_1=\xff&request=x"},
        {"data": b"request=" + b"x" * 9000},
    ],
    ids=lambda each: str(each)[:40],
)
def test_what_browsers_do_not_send_is_left_to_the_view(
    client: FlaskClient, slot: Slot, shortly: list[bool], sent: dict[str, Any]
) -> None:
    """Which still finds all of it."""
    form = f"unit_{slot.experience.units[0].id}=2&request=once".encode()
    kind = {"content_type": "application/x-www-form-urlencoded"}
    answer = client.post(f"/slots/{slot.id}/bookings", **({"data": form} | kind | sent))
    assert answer.status_code < 500
    assert shortly == []


def test_somebody_signed_in_is_left_to_the_view(
    client: FlaskClient, session: Session, slot: Slot, shortly: list[bool]
) -> None:
    """The booking is theirs, and the session is renewed."""
    visitor = make_user(session)
    session.commit()
    sign_in(client, visitor)
    assert hold(client, slot).status_code == 303
    assert shortly == [False]
    assert session.scalars(sa.select(Booking.visitor_id)).all() == [visitor.id]


def test_what_is_asked_shortly_is_measured(
    app: Site, client: FlaskClient, slot: Slot, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(app, "observe", lambda *facts: seen.append(facts))
    hold(client, slot)
    ((method, rule, status, seconds),) = seen
    assert (method, rule.endpoint, status) == ("POST", "visitor.bookings.create", 303)
    assert 0 < seconds < 60


def test_a_request_counts_once_whichever_way_it_goes(
    app: Flask,
    client: FlaskClient,
    slot: Slot,
    shortly: list[bool],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A party that is too large is refused by the view."""
    few = replace(app.config["TOURISM"], holds_per_address=6)
    monkeypatch.setitem(app.config, "TOURISM", few)
    answers = [hold(client, slot, 500).status_code for _ in range(7)]
    assert answers == [422] * 6 + [429]
    assert shortly == [False] * 7


def test_a_short_way_that_breaks_off_leaves_it_to_the_view(
    client: FlaskClient, session: Session, slot: Slot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even after it has written: the page's key finds what it made."""

    def break_off(_asked: object, _held: object) -> None:
        raise OSError("gone")

    monkeypatch.setattr(promptly, "_to_booking", break_off)
    assert hold(client, slot).status_code == 303
    assert taken(session, slot) == 2
    assert recount(session) == []


def test_a_connection_that_the_database_has_ended_fails_nobody(
    client: FlaskClient, session: Session, slot: Slot, shortly: list[bool]
) -> None:
    """Neither on the short way nor in a session."""
    assert hold(client, slot, request="one").status_code == 303
    session.commit()
    if db.is_postgresql():
        other = sa.create_engine(db.engine().url)
        with other.connect() as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
        other.dispose()
    assert hold(client, slot, request="two").status_code == 303
    assert confirm(client, session, slot).status_code == 303
    assert shortly == [True, True, True]
