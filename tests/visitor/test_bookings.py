"""Booking on the pages, as a browser without JavaScript does it."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.factories.accounts import make_user
from tests.factories.bookings import (
    HOLD,
    PHONE,
    confirm,
    make_bookable_slot,
    make_booking,
    make_hold,
    taken,
)
from tests.factories.experiences import make_ceiling, make_slot
from tourism.bookings.models import Booking, BookingStatus
from tourism.bookings.queries import get_booking
from tourism.bookings.recount import recount
from tourism.core.clock import now
from tourism.experiences.models import Slot, SlotState

CONTACT = {"name": "王小妹", "phone": "138 0000 0123", "note": ""}


@pytest.fixture
def slot(session: Session) -> Slot:
    """Ten places, in a day from now."""
    slot = make_bookable_slot(session, now())
    session.commit()
    return slot


def field(slot: Slot, code: str) -> str:
    return next(f"unit_{unit.id}" for unit in slot.experience.units if unit.code == code)


def party(slot: Slot, adults: object = 2, **others: object) -> dict[str, str]:
    """The form of a party, with the hidden key of one view of the page."""
    wanted = {"adult": adults, **others}
    return {field(slot, code): str(number) for code, number in wanted.items()} | {"request": "once"}


def send(client: FlaskClient, slot: Slot, **values: object) -> TestResponse:
    return client.post(f"/slots/{slot.id}/bookings", data=party(slot, **values))


def held(session: Session, slot: Slot) -> Booking:
    booking = make_hold(session, slot, now())
    session.commit()
    return booking


def booked(session: Session, slot: Slot) -> Booking:
    booking = make_booking(session, slot, now())
    session.commit()
    return booking


def path(booking: Booking, act: str = "") -> str:
    return f"/bookings/{booking.reference}{act and '/' + act}?key={booking.key}"


def reread(session: Session, booking: Booking) -> Booking:
    session.rollback()
    session.expire_all()
    return get_booking(session, booking.reference)


def overdue(session: Session, booking: Booking) -> None:
    session.execute(
        sa.update(Booking)
        .where(Booking.id == booking.id)
        .values(hold_expires_at=now() - timedelta(seconds=1))
    )
    session.commit()


def words(response: TestResponse) -> str:
    """The page's text without its markup, spaces folded."""
    body = response.text.partition("<main")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def box(response: TestResponse, name: str) -> dict[str, str]:
    """The attributes of a form's box."""
    tag = re.search(rf'<(?:input|textarea)[^>]* name="{name}"[^>]*>', response.text)
    assert tag
    return {key: unescape(value) for key, value in re.findall(r'([\w-]+)="([^"]*)"', tag[0])}


# The party


def test_new_starts_with_a_couple(client: FlaskClient, slot: Slot) -> None:
    response = client.get(f"/slots/{slot.id}/bookings/new")
    assert response.status_code == 200
    assert f'name="{field(slot, "adult")}" inputmode="numeric"' in response.text
    assert "一行2人" in words(response)
    assert response.headers["Cache-Control"] == "private, no-store"


def test_new_counts_with_the_keys_alone(client: FlaskClient, slot: Slot) -> None:
    """Each key is a button that sends the form; the page comes back with the other number."""
    child = slot.experience.units[1].id
    page = f"/slots/{slot.id}/bookings/new"
    more = client.post(page, data=party(slot, 2, child=1) | {"more": str(child)})
    assert "一行4人" in words(more)
    less = client.post(page, data=party(slot, 2, child=0) | {"less": str(child)})
    assert "一行2人" in words(less)
    assert 'value="once"' in less.text  # still the same view of the page


def test_new_shows_the_total_only_while_every_price_is_known(
    client: FlaskClient, session: Session, slot: Slot
) -> None:
    adult, child, infant = slot.experience.units
    for unit, price in ((adult, 3000), (child, 1550)):
        unit.price_amount, unit.price_currency = price, "CNY"
    session.commit()
    address = f"/slots/{slot.id}/bookings/new?{field(slot, 'adult')}=2&{field(slot, 'child')}=1"
    assert "网上不收款" in words(client.get(address))
    infant.price_amount, infant.price_currency = 0, "CNY"
    session.commit()
    assert "¥75.50" in words(client.get(address))


def test_new_knows_only_slots_that_are_there(client: FlaskClient, slot: Slot) -> None:
    assert client.get("/slots/999/bookings/new").status_code == 404
    assert client.get("/slots/99999999999999/bookings/new").status_code == 404
    assert client.get("/slots/x/bookings/new").status_code == 404
    assert client.post("/slots/999/bookings", data=party(slot)).status_code == 404


@pytest.mark.parametrize(
    ("state", "said"), [(SlotState.CLOSED, "停了这个时段"), (SlotState.FREE, "不需预约")]
)
def test_new_says_why_a_slot_cannot_be_booked(
    client: FlaskClient, session: Session, slot: Slot, state: SlotState, said: str
) -> None:
    slot.state = state
    session.commit()
    assert said in words(client.get(f"/slots/{slot.id}/bookings/new"))
    assert send(client, slot).status_code == 409


def test_a_slot_that_is_over_is_refused(client: FlaskClient, session: Session, slot: Slot) -> None:
    over = make_slot(session, slot.experience, now() - timedelta(hours=2))
    session.commit()
    assert "已经截止" in words(client.get(f"/slots/{over.id}/bookings/new"))
    assert send(client, over).status_code == 409


# Holding


def test_create_holds_the_places_and_leads_to_the_contact_form(
    client: FlaskClient, session: Session, slot: Slot
) -> None:
    response = send(client, slot, adults=2, child=1)
    assert response.status_code == 303
    booking = session.scalars(sa.select(Booking)).one()
    address = urlsplit(response.location)
    assert address.path == f"/bookings/{booking.reference}"
    assert parse_qs(address.query) == {"key": [booking.key]}
    assert (booking.status, booking.party_size) == (BookingStatus.HELD, 3)
    assert booking.language == "zh-Hans"
    page = client.get(response.location)
    assert "还有 15分钟" in words(page)
    assert 'id="phone"' in page.text


def test_create_sent_twice_books_once(client: FlaskClient, session: Session, slot: Slot) -> None:
    first, second = send(client, slot), send(client, slot)
    assert first.location == second.location
    assert taken(session, slot) == 2
    other_party = send(client, slot, adults=3)
    assert other_party.location != first.location


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ({"adults": 0}, "至少填1人"),
        ({"adults": 500}, "一次最多订20人"),
        ({"adults": "-1"}, "请填0到20的整数"),
        ({"adults": "two"}, "请填0到20的整数"),
        ({"adults": "2.5"}, "请填0到20的整数"),
        ({"adults": "9" * 400}, "请填0到20的整数"),
        ({"adults": 0, "infant": 1}, "不能单独来"),
    ],
)
def test_create_says_what_is_wrong_with_a_party(
    client: FlaskClient, session: Session, slot: Slot, numbers: dict[str, object], said: str
) -> None:
    """422, the words twice: on top, and at the number; what was typed still stands there."""
    response = send(client, slot, **numbers)
    assert response.status_code == 422
    assert words(response).count(said) == 2
    assert f'value="{numbers["adults"]}"' in response.text
    assert 'role="alert"' in response.text
    assert taken(session, slot) == 0


def test_create_reads_full_width_digits(client: FlaskClient, session: Session, slot: Slot) -> None:
    assert send(client, slot, adults="２").status_code == 303
    assert taken(session, slot) == 2


def test_create_refuses_units_of_another_experience(client: FlaskClient, slot: Slot) -> None:
    response = client.post(f"/slots/{slot.id}/bookings", data={"unit_999": "2"})
    assert response.status_code == 422


def test_create_for_a_slot_just_filled_shows_what_is_left_and_where_there_is_room(
    client: FlaskClient, session: Session, slot: Slot
) -> None:
    make_hold(session, slot, now(), 8)
    later = make_slot(session, slot.experience, slot.ends_at)
    small = make_slot(session, slot.experience, later.ends_at, capacity=2)
    session.commit()
    response = send(client, slot, adults=2, child=1)
    assert response.status_code == 409
    assert "只余2位" in words(response)
    assert f"/slots/{later.id}/bookings/new?{field(slot, 'adult')}=2" in unescape(response.text)
    assert f"/slots/{small.id}/" not in response.text
    assert box(response, field(slot, "child"))["value"] == "1"
    assert recount(session) == []


def test_create_gets_the_places_of_an_overdue_hold(
    client: FlaskClient, session: Session, slot: Slot
) -> None:
    make_hold(session, slot, now() - HOLD, 10)
    session.commit()
    assert send(client, slot).status_code == 303
    assert taken(session, slot) == 2


def test_pages_show_the_places_of_an_overdue_hold_as_free(
    client: FlaskClient, session: Session, slot: Slot
) -> None:
    make_hold(session, slot, now() - HOLD, 10)
    session.commit()
    assert "一行2人" in words(client.get(f"/slots/{slot.id}/bookings/new"))
    assert taken(session, slot) == 0


def test_the_language_can_be_changed_on_a_refused_form(client: FlaskClient, slot: Slot) -> None:
    """The address of a refused form answers a GET too."""
    assert client.get(f"/en/slots/{slot.id}/bookings").status_code == 303


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


# More time, another party


def test_extend_keeps_the_places_longer_once(
    client: FlaskClient, session: Session, slot: Slot
) -> None:
    booking = held(session, slot)
    before = booking.hold_expires_at
    assert before is not None
    session.execute(sa.update(Booking).values(created_at=now() - timedelta(minutes=10)))
    session.commit()
    client.post(path(booking, "extend"))
    after = reread(session, booking).hold_expires_at
    assert after is not None
    assert after > before
    session.execute(
        sa.update(Booking).values(
            created_at=now() - timedelta(minutes=29), hold_expires_at=now() + timedelta(minutes=1)
        )
    )
    session.commit()
    answer = client.post(path(booking, "extend"), follow_redirects=True)
    assert "不能再延长" in answer.text


def test_release_leads_back_to_the_same_party(
    client: FlaskClient, session: Session, slot: Slot
) -> None:
    booking = held(session, slot)
    response = client.post(path(booking, "release"))
    assert response.location == f"/slots/{slot.id}/bookings/new?{field(slot, 'adult')}=2"
    assert taken(session, slot) == 0


def test_release_never_cancels_what_is_confirmed(
    client: FlaskClient, session: Session, slot: Slot
) -> None:
    booking = booked(session, slot)
    assert client.post(path(booking, "release")).location == path(booking)
    assert reread(session, booking).status is BookingStatus.CONFIRMED


# Cancelling


def test_cancel_asks_first(client: FlaskClient, session: Session, slot: Slot) -> None:
    booking = booked(session, slot)
    assert "取消这次预订" in words(client.get(path(booking, "cancel")))
    assert taken(session, slot) == 2
    response = client.post(path(booking, "cancel"), follow_redirects=True)
    assert "名额已放回" in words(response)
    assert taken(session, slot) == 0
    assert client.get(path(booking, "cancel")).status_code == 303  # nothing left to ask


def test_cancel_too_late_says_until_when_it_was_possible(
    client: FlaskClient, session: Session, slot: Slot
) -> None:
    soon = make_slot(session, slot.experience, now() + timedelta(hours=1))
    booking = booked(session, soon)
    assert "网上取消的时间已过" in words(client.get(path(booking)))
    response = client.post(path(booking, "cancel"))
    assert response.status_code == 409
    assert "预订照旧有效" in words(response)
    assert reread(session, booking).status is BookingStatus.CONFIRMED


# Who may see a booking


@pytest.mark.parametrize("key", ["", "?key=", "?key=wrong", "?key=%F0%9F%8D%92"])
def test_a_booking_without_its_key_is_not_told_from_none(
    client: FlaskClient, session: Session, slot: Slot, key: str
) -> None:
    booking = booked(session, slot)
    mine, none = (client.get(f"/bookings/{each}{key}") for each in (booking.reference, "00000000"))
    assert mine.status_code == none.status_code == 303
    assert mine.location.replace(booking.reference, "00000000") == none.location
    for act in ("confirm", "extend", "release", "cancel"):
        assert client.post(f"/bookings/{booking.reference}/{act}{key}").location == mine.location
    assert reread(session, booking).status is BookingStatus.CONFIRMED


def test_find_opens_a_booking_by_number_and_phone(
    client: FlaskClient, session: Session, slot: Slot
) -> None:
    booking = booked(session, slot)
    typed = f" {booking.reference[:4].lower()}-{booking.reference[4:]} "
    response = client.post("/bookings", data={"reference": typed, "phone": "13800000123"})
    assert response.location == f"/bookings/{booking.reference}"
    assert "订好了" in words(client.get(response.location))
    assert booking.reference[:4] in words(client.get("/bookings"))


def test_find_answers_a_wrong_phone_as_a_wrong_number(
    client: FlaskClient, session: Session, slot: Slot
) -> None:
    booking = booked(session, slot)
    answers = [
        client.post("/bookings", data={"reference": reference, "phone": phone})
        for reference, phone in ((booking.reference, "13900000000"), ("00000000", "13800000123"))
    ]
    assert [answer.status_code for answer in answers] == [422, 422]
    first, second = (words(answer) for answer in answers)
    assert "没有查到" in first
    assert first == second


def test_find_does_not_open_a_hold(client: FlaskClient, session: Session, slot: Slot) -> None:
    booking = held(session, slot)
    data = {"reference": booking.reference, "phone": "13800000123"}
    assert client.post("/bookings", data=data).status_code == 422


@pytest.mark.parametrize("reference", ["", "7K4M", "UUUUUUUU", "7K4M-2Q9D-1", "\0" * 8])
def test_find_says_what_a_number_looks_like(
    client: FlaskClient, slot: Slot, reference: str
) -> None:
    answer = client.post("/bookings", data={"reference": reference, "phone": "13800000123"})
    assert answer.status_code == 422
    assert words(answer).count("预订号是8位字母和数字") == 2


def test_find_is_limited(client: FlaskClient, slot: Slot) -> None:
    data = {"reference": "7K4M2Q9D", "phone": "13800000123"}
    statuses = [client.post("/bookings", data=data).status_code for _ in range(11)]
    assert statuses == [422] * 10 + [429]


def test_booking_pages_are_kept_by_nobody(
    client: FlaskClient, session: Session, slot: Slot
) -> None:
    response = client.get(path(booked(session, slot)))
    assert response.headers["Cache-Control"] == "private, no-store"
    assert response.headers["X-Robots-Tag"] == "noindex"


def test_a_full_car_park_is_said_with_what_may_still_come_and_keeps_what_was_typed(
    client: FlaskClient, session: Session, slot: Slot
) -> None:
    """The slot has ten places; what lies above it has three. In every language."""
    make_ceiling(session, 3)
    response = send(client, slot, adults=4)
    assert response.status_code == 409
    assert "停车场这个时间只容得下3人了" in response.text
    assert 'value="4"' in response.text
    english = client.post(
        f"/en/slots/{slot.id}/bookings", data=party(slot, 4) | {"request": "again"}
    )
    assert "has room for 3 more people at that time" in english.text
    assert taken(session, slot) == 0
    assert send(client, slot, adults=3).status_code == 303


def test_late_confirmation_below_a_full_car_park_says_so_and_loses_nothing(
    client: FlaskClient, session: Session, slot: Slot
) -> None:
    booking = held(session, slot)
    overdue(session, booking)
    client.get("/")
    make_hold(session, make_slot(session, slot.experience, slot.ends_at), now(), 4)
    session.commit()
    make_ceiling(session, 5)
    response = client.post(path(booking, "confirm"), data=CONTACT)
    assert response.status_code == 409
    assert "停车场这个时间只容得下1人了" in response.text
    assert reread(session, booking).status is BookingStatus.EXPIRED
    assert recount(session) == []


def test_who_must_come_in_time_is_told_before_booking_and_on_the_booking(
    client: FlaskClient, session: Session, slot: Slot
) -> None:
    """Only where the host gives on the places of who has not come."""
    booking = booked(session, slot)
    pages = (f"/slots/{slot.id}/bookings/new", path(booking))
    assert [("请在" in client.get(page).text) for page in pages] == [False, False]
    slot.experience.no_show_after = timedelta(minutes=30)
    session.commit()
    local = (slot.starts_at + timedelta(minutes=30)).astimezone(ZoneInfo("Asia/Shanghai"))
    for page in pages:
        assert f"请在{local:%H:%M}前到" in client.get(page).text
