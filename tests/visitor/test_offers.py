"""A closed slot on the visitor's booking page: what happened, what is held, and the answers."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories.bookings import (
    confirm,
    make_bookable_slot,
    make_booking,
    make_hold,
    taken,
)
from tests.factories.experiences import make_ceiling, make_slot
from tourism.audit.operations import SYSTEM
from tourism.bookings.closures import close_slots
from tourism.bookings.models import Booking, BookingStatus, ClosureReason, Offer
from tourism.bookings.offers import find_open_offer
from tourism.bookings.queries import get_booking
from tourism.bookings.recount import recount
from tourism.core.clock import now
from tourism.experiences.models import Slot

HOUR = timedelta(hours=1)


@pytest.fixture
def slot(session: Session) -> Slot:
    slot = make_bookable_slot(session, now())
    session.commit()
    return slot


@pytest.fixture
def noon(session: Session, slot: Slot) -> Slot:
    return make_slot(session, slot.experience, slot.starts_at + 3 * HOUR, capacity=3)


@pytest.fixture
def evening(session: Session, slot: Slot) -> Slot:
    return make_slot(session, slot.experience, slot.starts_at + 8 * HOUR, capacity=4)


@pytest.fixture
def booking(session: Session, slot: Slot, noon: Slot, evening: Slot) -> Booking:
    """A party of three whose slot is closed for rain; its places are held at noon."""
    booking = make_booking(session, slot, now(), adults=3)
    close(session, slot)
    return booking


def close(session: Session, slot: Slot) -> None:
    close_slots(session, slot_ids=[slot.id], reason=ClosureReason.RAIN, now=now(), actor=SYSTEM)
    session.commit()


def path(booking: Booking, act: str = "") -> str:
    return f"/bookings/{booking.reference}{act}?key={booking.key}"


def reread(session: Session, booking: Booking) -> Booking:
    session.rollback()
    session.expire_all()
    return get_booking(session, booking.reference)


def overdue(session: Session) -> None:
    session.execute(sa.update(Offer).values(answer_by=now() - HOUR))
    session.commit()


def test_page_of_the_booking_says_what_happened_and_what_is_held(
    client: FlaskClient, booking: Booking
) -> None:
    page = client.get(path(booking)).text
    assert "你订的时段取消了" in page
    assert "因为下雨" in page
    assert "自动改到为你保留的时段" in page
    assert "/offer/accept" in page
    assert "想改计划" not in page


def test_held_slot_is_accepted_with_one_button(
    client: FlaskClient, session: Session, booking: Booking, noon: Slot
) -> None:
    for _ in range(2):
        page = client.post(path(booking, "/offer/accept"), follow_redirects=True).text
    assert "你订的时段取消了" not in page
    assert reread(session, booking).slot_id == noon.id
    assert recount(session) == []


def test_other_slot_is_chosen_after_a_question(
    client: FlaskClient, session: Session, booking: Booking, noon: Slot, evening: Slot
) -> None:
    assert f"/offer/times/{evening.id}?" in client.get(path(booking, "/offer/times")).text
    question = client.get(path(booking, f"/offer/times/{evening.id}"))
    assert "要改到这个时段吗" in question.text
    client.post(path(booking, f"/offer/times/{evening.id}"))
    assert reread(session, booking).slot_id == evening.id
    assert taken(session, noon) == 0


def test_slot_that_is_gone_meanwhile_leaves_the_offer(
    client: FlaskClient, session: Session, booking: Booking, slot: Slot, evening: Slot
) -> None:
    make_booking(session, evening, now(), adults=2)
    session.commit()
    address = path(booking, f"/offer/times/{evening.id}")
    assert "没有改成" in client.post(address, follow_redirects=True).text
    assert reread(session, booking).slot_id == slot.id
    assert "/offer/accept" in client.get(path(booking)).text


def test_party_may_cancel_instead(
    client: FlaskClient, session: Session, booking: Booking, noon: Slot
) -> None:
    assert "offer/cancel" in client.get(path(booking, "/offer/cancel")).text
    client.post(path(booking, "/offer/cancel"))
    assert reread(session, booking).status is BookingStatus.CANCELLED
    assert taken(session, noon) == 0


def test_fallback_happens_by_itself_when_a_page_is_asked_for(
    client: FlaskClient, session: Session, booking: Booking, noon: Slot
) -> None:
    overdue(session)
    assert "票已改到为你保留的时段" in client.get(path(booking)).text
    assert reread(session, booking).slot_id == noon.id
    answer = client.post(path(booking, "/offer/cancel"), follow_redirects=True)
    assert "已经处理过了" in answer.text
    assert reread(session, booking).status is BookingStatus.CONFIRMED


def test_party_for_whom_there_was_no_room_is_told_so(
    client: FlaskClient, session: Session, slot: Slot
) -> None:
    booking = make_booking(session, slot, now(), adults=3)
    close(session, slot)
    page = client.get(path(booking)).text
    assert "附近的时段都容不下" in page
    assert "/offer/accept" not in page
    assert client.post(path(booking, "/offer/accept")).status_code == 303
    overdue(session)
    assert "园主关闭了这个时段" in client.get(path(booking)).text
    assert reread(session, booking).status is BookingStatus.CANCELLED


def test_who_confirms_while_the_slot_is_being_closed_sees_the_offer_at_once(
    client: FlaskClient, session: Session, slot: Slot, noon: Slot
) -> None:
    hold = make_hold(session, slot, now())
    close(session, slot)
    confirm(session, get_booking(session, hold.reference), now())
    session.commit()
    assert "/offer/accept" in client.get(path(hold)).text


@pytest.mark.parametrize(
    ("method", "act"),
    [
        ("POST", "accept"),
        ("GET", "times"),
        ("GET", "times/{slot}"),
        ("POST", "times/{slot}"),
        ("GET", "cancel"),
        ("POST", "cancel"),
    ],
)
def test_strangers_answer_nothing(
    client: FlaskClient,
    session: Session,
    booking: Booking,
    slot: Slot,
    evening: Slot,
    method: str,
    act: str,
) -> None:
    address = f"/bookings/{booking.reference}/offer/{act.format(slot=evening.id)}?key=no"
    assert client.open(address, method=method).headers["Location"].startswith("/bookings?")
    after = reread(session, booking)
    assert (after.slot_id, after.status) == (slot.id, BookingStatus.CONFIRMED)


def test_other_time_below_a_full_car_park_is_said_and_leaves_the_offer(
    client: FlaskClient, session: Session, booking: Booking, slot: Slot
) -> None:
    """Three places are held at noon; two days later four of six are taken."""
    far = make_slot(session, slot.experience, slot.starts_at + timedelta(days=2))
    make_booking(session, far, now(), adults=4)
    session.commit()
    make_ceiling(session, 6)
    answer = client.post(path(booking, f"/offer/times/{far.id}"), follow_redirects=True)
    assert "停车场这个时间只容得下2人了" in answer.text
    assert find_open_offer(session, reread(session, booking)) is not None
    assert recount(session) == []
