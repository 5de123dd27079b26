"""The owner's day."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.desk.conftest import Orchard
from tests.factories.experiences import make_slot
from tests.statements import statements
from tourism.experiences.models import Slot, SlotState


def test_today_shows_who_is_in_booked_and_how_many_may_come(
    client: FlaskClient, orchard: Orchard
) -> None:
    page = client.get("/desk/").text
    assert "5月30日" in page
    assert "樱桃采摘" in page
    assert "到<b>1</b> ／ 订<b>5</b> ／ 可容10" in page
    assert "<dt>已到</dt><dd>1</dd>" in page
    assert "<dt>还要来</dt><dd>2</dd>" in page
    assert "<dt>还能订</dt><dd>5</dd>" in page
    assert 'class="bar-row__booked" width="50%"' in page
    assert 'class="bar-row__arrived" width="10%"' in page


def test_now_and_next_are_marked(client: FlaskClient, session: Session, orchard: Orchard) -> None:
    later = orchard.slot.starts_at + timedelta(hours=2)
    for starts_at in (later, later + timedelta(hours=1)):
        make_slot(session, orchard.slot.experience, starts_at)
    session.commit()
    page = client.get("/desk/").text
    assert page.count("bar-row--now") == 1
    assert page.count("接下来") == 1
    assert page.index("bar-row--now") < page.index("接下来")


def test_other_orchards_are_not_shown(
    client: FlaskClient, orchard: Orchard, neighbour: Slot
) -> None:
    page = client.get("/desk/").text
    assert "邻家蓝莓" not in page
    assert f"/desk/slots/{neighbour.id}" not in page


def test_days_are_local_and_lead_to_their_neighbours(
    client: FlaskClient, session: Session, orchard: Orchard
) -> None:
    """6:00 in the town is still yesterday in UTC."""
    early = orchard.slot.starts_at - timedelta(hours=3)
    make_slot(session, orchard.slot.experience, early)
    session.commit()
    assert "06:00" in client.get("/desk/?day=2027-05-30").text
    before = client.get("/desk/?day=2027-05-29").text
    assert "06:00" not in before
    assert "这一天没有时段" in before
    assert 'href="/desk/?day=2027-05-28"' in before
    assert 'href="/desk/"' in before
    assert "接下来" not in client.get("/desk/?day=2027-05-31").text


@pytest.mark.parametrize("day", ["", "today", "2027-13-01", "9999-12-31", "0001-01-01", "<b>"])
def test_impossible_days_show_today(client: FlaskClient, orchard: Orchard, day: str) -> None:
    answer = client.get("/desk/", query_string={"day": day})
    assert answer.status_code == 200
    assert "5月30日" in answer.text


def test_closed_slot_and_slot_without_booking_say_so(
    client: FlaskClient, session: Session, orchard: Orchard
) -> None:
    orchard.slot.state = SlotState.CLOSED
    make_slot(
        session,
        orchard.slot.experience,
        orchard.slot.starts_at + timedelta(hours=2),
        state=SlotState.FREE,
    )
    session.commit()
    page = client.get("/desk/").text
    assert "已停订" in page
    assert "不用预订" in page
    assert "<dt>还能订</dt><dd>0</dd>" in page


def test_owner_without_orchard_is_told_what_to_do(
    client: FlaskClient, session: Session, orchard: Orchard
) -> None:
    session.execute(sa.text("DELETE FROM memberships"))
    session.commit()
    page = client.get("/desk/").text
    assert "请旅游办加上" in page
    assert "樱桃采摘" not in page


@pytest.mark.parametrize("slots", [1, 30])
def test_today_asks_the_database_as_often_for_many_slots_as_for_one(
    client: FlaskClient, session: Session, orchard: Orchard, slots: int
) -> None:
    for number in range(1, slots):
        starts_at = orchard.slot.starts_at + timedelta(minutes=5 * number)
        make_slot(session, orchard.slot.experience, starts_at)
    session.commit()
    session.expunge_all()
    with statements(session) as asked:
        assert client.get("/desk/").status_code == 200
    assert len(asked) == 6, asked


def test_desk_pages_are_never_stored(client: FlaskClient, orchard: Orchard) -> None:
    assert client.get("/desk/").headers["Cache-Control"] == "no-store"
