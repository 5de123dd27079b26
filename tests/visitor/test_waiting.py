"""The waiting list on its pages: from a full slot to a confirmed booking, without JavaScript."""

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories.bookings import make_bookable_slot, make_booking, taken
from tests.factories.destination import in_all
from tourism.bookings.models import Booking
from tourism.bookings.recount import recount
from tourism.core.clock import now
from tourism.experiences.models import Ceiling, CeilingKind, Slot

CONTACT = {"name": "李明", "phone": "138 0000 0999"}


@pytest.fixture
def slot(session: Session) -> Slot:
    slot = make_bookable_slot(session, now(), capacity=3)
    session.commit()
    return slot


@pytest.fixture
def booking(session: Session, slot: Slot) -> Booking:
    """A party of three has all places."""
    booking = make_booking(session, slot, now(), adults=3)
    session.commit()
    session.refresh(slot, ["taken"])
    return booking


def party(slot: Slot, adults: object = 2) -> dict[str, str]:
    (unit,) = (each for each in slot.experience.units if each.code == "adult")
    return {f"unit_{unit.id}": str(adults)}


def cancel(client: FlaskClient, booking: Booking) -> None:
    client.post(f"/bookings/{booking.reference}/cancel?key={booking.key}")


def join(client: FlaskClient, slot: Slot, **values: str) -> str:
    sent = party(slot) | CONTACT | values
    return client.post(f"/slots/{slot.id}/waiting", data=sent).headers["Location"]


def test_party_waits_is_offered_places_and_confirms(
    client: FlaskClient, session: Session, slot: Slot, booking: Booking
) -> None:
    assert f"/slots/{slot.id}/waiting" in client.get(f"/slots/{slot.id}/bookings/new").text
    assert "2人" in client.get(f"/slots/{slot.id}/waiting", query_string=party(slot)).text
    page = join(client, slot)
    assert "你排在第1位" in client.get(page).text
    cancel(client, booking)
    offered = client.get(page).text
    assert "名额给你留好了" in offered
    address = offered.partition('href="/bookings/')[2].partition('"')[0].replace("&amp;", "&")
    form = client.get(f"/bookings/{address}").text
    assert 'value="李明"' in form
    reference, _, query = address.partition("?")
    client.post(f"/bookings/{reference}/confirm?{query}", data=CONTACT | {"note": ""})
    assert "去看预订" in client.get(page).text
    assert taken(session, slot) == 2
    assert recount(session) == []


def test_who_leaves_the_line_gets_nothing(
    client: FlaskClient, session: Session, slot: Slot, booking: Booking
) -> None:
    page = join(client, slot)
    client.post(f"{page}/leave")
    assert "已退出排队" in client.get(page).text
    cancel(client, booking)
    assert taken(session, slot) == 0


def test_wrong_phone_is_said_beside_the_field_and_nothing_is_lost(
    client: FlaskClient, slot: Slot, booking: Booking
) -> None:
    sent = party(slot) | {"name": "李明", "phone": "12"}
    answer = client.post(f"/slots/{slot.id}/waiting", data=sent)
    assert answer.status_code == 422
    assert 'value="12"' in answer.text
    assert 'value="2"' in answer.text


def test_slot_with_room_leads_to_booking(client: FlaskClient, slot: Slot) -> None:
    assert join(client, slot).startswith(f"/slots/{slot.id}/bookings/new")


def test_guessed_pages_are_not_there(client: FlaskClient, slot: Slot) -> None:
    assert client.get("/waiting/guess").status_code == 404
    assert client.post("/waiting/guess/leave").status_code == 404


def test_room_under_a_full_ceiling_serves_nobody_and_breaks_no_page(
    client: FlaskClient, session: Session, slot: Slot, booking: Booking
) -> None:
    page = join(client, slot)
    session.add(
        Ceiling(kind=CeilingKind.DAY, name=in_all("停车场"), capacity=1, depth=0),
    )
    session.execute(sa.update(Slot).values(capacity=9))
    session.commit()
    session.expire_all()
    assert client.get(page).status_code == 200
    assert "你排在第1位" in client.get(page).text
    assert taken(session, slot) == 3
