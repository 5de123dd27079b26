"""Who comes: the party page and the hold, as a browser without JavaScript does it."""

from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories.bookings import (
    HOLD,
    make_hold,
    taken,
)
from tests.factories.experiences import make_slot
from tests.visitor.pages import box, field, party, send, words
from tourism.bookings.models import Booking, BookingStatus
from tourism.bookings.recount import recount
from tourism.core.clock import now
from tourism.experiences.models import Slot, SlotState

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
