"""The contact form: a hold becomes a booking, and nothing that was typed is lost."""

from html import unescape

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories.accounts import make_user
from tests.factories.bookings import (
    PHONE,
    confirm,
    make_hold,
)
from tests.factories.experiences import make_slot
from tests.visitor.pages import CONTACT, box, field, held, overdue, path, reread, send, words
from tourism.bookings.models import Booking, BookingStatus
from tourism.bookings.recount import recount
from tourism.core.clock import now
from tourism.experiences.models import Slot

# Confirming


def test_confirm_gives_the_ticket(client: FlaskClient, session: Session, slot: Slot) -> None:
    booking = held(session, slot)
    response = client.post(path(booking, "confirm"), data=CONTACT | {"note": "带轮椅"})
    assert (response.status_code, response.location) == (303, path(booking))
    booking = reread(session, booking)
    assert (booking.name, booking.phone, booking.note) == ("王小妹", PHONE, "带轮椅")
    page = client.get(path(booking))
    assert "订好了" in words(page)
    assert f"{booking.reference[:4]}-{booking.reference[4:]}" in page.text
    assert f"http://localhost{path(booking)}" in page.text
    assert f"/tickets/{booking.tickets[0].id}.ics" in page.text


def test_confirm_sent_twice_confirms_once(
    client: FlaskClient, session: Session, slot: Slot
) -> None:
    booking = held(session, slot)
    for _ in range(2):
        assert client.post(path(booking, "confirm"), data=CONTACT).status_code == 303
    assert len(reread(session, booking).tickets) == 1


@pytest.mark.parametrize(
    ("values", "name", "said"),
    [
        ({"name": ""}, "name", "怎么称呼你"),
        ({"name": " 　 "}, "name", "怎么称呼你"),
        ({"name": "王" * 81}, "name", "最多80个字，现在多了1个"),
        ({"phone": ""}, "phone", "请填手机号"),
        ({"phone": "138 0000 123"}, "phone", "大陆手机号是11位，现在填了10位"),
        ({"phone": "12000000000"}, "phone", "没有这样的号码"),
        ({"phone": "+852 123"}, "phone", "没有这样的号码"),
        ({"phone": "call me"}, "phone", "只填数字"),
        ({"note": "字" * 301}, "note", "最多300个字，现在多了1个"),
    ],
)
def test_confirm_says_what_is_wrong_beside_the_field(
    client: FlaskClient, session: Session, slot: Slot, values: dict[str, str], name: str, said: str
) -> None:
    booking = held(session, slot)
    response = client.post(path(booking, "confirm"), data=CONTACT | values)
    assert response.status_code == 422
    assert words(response).count(said) == 2
    assert f'href="#{name}"' in response.text
    assert f"{name}-error" in box(response, name)["aria-describedby"].split()
    for kept in (CONTACT | values).values():
        assert kept.strip() in unescape(response.text)
    assert "名额为你保留到" in words(response)
    assert reread(session, booking).status is BookingStatus.HELD


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("+86 138 0000 0123", "+8613800000123"),
        ("１３８００００ ０１２３", "+8613800000123"),
        ("+852 5123 4567", "+85251234567"),
        ("+886 912-345-678", "+886912345678"),
        ("+1 (415) 555-2671", "+14155552671"),
    ],
)
def test_confirm_takes_numbers_from_here_and_abroad(
    client: FlaskClient, session: Session, slot: Slot, typed: str, number: str
) -> None:
    booking = held(session, slot)
    client.post(path(booking, "confirm"), data=CONTACT | {"phone": typed})
    assert reread(session, booking).phone == number


def test_what_a_visitor_typed_is_shown_as_typed(
    client: FlaskClient, session: Session, slot: Slot
) -> None:
    booking = held(session, slot)
    hostile = {"name": "{{7*7}}<img src=x onerror=alert(1)>", "note": "</script>\0<b>hi</b>"}
    client.post(path(booking, "confirm"), data=CONTACT | hostile)
    page = client.get(path(booking)).text
    assert "{{7*7}}&lt;img src=x onerror=alert(1)&gt;" in page
    assert "&lt;/script&gt;&lt;b&gt;hi&lt;/b&gt;" in page


def test_confirm_speaks_the_language_of_the_page(
    client: FlaskClient, session: Session, slot: Slot
) -> None:
    booking = held(session, slot)
    english = client.post("/en" + path(booking, "confirm"), data={"name": "x", "phone": "138"})
    assert "Mainland mobile numbers have 11 digits, this one has 3." in words(english)
    hant = client.post("/zh-hant" + path(booking, "confirm"), data={"name": "x", "phone": "138"})
    assert "大陸手機號碼是11位，現在填了3位" in words(hant)


def test_confirm_refuses_the_sixth_booking_of_a_phone_on_a_day(
    client: FlaskClient, session: Session, slot: Slot
) -> None:
    for _ in range(5):
        confirm(session, make_hold(session, slot, now(), 1), now())
    booking = held(session, slot)
    response = client.post(path(booking, "confirm"), data=CONTACT)
    assert response.status_code == 422
    assert "已有5个预订" in words(response)
    assert "王小妹" in response.text


def test_confirm_after_the_hold_succeeds_while_there_is_room(
    client: FlaskClient, session: Session, slot: Slot
) -> None:
    booking = held(session, slot)
    overdue(session, booking)
    assert "还空着" in words(client.get(path(booking)))
    assert client.post(path(booking, "confirm"), data=CONTACT).status_code == 303
    assert reread(session, booking).status is BookingStatus.CONFIRMED
    assert recount(session) == []


def test_confirm_after_the_hold_loses_nothing_that_was_typed(
    client: FlaskClient, session: Session, slot: Slot
) -> None:
    """409, other slots with the same party, and the next hold starts with the same contact."""
    booking = held(session, slot)
    overdue(session, booking)
    client.get("/")
    make_hold(session, slot, now(), 10)
    later = make_slot(session, slot.experience, slot.ends_at)
    session.commit()
    response = client.post(path(booking, "confirm"), data=CONTACT)
    assert response.status_code == 409
    assert "已被别人约走" in words(response)
    link = f"/slots/{later.id}/bookings/new?{field(slot, 'adult')}=2"
    assert link in unescape(response.text)
    assert "一行2人" in words(client.get(link))
    again = client.get(send(client, later).location)
    assert "王小妹" in again.text
    assert "138 0000 0123" in again.text
    assert reread(session, booking).status is BookingStatus.EXPIRED


def test_confirm_of_a_cancelled_booking_leads_to_its_page(
    client: FlaskClient, session: Session, slot: Slot
) -> None:
    booking = held(session, slot)
    client.post(path(booking, "release"))
    response = client.post(path(booking, "confirm"), data=CONTACT)
    assert response.status_code == 303
    assert "已取消" in words(client.get(response.location))


def test_a_signed_in_visitor_need_not_type_again(
    client: FlaskClient, session: Session, slot: Slot
) -> None:
    user = make_user(session, phone="+8613800000123")
    session.commit()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = user.get_id()
        cookie["_fresh"] = True
    location = send(client, slot).location
    assert "王小妹" in client.get(location).text
    assert session.scalars(sa.select(Booking.visitor_id)).one() == user.id
    assert client.get(location.partition("?")[0]).status_code == 200  # no key needed
