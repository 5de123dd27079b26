"""Limits for an address, a booking and a phone, on the routes themselves."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits import parse
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.factories.bookings import make_bookable_slot, make_hold, rule, taken
from tests.factories.channels import Agency, make_channel, make_key
from tourism.bookings.models import Booking
from tourism.channel.seller import rate_key
from tourism.core.clock import now
from tourism.experiences.models import Slot
from tourism.experiences.queries import get_slot

CONTACT = {"name": "王小妹", "phone": "13800000123"}


@pytest.fixture
def slot(session: Session) -> Slot:
    slot = make_bookable_slot(session, now().replace(microsecond=0))
    session.commit()
    return slot


@pytest.fixture
def _three_a_minute(app: Flask) -> Iterator[None]:
    before = app.config["TOURISM"]
    app.config["TOURISM"] = replace(before, holds_per_address=3)
    yield
    app.config["TOURISM"] = before


@pytest.fixture
def agency(session: Session, client: FlaskClient, slot: Slot) -> Agency:
    secret = make_key(session, make_channel(session)).secret
    session.commit()
    return Agency(client, secret)


def hold(client: FlaskClient, slot: Slot, adults: int, key: str, address: str) -> TestResponse:
    data = {f"unit_{slot.experience.units[0].id}": str(adults), "request": key}
    where = f"/slots/{slot.id}/bookings"
    return client.post(where, data=data, environ_overrides={"REMOTE_ADDR": address})


def holds(session: Session, slot: Slot, many: int) -> list[tuple[str, str]]:
    made = [make_hold(session, slot, now(), 1) for _ in range(many)]
    session.commit()
    return [(each.reference, each.key) for each in made]


def confirm(client: FlaskClient, reference: str, key: str, **values: Any) -> TestResponse:
    return client.post(f"/bookings/{reference}/confirm?key={key}", data=CONTACT | values)


@pytest.mark.usefixtures("_three_a_minute")
def test_one_address_holds_so_often_a_minute_and_another_goes_on(
    client: FlaskClient, session: Session, slot: Slot
) -> None:
    answers = [hold(client, slot, 1, f"key-{n}", "203.0.113.5") for n in range(4)]
    assert [each.status_code for each in answers] == [303, 303, 303, 429]
    assert 0 < int(answers[3].headers["Retry-After"]) <= 60
    assert taken(session, slot) == 3
    assert hold(client, slot, 1, "key-9", "203.0.113.6").status_code == 303


@pytest.mark.usefixtures("_three_a_minute")
def test_one_address_confirms_so_often_a_minute(
    client: FlaskClient, session: Session, slot: Slot
) -> None:
    made = holds(session, slot, 4)
    codes = [
        confirm(client, *each, phone=f"1380000012{n}").status_code for n, each in enumerate(made)
    ]
    assert codes == [303, 303, 303, 429]


def test_one_booking_has_so_many_people(
    client: FlaskClient, session: Session, slot: Slot, agency: Agency
) -> None:
    """By form and by channel; nothing is held."""
    rule(session, slot, now(), largest_party=3)
    session.commit()
    answer = hold(client, slot, 4, "key", "203.0.113.5")
    assert answer.status_code == 422
    assert "3" in answer.text.partition('role="alert"')[2][:600]
    refused = agency.ask("POST", "/bookings", wish(slot, 4))
    assert refused.status_code == 400
    assert taken(session, slot) == 0
    slot = get_slot(session, slot.id)
    assert hold(client, slot, 3, "key", "203.0.113.5").status_code == 303
    assert agency.ask("POST", "/bookings", wish(slot, 3)).status_code == 200


def test_one_phone_has_so_many_bookings_a_day(
    client: FlaskClient, session: Session, slot: Slot
) -> None:
    """The second is refused beside the field, and stays held for another number."""
    rule(session, slot, now(), bookings_per_phone=1)
    first, second = holds(session, slot, 2)
    assert confirm(client, *first).status_code == 303
    refused = confirm(client, *second)
    assert refused.status_code == 422
    assert 'id="phone-error"' in refused.text
    assert confirm(client, *second, phone="13900000123").status_code == 303


def test_a_channel_gives_one_number_for_all_its_guests(
    session: Session, slot: Slot, agency: Agency
) -> None:
    rule(session, slot, now(), bookings_per_phone=1)
    session.commit()
    contact = {"fullName": "王小妹", "phoneNumber": "+8613800000123"}
    for _ in range(2):
        held = agency.post("/bookings", **wish(slot, 1))
        done = agency.post(f"/bookings/{held['uuid']}/confirm", contact=contact)
        assert done["status"] == "CONFIRMED"
    assert session.query(Booking).filter_by(phone="+8613800000123").count() == 2


def test_one_key_asks_so_often_a_minute(app: Flask, agency: Agency) -> None:
    """The first 598 are counted past the routes, for time's sake; another key has its own count."""
    with app.test_request_context(headers=agency.headers):
        counters = app.extensions["tourism.limits"]
        counters.hit(parse("600 per minute"), rate_key(), "octo", cost=598)
    codes = [agency.ask("GET", "/supplier").status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    stranger = {"Authorization": "Bearer live_another"}
    assert agency.ask("GET", "/supplier", **stranger).status_code != 429


def wish(slot: Slot, adults: int) -> dict[str, Any]:
    return {
        "productId": slot.experience.slug,
        "optionId": "DEFAULT",
        "availabilityId": slot.starts_at.astimezone(ZoneInfo("Asia/Shanghai")).isoformat(),
        "unitItems": [{"unitId": "adult"} for _ in range(adults)],
    }
