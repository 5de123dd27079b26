"""From a map without anything on sale to a party let in, by the pages alone: no sample layer."""

import re
import uuid
from datetime import timedelta
from zoneinfo import ZoneInfo

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.factories.accounts import PASSWORD, make_user, sign_in
from tests.factories.destination import make_destination, make_place
from tourism.accounts.models import Role
from tourism.core.clock import now

# Where it is about noon whenever this runs, so that a day has room before and after.
NOON = ZoneInfo(f"Etc/GMT{now().hour - 12:+d}")


def browser(app: Flask) -> FlaskClient:
    client = app.test_client()
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
    return client


def sent(client: FlaskClient, address: str, **values: object) -> TestResponse:
    answer = client.post(address, data=values)
    assert answer.status_code == 303, answer.text
    return answer


def seen(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.text


def found(pattern: str, page: str) -> str:
    match = re.search(pattern, page)
    assert match, page
    return match[1]


def test_from_nothing_to_a_party_let_in(app: Flask, session: Session) -> None:
    local = now().astimezone(NOON)
    make_destination(session, time_zone=NOON.key)
    place = make_place(session, "hill-orchard")
    make_user(session, Role.OFFICER)
    session.commit()
    officer, owner, visitor, phone = (browser(app) for _ in range(4))
    sign_in(officer, make_user(session, Role.OFFICER, email="zhao@example.org"))
    session.commit()

    # The office: an orchard, its owner's invitation, what can be booked, its price, a gate.
    assert "还没有果园" in seen(officer, "/office/operators/")
    orchard = sent(
        officer, "/office/operators/", **{"name_zh-Hans": "山上果园", "name_en": "Hill Orchard"}
    ).location
    link = sent(officer, f"{orchard}/invite", name="孙园主", role="owner").location
    invitation = found(r"<code>http://[^/]+(/invitations/[\w-]+)</code>", seen(officer, link))
    about = {
        "operator": orchard.rpartition("/")[2],
        "kind": "picking",
        "place": place.id,
        "name_zh-Hans": "采樱桃",
        "summary_zh-Hans": "摘一篮樱桃。",
        "arrival": "day",
        "stay": 60,
        "booking_cutoff": 0,
        "cancel_cutoff": 1,
        "days_ahead": 30,
    }
    draft = sent(officer, "/office/experiences/", **about).location
    price_list = seen(officer, draft)
    assert "还没有检票口能检它的票" in price_list
    adult = found(r'href="(/office/experiences/\d+/units/\d+)">成人<', price_list)
    sent(officer, adult, **{"name_zh-Hans": "成人", "cost": "30", "comes_alone": "y"})
    gate = {"name_zh-Hans": "东门", "operator": about["operator"], "place": place.id}
    sent(officer, "/office/gates/", **gate)

    # The orchard's owner takes the invitation up and sets the hours.
    sent(owner, invitation, name="孙园主", email="sun@example.org", password=PASSWORD)
    hours = {
        "starts_on": local.date(),
        "ends_on": local.date(),
        "days_0": list("0123456"),
        "opens_0": f"{local + timedelta(minutes=2):%H:%M}",
        "closes_0": "20:00",
        "capacity_0": "20",
        "stay": "60",
        "holidays": "as-usual",
        f"price_{adult.rpartition('/')[2]}": "30",
    }
    preview = sent(
        owner, found(r'href="(/desk/schedule/\d+)"', seen(owner, "/desk/schedule/")), **hours
    )
    plan = found(r'name="plan" value="([^"]+)"', seen(owner, preview.location))
    sent(owner, "/desk/timetable/", plan=plan)

    # A draft is nobody's business; published, it can be booked.
    assert "采樱桃" not in seen(visitor, "/experiences")
    assert visitor.get("/experiences/picking").status_code == 404
    sent(officer, f"{draft}/publish")
    assert "采樱桃" in seen(visitor, "/experiences")
    slot = found(r'href="(/slots/\d+/bookings)/new', seen(visitor, "/experiences/picking"))
    party = seen(visitor, f"{slot}/new")
    assert "¥30" in party
    unit = f"unit_{adult.rpartition('/')[2]}"
    held = sent(visitor, slot, **{unit: 2, "request": uuid.uuid4()}).location
    path, _, query = held.partition("?")
    booked = sent(
        visitor, f"{path}/confirm?{query}", name="王小妹", phone="138 0000 0123", note=""
    ).location
    reference = found(r"/bookings/(\w+)", booked)

    # A phone becomes the gate's scanner, and lets the two of them in.
    enrolment = sent(officer, "/gate/phones/", gate="gate", name="红手机").location
    code = found(r'letters">([\w<> ="/-]+)</p>', seen(officer, enrolment))
    made = phone.post("/gate/api/enrol", json={"v": 1, "code": re.sub(r"<[^>]+>", "", code)})
    assert made.status_code == 201, made.text
    at = now().isoformat()
    scan = {
        "id": str(uuid.uuid4()),
        "seq": 1,
        "n": None,
        "dir": "in",
        "at": at,
        "mode": "ask",
        "via": "code",
        "code": reference,
    }
    told = phone.post(
        "/gate/api/scans",
        json={"v": 1, "build": "b1", "clock": at, "event": scan},
        headers={"Authorization": f"Device {made.get_json()['secret']}"},
    )
    assert told.status_code == 200, told.text
    assert (told.get_json()["outcome"], told.get_json()["people"]) == ("ok", 2)
    assert f"/office/operators/{about['operator']}" in seen(officer, draft)
    assert "2" in seen(owner, "/desk/")
