"""The owner's day: numbers, marks, keys, and the fragment that keeps the page up to date."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.desk.conftest import Orchard
from tests.factories.experiences import make_slot
from tests.statements import statements
from tourism.bookings.models import Booking
from tourism.experiences.models import Slot, SlotState


def tallies(page: str) -> dict[str, str]:
    """The numbers of the first slot, by their words."""
    part = page.split('class="tally"')[1].split("</summary>", maxsplit=1)[0]
    return {words: num for num, words in re.findall(r"<b>(\d+)</b> ([^<]+)</span>", part)}


def test_today_shows_who_is_in_booked_and_how_many_may_come(
    client: FlaskClient, orchard: Orchard
) -> None:
    page = client.get("/desk/").text
    assert "5月30日" in page
    assert "樱桃采摘" in page
    assert tallies(page) == {"已到": "1", "已订": "5", "空余": "5", "可容": "10"}
    assert "<dt>已到</dt><dd>1</dd>" in page
    assert "<dt>还要来</dt><dd>2</dd>" in page
    assert 'class="today__booked" x="0.0%" width="50.0%"' in page
    assert 'class="today__arrived" x="0.0%" width="10.0%"' in page


def test_walk_ins_and_places_held_back_are_told_from_bookings(
    client: FlaskClient, session: Session, orchard: Orchard
) -> None:
    orchard.booking.walk_in = True
    orchard.slot.taken, orchard.slot.held_back = 7, 2
    session.commit()
    page = client.get("/desk/").text
    shown = {"已到": "1", "已订": "2", "现场来的": "3", "现场预留": "2", "空余": "3", "可容": "10"}
    assert tallies(page) == shown
    for name, start, length in (("walked", 20.0, 30.0), ("kept", 50.0, 20.0)):
        assert f'class="today__{name}" x="{start}%" width="{length}%"' in page
    assert "<dt>现场来的</dt><dd>3</dd>" in page


def test_now_and_next_are_marked(client: FlaskClient, session: Session, orchard: Orchard) -> None:
    later = orchard.slot.starts_at + timedelta(hours=2)
    for starts_at in (later, later + timedelta(hours=1)):
        make_slot(session, orchard.slot.experience, starts_at)
    session.commit()
    page = client.get("/desk/").text
    assert page.count("today__row--now") == 1
    assert page.count("接下来") == 1
    assert page.index("today__row--now") < page.index("接下来")


def test_all_day_is_a_card_with_larger_steps(
    client: FlaskClient, session: Session, orchard: Orchard
) -> None:
    orchard.slot.experience.all_day = True
    orchard.slot.capacity = 200
    session.commit()
    page = client.get("/desk/").text
    assert "today__row--day" in page
    assert "09:00–10:00" in page
    assert "开放中" in page
    assert 'name="capacity" value="250"' in page
    orchard.slot.ends_at = orchard.slot.starts_at + timedelta(minutes=10)
    session.commit()
    assert "今天已结束" in client.get("/desk/").text


def test_other_orchards_are_not_shown(
    client: FlaskClient, orchard: Orchard, neighbour: Slot
) -> None:
    for path in ("/desk/", "/desk/live"):
        page = client.get(path).text
        assert "樱桃采摘" in page
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
    for path in ("/desk/", "/desk/live"):
        answer = client.get(path, query_string={"day": day})
        assert answer.status_code == 200
        assert "樱桃采摘" in answer.text


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


def test_live_part_is_sent_again_only_when_something_changed(
    client: FlaskClient, session: Session, orchard: Orchard
) -> None:
    first = client.get("/desk/live?day=2027-05-30")
    tag = first.headers["ETag"]
    assert "<html" not in first.text
    assert "csrf" not in first.text
    known = {"If-None-Match": tag}
    assert client.get("/desk/live?day=2027-05-30", headers=known).status_code == 304
    orchard.ticket.admitted = 2
    session.commit()
    news = client.get("/desk/live?day=2027-05-30", headers=known)
    assert (news.status_code, tallies(news.text)["已到"]) == (200, "2")
    assert news.headers["ETag"] != tag
    assert news.headers["Cache-Control"] == "no-store"


def test_page_holds_what_is_renewed_word_for_word(client: FlaskClient, orchard: Orchard) -> None:
    """The same template makes both, so that renewing changes nothing that has not changed."""
    page, part = client.get("/desk/").text, client.get("/desk/live").text
    assert part.strip() in page
    assert 'data-source="/desk/live?day=2027-05-30"' in page
    assert "09:30的情况" in page


def test_owner_without_orchard_is_told_what_to_do(
    client: FlaskClient, session: Session, orchard: Orchard
) -> None:
    session.execute(sa.text("DELETE FROM memberships"))
    session.commit()
    page = client.get("/desk/").text
    assert "请旅游办加上" in page
    assert "樱桃采摘" not in page


@pytest.mark.parametrize("slots", [1, 30])
@pytest.mark.parametrize("path", ["/desk/", "/desk/live"])
def test_today_asks_the_database_as_often_for_many_slots_as_for_one(
    client: FlaskClient, session: Session, orchard: Orchard, slots: int, path: str
) -> None:
    """Who asks, where, whose, which slots, their parties, their arrivals."""
    for number in range(1, slots):
        starts_at = orchard.slot.starts_at + timedelta(minutes=5 * number)
        slot = make_slot(session, orchard.slot.experience, starts_at)
        values = {"name": "李", "phone": "+8613800000124", "language": "zh-Hans"}
        session.add(
            Booking(
                reference=f"REF{number:05}",
                key=str(number),
                slot_id=slot.id,
                party_size=1,
                status="confirmed",
                created_at=orchard.slot.starts_at,
                **values,
            )
        )
    session.commit()
    session.expunge_all()
    with statements(session) as asked:
        assert client.get(path).status_code == 200
    assert len(asked) == 6, asked


def test_desk_pages_are_never_stored(client: FlaskClient, orchard: Orchard) -> None:
    assert client.get("/desk/").headers["Cache-Control"] == "no-store"
