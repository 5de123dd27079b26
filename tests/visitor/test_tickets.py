"""A ticket's page, its picture and its calendar event, for whoever holds its address."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import icalendar
import numpy as np
import pytest
import zxingcpp
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy.orm import Session

from tests.factories.admissions import make_gate
from tests.factories.destination import make_destination, make_place
from tests.factories.experiences import make_experience
from tests.factories.tickets import make_ticketed_booking
from tourism.bookings.models import Booking
from tourism.core.clock import now
from tourism.destination.models import Accuracy
from tourism.tickets.models import Ticket, TicketStatus
from tourism.tickets.operations import void_tickets
from tourism.tickets.tokens import read_token
from tourism.web.codes import ticket_code, ticket_keys

TOMORROW = (now() + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)


@pytest.fixture
def booked(session: Session) -> tuple[Booking, Ticket]:
    make_destination(session)
    made = make_ticketed_booking(session, TOMORROW, reference="7K4M2Q9D")
    session.commit()
    return made


@pytest.fixture
def ticket(booked: tuple[Booking, Ticket]) -> Ticket:
    return booked[1]


def change(session: Session, ticket: Ticket, **values: object) -> None:
    for name, value in values.items():
        setattr(ticket, name, value)
    session.commit()


def test_show_says_what_a_gate_and_a_guest_need(client: FlaskClient, ticket: Ticket) -> None:
    page = client.get(f"/tickets/{ticket.id}").text
    for words in ("试验采摘", "7K4M-2Q9D", "到达", "adult 2", "child 1"):
        assert words in page
    assert '<svg class="qr"' in page


def test_show_names_nobody(client: FlaskClient, ticket: Ticket) -> None:
    """A ticket is passed on among the party; who booked it is not for everyone."""
    page = client.get(f"/tickets/{ticket.id}").text
    assert "李明" not in page
    assert "13800138000" not in page
    assert "k" * 22 not in page


@pytest.mark.parametrize("suffix", ["", ".png", ".ics"])
def test_nothing_of_a_ticket_is_kept_or_indexed(
    client: FlaskClient, ticket: Ticket, suffix: str
) -> None:
    answer = client.get(f"/tickets/{ticket.id}{suffix}")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize("suffix", ["", ".png", ".ics"])
@pytest.mark.parametrize("ticket_id", ["0000000000000000", "x", "7k4m2q9d", "<script>"])
def test_an_unknown_ticket_is_not_found(
    client: FlaskClient, ticket: Ticket, ticket_id: str, suffix: str
) -> None:
    assert client.get(f"/tickets/{ticket_id}{suffix}").status_code == 404


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh-hans", "存成图片"), ("zh-hant", "存成圖片"), ("en", "Save as picture")],
)
def test_show_speaks_three_languages(
    client: FlaskClient, ticket: Ticket, language: str, words: str
) -> None:
    assert words in client.get(f"/{language}/tickets/{ticket.id}").text


def test_show_has_no_payment_where_no_price_is_known(client: FlaskClient, ticket: Ticket) -> None:
    assert "付款" not in client.get(f"/tickets/{ticket.id}").text


@pytest.mark.parametrize(("amount", "words"), [(12000, "¥120"), (0, "免费")])
def test_show_says_what_is_paid_on_arrival(
    client: FlaskClient, session: Session, booked: tuple[Booking, Ticket], amount: int, words: str
) -> None:
    booking, ticket = booked
    booking.total_amount, booking.total_currency = amount, "CNY"
    session.commit()
    page = client.get(f"/tickets/{ticket.id}").text
    assert "付款" in page
    assert words in page


def test_show_names_the_operators_own_entrances(
    client: FlaskClient, session: Session, booked: tuple[Booking, Ticket]
) -> None:
    booking, ticket = booked
    assert "入口" not in client.get(f"/tickets/{ticket.id}").text
    experience = booking.slot.experience
    make_gate(session, experience, "east")
    make_gate(session, experience, "town", operator_id=None)
    session.commit()
    page = client.get(f"/tickets/{ticket.id}").text
    assert "入口" in page
    assert "east门" in page
    assert "town门" not in page


def test_show_marks_a_sample(client: FlaskClient, session: Session) -> None:
    make_destination(session)
    experience = make_experience(session, sample=True)
    ticket = make_ticketed_booking(session, TOMORROW, experience=experience)[1]
    session.commit()
    assert "badge--sample" in client.get(f"/tickets/{ticket.id}").text


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"admitted": 2}, "3人中已有2人入园"),
        ({"admitted": 3}, "已使用"),
        (
            {"starts_at": TOMORROW - timedelta(days=2), "ends_at": TOMORROW - timedelta(days=1)},
            "到达时段已过",
        ),
    ],
)
def test_show_marks_how_a_ticket_stands_and_keeps_its_code(
    client: FlaskClient, session: Session, ticket: Ticket, values: dict[str, object], words: str
) -> None:
    assert "ticket__mark" not in client.get(f"/tickets/{ticket.id}").text
    change(session, ticket, **values)
    page = client.get(f"/tickets/{ticket.id}").text
    assert words in page
    assert '<svg class="qr"' in page


@pytest.mark.parametrize(
    ("status", "words"), [(TicketStatus.CANCELLED, "已取消"), (TicketStatus.BLOCKED, "已停用")]
)
def test_a_void_ticket_gives_no_code_away(
    client: FlaskClient, session: Session, ticket: Ticket, status: TicketStatus, words: str
) -> None:
    change(session, ticket, status=status)
    page = client.get(f"/tickets/{ticket.id}").text
    assert words in page
    assert '<svg class="qr"' not in page
    assert f"{ticket.id}.png" not in page
    assert client.get(f"/tickets/{ticket.id}.png").status_code == 409


def test_picture_holds_the_signed_code(client: FlaskClient, ticket: Ticket) -> None:
    answer = client.get(f"/tickets/{ticket.id}.png")
    assert answer.mimetype == "image/png"
    assert "7K4M2Q9D.png" in answer.headers["Content-Disposition"]
    (read,) = zxingcpp.read_barcodes(np.array(Image.open(BytesIO(answer.data))))
    token = read_token(ticket_keys().public, read.text)
    assert (token.ticket_id, token.party_size, token.starts_at) == (ticket.id, 3, TOMORROW)


def test_a_ticket_whose_key_was_given_up_still_has_a_page(
    client: FlaskClient, session: Session, ticket: Ticket
) -> None:
    change(session, ticket, key_id=200)
    assert client.get(f"/tickets/{ticket.id}").status_code == 200
    token = read_token(ticket_keys().public, ticket_code(ticket))
    assert token.key_id == ticket_keys().current_id


def event_of(client: FlaskClient, ticket: Ticket, language: str = "") -> Any:
    answer = client.get(f"{language}/tickets/{ticket.id}.ics")
    assert answer.mimetype == "text/calendar"
    calendar = icalendar.Calendar.from_ical(answer.data)
    (event,) = calendar.walk("VEVENT")
    return event


def test_calendar_has_the_window_in_the_towns_time(client: FlaskClient, ticket: Ticket) -> None:
    event = event_of(client, ticket)
    assert event["DTSTART"].params["TZID"] == "Asia/Shanghai"
    assert (event.start, event.end) == (TOMORROW, TOMORROW + timedelta(hours=1))
    assert event["SUMMARY"] == "试验采摘 · 试验果园"
    assert event["LOCATION"] == "试验果园, 测试镇, 测试区"
    assert "7K4M2Q9D" in event["DESCRIPTION"]
    assert event["URL"] == f"http://localhost/tickets/{ticket.id}"


def test_calendar_speaks_the_language_of_its_address(client: FlaskClient, ticket: Ticket) -> None:
    event = event_of(client, ticket, "/en")
    assert event["SUMMARY"] == "试验采摘 (en) · 试验果园 (en)"
    assert "Arrive between" in event["DESCRIPTION"]
    assert event["URL"] == f"http://localhost/en/tickets/{ticket.id}"


def test_calendar_reminds_two_hours_before(client: FlaskClient, ticket: Ticket) -> None:
    (alarm,) = event_of(client, ticket).walk("VALARM")
    assert alarm["TRIGGER"].dt == timedelta(hours=-2)


def test_calendar_event_is_cancelled_by_loading_it_again(
    client: FlaskClient, session: Session, ticket: Ticket
) -> None:
    before = event_of(client, ticket)
    void_tickets(session, booking_id=ticket.booking_id)
    session.commit()
    after = event_of(client, ticket)
    assert (before["STATUS"], after["STATUS"]) == ("CONFIRMED", "CANCELLED")
    assert before["UID"] == after["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after.walk("VALARM") == []


def test_calendar_uid_does_not_give_the_page_away(client: FlaskClient, ticket: Ticket) -> None:
    assert ticket.id not in event_of(client, ticket)["UID"]


@pytest.mark.parametrize(
    ("accuracy", "known"),
    [
        (Accuracy.SURVEYED, True),
        (Accuracy.GAZETTEER, True),
        (Accuracy.TOWNSHIP_ESTIMATE, False),
        (Accuracy.SCHEMATIC, False),
    ],
)
def test_calendar_has_a_position_only_where_directions_may_be_offered(
    client: FlaskClient, session: Session, accuracy: Accuracy, known: bool
) -> None:
    make_destination(session)
    experience = make_experience(session, place=make_place(session, accuracy=accuracy))
    ticket = make_ticketed_booking(session, TOMORROW, experience=experience)[1]
    session.commit()
    event = event_of(client, ticket)
    assert ("GEO" in event) == known
    if known:
        assert event["GEO"].to_ical() == "35.0;119.0"


def test_calendar_lines_are_short_and_end_as_the_standard_asks(
    client: FlaskClient, ticket: Ticket
) -> None:
    lines = client.get(f"/tickets/{ticket.id}.ics").data.split(b"\r\n")
    assert all(len(line) <= 75 and b"\n" not in line for line in lines)
    assert b"BEGIN:VTIMEZONE" in lines


def test_hostile_names_are_shown_as_typed(client: FlaskClient, session: Session) -> None:
    make_destination(session)
    hostile = "</script><img src=x onerror=alert(1)>{{7*7}}\r\nATTENDEE:x"
    names = {"zh-Hans": hostile}
    place = make_place(session, name=names)
    experience = make_experience(session, name=names, place=place)
    ticket = make_ticketed_booking(session, TOMORROW, experience=experience)[1]
    session.commit()
    page = client.get(f"/tickets/{ticket.id}").text
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;{{7*7}}" in page
    event = event_of(client, ticket)
    assert "ATTENDEE" not in event
    assert "onerror=alert(1)" in event["SUMMARY"]
