"""Pages say no more places than what lies above a slot lets come."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories.bookings import HOLD, make_bookable_slot, make_booking, make_hold
from tests.factories.experiences import make_ceiling, make_slot
from tourism.audit.operations import SYSTEM
from tourism.bookings.models import Booking, BookingStatus
from tourism.bookings.recount import recount
from tourism.core.clock import now
from tourism.experiences.ceilings import change_ceiling
from tourism.experiences.models import Ceiling, CeilingKind, Slot

ROW = re.compile(r'bookings/new">.*?slot__left">(.*?)</span>', re.DOTALL)


@pytest.fixture
def slot(session: Session) -> Slot:
    """Ten places about noon tomorrow; another such slot an hour later."""
    begin = now().replace(hour=3, minute=0, second=0, microsecond=0)
    slot = make_bookable_slot(session, begin)
    make_slot(session, slot.experience, slot.ends_at)
    session.commit()
    return slot


@pytest.fixture
def ceiling(session: Session, slot: Slot) -> Ceiling:
    """Three people may come that day."""
    return make_ceiling(session, 3)


def shown(client: FlaskClient, slot: Slot) -> str:
    day = (slot.starts_at + timedelta(hours=8)).date().isoformat()
    return client.get(f"/experiences/test-picking?date={day}").text


def rows(page: str) -> list[str]:
    """What each bookable row of the list says is left."""
    return [re.sub(r"<[^>]+>", "", each) for each in ROW.findall(page)]


def test_without_ceilings_a_slot_says_its_own_places(client: FlaskClient, slot: Slot) -> None:
    assert rows(shown(client, slot)) == ["余10位", "余10位"]


@pytest.mark.parametrize("kind", CeilingKind)
def test_the_list_says_the_tighter_of_slot_and_ceiling(
    client: FlaskClient, session: Session, slot: Slot, kind: CeilingKind
) -> None:
    make_ceiling(session, 3, kind=kind)
    assert rows(shown(client, slot)) == ["只余3位", "只余3位"]


def test_under_a_full_ceiling_list_day_and_party_page_say_full(
    client: FlaskClient, session: Session, slot: Slot, ceiling: Ceiling
) -> None:
    make_booking(session, slot, now(), 3)
    session.commit()
    page = shown(client, slot)
    assert rows(page) == []
    assert page.count("slot--full") == 2
    chosen = page.partition('aria-current="date"')[2].partition("</a>")[0]
    assert "约满" in chosen
    party = client.get(f"/slots/{slot.id}/bookings/new").text
    assert "约满" in party
    assert "/waiting" in party


def test_other_times_are_only_those_with_room_above(
    client: FlaskClient, session: Session, slot: Slot, ceiling: Ceiling
) -> None:
    """The same day is as full as the slot itself; the next has room."""
    next_day = make_slot(session, slot.experience, slot.starts_at + timedelta(days=1))
    make_booking(session, slot, now(), 3)
    session.commit()
    page = client.get(f"/slots/{slot.id}/bookings/new").text
    assert re.findall(r"/slots/(\d+)/bookings/new\?", page) == [str(next_day.id)]


def test_who_is_too_late_below_a_full_ceiling_is_not_told_to_confirm(
    client: FlaskClient, session: Session, slot: Slot, ceiling: Ceiling
) -> None:
    """The slot has room, what lies above has not: one page says one thing."""
    late = make_hold(session, slot, now() - 2 * HOLD, 2)
    session.commit()
    path = f"/bookings/{late.reference}"
    assert "现在确认" in client.get(f"{path}?key={late.key}").text
    status = session.scalar(sa.select(Booking.status).where(Booking.id == late.id))
    assert status is BookingStatus.EXPIRED
    make_booking(session, slot, now(), 2)
    session.commit()
    contact = {"name": "王小妹", "phone": "13900000123"}
    refused = client.post(f"{path}/confirm?key={late.key}", data=contact)
    assert refused.status_code == 409
    assert "停车场" in refused.text
    for page in (refused.text, client.get(f"{path}?key={late.key}").text):
        assert "现在确认" not in page
    assert recount(session) == []


def test_a_lowered_ceiling_lets_who_waits_join_the_line(
    client: FlaskClient, session: Session, slot: Slot, ceiling: Ceiling
) -> None:
    """The slot itself has room, but nobody can book it: the line is open."""
    make_booking(session, slot, now(), 3)
    change_ceiling(session, ceiling=ceiling, capacity=1, now=now(), actor=SYSTEM)
    session.commit()
    unit = slot.experience.units[0].id
    data = {f"unit_{unit}": "2", "name": "李", "phone": "13900000124"}
    assert client.post(f"/slots/{slot.id}/waiting", data=data).status_code == 303
