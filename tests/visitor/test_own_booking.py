"""A booking on its page: more time, given back, cancelled, and found again."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories.bookings import (
    make_hold,
    taken,
)
from tests.factories.experiences import make_ceiling, make_slot
from tests.visitor.pages import (
    CONTACT,
    booked,
    field,
    held,
    overdue,
    party,
    path,
    reread,
    send,
    words,
)
from tourism.bookings.models import Booking, BookingStatus
from tourism.bookings.recount import recount
from tourism.core.clock import now
from tourism.experiences.models import Slot
from tourism.tickets.models import Ticket

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
    assert "网上更改和取消的截止时间是" in words(client.get(path(booking)))
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


def test_whose_places_were_given_on_is_told_so_and_that_the_ticket_still_lets_in(
    client: FlaskClient, session: Session, slot: Slot
) -> None:
    booking = booked(session, slot)
    assert "没有按时到" not in words(client.get(path(booking)))
    session.execute(sa.update(Ticket).values(released_at=now()))
    session.commit()
    page = words(client.get(path(booking)))
    assert "没有按时到" in page
    assert "票照样能进" in page
