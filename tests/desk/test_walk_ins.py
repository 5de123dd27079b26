"""A party without booking at the desk: paid on the spot, on the same ledger."""

import re
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.desk.conftest import Orchard
from tests.factories.bookings import taken
from tests.factories.experiences import make_slot
from tourism.audit.models import AuditEntry
from tourism.bookings.models import Booking, BookingStatus
from tourism.bookings.recount import recount
from tourism.experiences.models import Experience, Slot, SlotState, Unit

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def clock(at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tourism.desk.walk_ins.now", lambda: at)


@pytest.fixture(autouse=True)
def prices(session: Session, orchard: Orchard) -> None:
    """Thirty for an adult, fifteen for a child, nothing for an infant."""
    for code, amount in (("adult", 3000), ("child", 1500), ("infant", 0)):
        values = {"price_amount": amount, "price_currency": "CNY"}
        session.execute(sa.update(Unit).where(Unit.code == code).values(values))
    session.commit()
    session.expire_all()


def unit(session: Session, code: str = "adult") -> str:
    key = session.scalar(sa.select(Unit.id).where(Unit.code == code).order_by(Unit.id))
    return f"unit_{key}"


def address(slot: Slot, act: str = "walk-in") -> str:
    return f"/desk/slots/{slot.id}/{act}"


def sell(client: FlaskClient, slot: Slot, **values: str) -> TestResponse:
    return client.post(address(slot, "walk-ins"), data=values)


def sold(session: Session) -> list[Booking]:
    session.rollback()
    session.expire_all()
    return list(session.scalars(sa.select(Booking).where(Booking.walk_in).order_by(Booking.id)))


def test_two_taps_lead_from_the_party_to_the_ticket(
    client: FlaskClient, session: Session, orchard: Orchard, at: datetime
) -> None:
    """The number, then "paid"; what is to be taken stands above the key."""
    first = client.get(address(orchard.slot)).text
    number = re.search(rf'href="({address(orchard.slot)}\?{unit(session)}=3)"', first)
    assert number
    second = client.get(number[1]).text
    assert "收¥90" in second
    fields = dict(re.findall(r'name="(request|unit_\d+)"[^>]* value="([^"]*)"', second))
    answer = sell(client, orchard.slot, **fields)
    (booking,) = sold(session)
    assert (answer.status_code, answer.location) == (303, f"/desk/walk-ins/{booking.reference}")
    assert (booking.party_size, booking.total_amount, booking.paid_at) == (3, 9000, at)
    assert taken(session, orchard.slot) == 8
    ticket = client.get(answer.location).text
    assert "¥90，已付" in ticket
    assert '<svg class="qr' in ticket or "ticket__code" in ticket
    entry = session.scalars(
        sa.select(AuditEntry).where(AuditEntry.action == "booking.walk_in")
    ).one()
    assert entry.actor == f"user:{orchard.owner.id}"
    assert entry.after is not None
    assert (entry.after["paid"], entry.after["currency"]) == (9000, "CNY")
    assert recount(session) == []


def test_double_tap_sells_once(client: FlaskClient, session: Session, orchard: Orchard) -> None:
    sent = {unit(session): "2", "request": "abc"}
    assert len({sell(client, orchard.slot, **sent).location for _ in range(2)}) == 1
    assert len(sold(session)) == 1


def test_keys_of_the_stepper_work_without_script(
    client: FlaskClient, session: Session, orchard: Orchard
) -> None:
    more = {unit(session): "2", unit(session, "child"): "0"}
    more["more"] = unit(session, "child").removeprefix("unit_")
    page = client.post(address(orchard.slot), data=more).text
    assert "收¥75" in page
    assert sold(session) == []


def test_full_slot_says_so_and_offers_the_next(
    client: FlaskClient, session: Session, orchard: Orchard
) -> None:
    later = make_slot(
        session,
        session.get_one(Experience, orchard.slot.experience_id),
        orchard.slot.starts_at + HOUR,
    )
    session.commit()
    answer = sell(client, orchard.slot, **{unit(session): "6"})
    assert answer.status_code == 409
    assert "现在只剩5位" in answer.text
    assert f'href="{address(later)}?{unit(session)}=6"' in answer.text
    sell(client, orchard.slot, **{unit(session): "5"})
    session.expire_all()
    page = client.get(address(orchard.slot)).text
    assert "满了，没有名额" in page
    assert address(later) in page
    assert len(sold(session)) == 1


def test_places_held_back_are_sold_to_them(
    client: FlaskClient, session: Session, orchard: Orchard
) -> None:
    orchard.slot.taken, orchard.slot.held_back = 10, 5
    session.commit()
    assert "其中现场名额5位" in client.get(address(orchard.slot)).text
    assert sell(client, orchard.slot, **{unit(session): "5"}).status_code == 303
    session.refresh(orchard.slot)
    assert (orchard.slot.taken, orchard.slot.held_back) == (10, 0)
    assert recount(session) == []


@pytest.mark.parametrize(
    ("quantity", "message"),
    [("0", "至少"), ("x", "整数"), ("-1", "整数"), ("21", "20人"), ("9" * 30, "整数")],
)
def test_wrong_numbers_are_refused_beside_the_field(
    client: FlaskClient, session: Session, orchard: Orchard, quantity: str, message: str
) -> None:
    answer = sell(client, orchard.slot, **{unit(session): quantity})
    assert answer.status_code == 422
    assert message in answer.text
    assert f'value="{quantity}"' in answer.text
    assert sold(session) == []


def test_infants_do_not_come_alone_and_strange_units_are_nobody(
    client: FlaskClient, session: Session, orchard: Orchard, neighbour: Slot
) -> None:
    assert sell(client, orchard.slot, **{unit(session, "infant"): "1"}).status_code == 422
    theirs = session.scalars(
        sa.select(Unit.id).where(Unit.experience_id == neighbour.experience_id)
    ).first()
    assert sell(client, orchard.slot, **{f"unit_{theirs}": "1"}).status_code == 422
    assert sold(session) == []


@pytest.mark.parametrize(
    ("hours", "state", "message"),
    [
        (2, SlotState.OPEN, "10:30起才能现场出票"),
        (-3, SlotState.OPEN, "时段已经"),
        (0, SlotState.CLOSED, "已停止预订"),
        (0, SlotState.FREE, "不用票"),
    ],
)
def test_times_that_cannot_be_sold_say_why(
    client: FlaskClient,
    session: Session,
    orchard: Orchard,
    hours: int,
    state: SlotState,
    message: str,
) -> None:
    starts_at = orchard.slot.starts_at + hours * HOUR + timedelta(minutes=1 if not hours else 0)
    slot = make_slot(
        session, session.get_one(Experience, orchard.slot.experience_id), starts_at, state=state
    )
    session.commit()
    page = client.get(address(slot)).text
    assert "已收款，出票" not in page
    assert message in page
    assert sell(client, slot, **{unit(session): "1"}).status_code == 409
    assert sold(session) == []


def test_a_sale_is_undone_after_a_question_while_nobody_is_in(
    client: FlaskClient, session: Session, orchard: Orchard
) -> None:
    location = sell(client, orchard.slot, **{unit(session): "2"}).location
    assert "请把钱退给客人" in client.get(f"{location}/cancel").text
    assert len(sold(session)) == 1
    client.post(f"{location}/cancel")
    (booking,) = sold(session)
    assert booking.status is BookingStatus.CANCELLED
    assert taken(session, orchard.slot) == 5
    assert "没有撤销" in client.post(f"{location}/cancel", follow_redirects=True).text
    assert recount(session) == []


def test_bookings_made_before_are_no_sales_on_the_spot(
    client: FlaskClient, session: Session, orchard: Orchard
) -> None:
    address = f"/desk/walk-ins/{orchard.booking.reference}"
    assert client.get(address).status_code == 404
    assert client.post(f"{address}/cancel").status_code == 404
    assert session.get_one(Booking, orchard.booking.id).status is BookingStatus.CONFIRMED


def test_prices_that_are_not_known_are_not_made_up(
    client: FlaskClient, session: Session, orchard: Orchard
) -> None:
    session.execute(sa.update(Unit).values(price_amount=None, price_currency=None))
    session.commit()
    session.expire_all()
    assert "系统里没有价格" in client.get(address(orchard.slot)).text
    assert sell(client, orchard.slot, **{unit(session): "2"}).status_code == 303
    (booking,) = sold(session)
    assert (booking.total_amount, booking.paid_at) == (None, None)
