"""Moving and shrinking a booking on its pages, without JavaScript."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories.bookings import PHONE, make_booking, taken
from tests.factories.experiences import make_ceiling, make_slot
from tourism.bookings.models import Booking
from tourism.bookings.queries import get_booking
from tourism.bookings.recount import recount
from tourism.core.clock import now
from tourism.experiences.models import Experience, Slot


@pytest.fixture
def later(session: Session, slot: Slot) -> Slot:
    later = make_slot(session, slot.experience, slot.starts_at + timedelta(hours=3), capacity=4)
    session.commit()
    return later


@pytest.fixture
def booking(session: Session, slot: Slot) -> Booking:
    booking = make_booking(session, slot, now(), adults=3)
    session.commit()
    return booking


def path(booking: Booking, act: str) -> str:
    return f"/bookings/{booking.reference}/{act}?key={booking.key}"


def booking_page(client: FlaskClient, booking: Booking) -> str:
    return client.get(f"/bookings/{booking.reference}?key={booking.key}").text


def reread(session: Session, booking: Booking) -> Booking:
    session.rollback()
    session.expire_all()
    return get_booking(session, booking.reference)


def people(booking: Booking, number: object) -> dict[str, str]:
    (adults,) = booking.units
    return {f"unit_{adults.unit_id}": str(number)}


def test_booking_moves_in_three_steps(
    client: FlaskClient, session: Session, slot: Slot, later: Slot, booking: Booking
) -> None:
    assert f"/bookings/{booking.reference}/time" in booking_page(client, booking)
    assert f"/time/{later.id}?" in client.get(path(booking, "time")).text
    question = client.get(path(booking, f"time/{later.id}"))
    assert "要改到这个时段吗" in question.text
    assert taken(session, later) == 0
    answer = client.post(path(booking, f"time/{later.id}"), follow_redirects=True)
    assert "改好了" in answer.text
    assert reread(session, booking).slot_id == later.id
    assert (taken(session, slot), taken(session, later)) == (0, 3)
    assert recount(session) == []


def test_found_by_number_and_phone_it_may_be_changed_too(
    client: FlaskClient, session: Session, later: Slot, booking: Booking
) -> None:
    client.post("/bookings", data={"reference": booking.reference, "phone": PHONE})
    client.post(f"/bookings/{booking.reference}/time/{later.id}")
    assert reread(session, booking).slot_id == later.id


def test_time_that_is_gone_meanwhile_is_said_and_changes_nothing(
    client: FlaskClient, session: Session, slot: Slot, later: Slot, booking: Booking
) -> None:
    make_booking(session, later, now(), adults=2)
    session.commit()
    answer = client.post(path(booking, f"time/{later.id}"), follow_redirects=True)
    assert "没有改成" in answer.text
    assert "别的时段都容不下" in answer.text
    assert reread(session, booking).slot_id == slot.id


def test_time_below_a_full_car_park_is_said_and_changes_nothing(
    client: FlaskClient, session: Session, slot: Slot, booking: Booking
) -> None:
    """The next day has room in the slot for all three, but above it for two."""
    next_day = make_slot(session, slot.experience, slot.starts_at + timedelta(days=1))
    make_booking(session, next_day, now(), adults=1)
    make_ceiling(session, 3)
    answer = client.post(path(booking, f"time/{next_day.id}"), follow_redirects=True)
    assert "停车场这个时间只容得下2人了" in answer.text
    assert reread(session, booking).slot_id == slot.id
    assert recount(session) == []


def test_party_gets_smaller_after_a_question(
    client: FlaskClient, session: Session, slot: Slot, booking: Booking
) -> None:
    assert 'value="3"' in client.get(path(booking, "people")).text
    question = client.post(path(booking, "people"), data=people(booking, 1))
    assert "2个名额会让给别人" in question.text
    assert taken(session, slot) == 3
    sent = people(booking, 1) | {"confirmed": "1"}
    assert "改好了" in client.post(path(booking, "people"), data=sent, follow_redirects=True).text
    assert (reread(session, booking).party_size, taken(session, slot)) == (1, 1)


@pytest.mark.parametrize("typed", ["3", "4", "many", "-1"])
def test_party_that_does_not_get_smaller_is_refused_and_kept_as_typed(
    client: FlaskClient, session: Session, slot: Slot, booking: Booking, typed: str
) -> None:
    answer = client.post(path(booking, "people"), data=people(booking, typed))
    assert answer.status_code == 422
    assert f'value="{typed}"' in answer.text
    assert taken(session, slot) == 3


def test_party_of_nobody_is_refused(
    client: FlaskClient, session: Session, slot: Slot, booking: Booking
) -> None:
    sent = people(booking, 0) | {"confirmed": "1"}
    answer = client.post(path(booking, "people"), data=sent)
    assert answer.status_code == 422
    assert "至少填1人" in answer.text
    assert taken(session, slot) == 3


@pytest.mark.parametrize("act", ["time", "time/{slot}", "people"])
def test_strangers_and_late_changes_get_nothing(
    client: FlaskClient, session: Session, slot: Slot, later: Slot, booking: Booking, act: str
) -> None:
    act = act.format(slot=later.id)
    stranger = f"/bookings/{booking.reference}/{act}?key=wrong"
    for method in ("GET", "POST") if act != "time" else ("GET",):
        answer = client.open(stranger, method=method, data=people(booking, 1) | {"confirmed": "1"})
        assert answer.headers["Location"].startswith("/bookings?")
    slot.experience.cancel_cutoff = timedelta(days=2)
    session.commit()
    for method in ("GET", "POST") if act != "time" else ("GET",):
        client.open(path(booking, act), method=method, data=people(booking, 1) | {"confirmed": "1"})
    after = reread(session, booking)
    assert (after.slot_id, after.party_size) == (slot.id, 3)


def test_of_what_was_withdrawn_no_other_time_is_offered(
    client: FlaskClient, session: Session, booking: Booking, later: Slot
) -> None:
    """It could not be taken: the booking stays good as it is."""
    assert f"/time/{later.id}" in client.get(path(booking, "time")).text
    session.execute(sa.update(Experience).values(is_published=False))
    session.commit()
    page = client.get(path(booking, "time"))
    assert page.status_code == 200
    assert f"/time/{later.id}" not in page.text
