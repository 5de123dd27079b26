"""Weather closures at the desk: chosen, seen in numbers, confirmed once, followed up."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.desk.conftest import Orchard
from tests.factories.accounts import make_user, sign_in
from tests.factories.bookings import confirm, make_booking, make_hold, taken
from tests.factories.experiences import make_slot
from tests.statements import statements
from tourism.accounts.models import Role
from tourism.audit.models import AuditEntry
from tourism.audit.operations import VISITOR
from tourism.bookings.models import Booking, BookingStatus, Closure, ClosureReason, Offer
from tourism.bookings.offers import accept_offer, choose_other, decline_offer
from tourism.bookings.queries import get_booking
from tourism.bookings.recount import recount
from tourism.experiences.models import Slot, SlotState
from tourism.experiences.queries import get_slot

HOUR = timedelta(hours=1)
DAY = "2027-05-30"


@pytest.fixture(autouse=True)
def clock(at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("closure_pages", "holds"):
        monkeypatch.setattr(f"tourism.web.{module}.now", lambda: at)


@pytest.fixture
def slot(session: Session, orchard: Orchard) -> Slot:
    """13:30 of the same day: ten places, a party of four and one of two."""
    starts_at = orchard.slot.starts_at + timedelta(hours=4, minutes=30)
    return make_slot(session, orchard.slot.experience, starts_at)


@pytest.fixture
def parties(session: Session, slot: Slot, at: datetime) -> list[Booking]:
    made = [make_booking(session, slot, at, adults=size) for size in (4, 2)]
    session.commit()
    session.refresh(slot)
    return made


@pytest.fixture
def evening(session: Session, slot: Slot) -> Slot:
    """18:30, with room for the four alone."""
    made = make_slot(session, slot.experience, slot.starts_at + 5 * HOUR, capacity=5)
    session.commit()
    return made


def make_parties(session: Session, slot: Slot, at: datetime, count: int) -> list[Booking]:
    """Parties of one, each with a phone of its own."""
    holds = [make_hold(session, slot, at, adults=1) for _ in range(count)]
    made = [
        confirm(session, hold, at, phone=f"+861380000{number:04}")
        for number, hold in enumerate(holds)
    ]
    session.commit()
    return made


def chosen(*slots: Slot, reason: str = "rain", **more: object) -> dict[str, object]:
    return {"slot": [slot.id for slot in slots], "reason": reason, "day": DAY, **more}


def planned(client: FlaskClient, *slots: Slot, **more: str) -> dict[str, object]:
    """What the page with the numbers would send when it is confirmed."""
    page = client.get("/desk/closures/plan", query_string=chosen(*slots, **more))
    assert page.status_code == 200, page.text
    hidden = re.findall(r'name="(mark|request)" value="([^"]+)"', page.text)
    return chosen(*slots, **more) | dict(hidden)


def close(client: FlaskClient, *slots: Slot, **more: str) -> TestResponse:
    return client.post("/desk/closures/", data=planned(client, *slots, **more))


def closures(session: Session) -> Sequence[Closure]:
    session.rollback()
    return session.scalars(sa.select(Closure)).all()


def numbers(page: str) -> dict[str, int]:
    return {name: int(count) for name, count in re.findall(r"<dt>([^<]+)</dt><dd>(\d+)</dd>", page)}


def test_the_day_is_chosen_by_experience_and_part(
    client: FlaskClient, orchard: Orchard, slot: Slot, parties: list[Booking]
) -> None:
    page = client.get("/desk/closures/new").text
    assert "樱桃采摘" in page
    assert "已订6人" in page
    assert " checked" not in page.replace('value="rain" checked', "")
    afternoon = client.get("/desk/closures/new?part=afternoon").text
    assert f'value="{slot.id}" checked' in afternoon
    assert f'value="{orchard.slot.id}" checked' not in afternoon
    both = client.get("/desk/closures/new?part=all").text
    assert both.count('name="slot"') == both.count('name="slot"') == 2
    assert f'value="{orchard.slot.id}" checked' in both


def test_plan_says_who_is_affected_and_changes_nothing(
    client: FlaskClient, session: Session, slot: Slot, parties: list[Booking], evening: Slot
) -> None:
    page = client.get("/desk/closures/plan", query_string=chosen(slot)).text
    assert "停掉1个时段？" in page
    assert numbers(page) == {"组": 2, "人数": 6}
    assert "18:30" in page
    assert "安排不下的" in page
    assert "手机尾号0123" in page
    assert "5月31日" in page  # until when they may answer
    assert closures(session) == []
    session.refresh(slot)
    assert slot.state is SlotState.OPEN


def test_closing_asks_everybody_and_leads_to_the_answers(
    client: FlaskClient, session: Session, slot: Slot, parties: list[Booking], evening: Slot
) -> None:
    answer = close(client, slot, words_zh_hans="路上有积水")
    (closure,) = closures(session)
    assert (answer.status_code, answer.location) == (303, f"/desk/closures/{closure.id}")
    assert (closure.reason, closure.words) == (ClosureReason.RAIN, {"zh-Hans": "路上有积水"})
    session.refresh(slot)
    assert (slot.state, slot.closed_for) == (SlotState.CLOSED, "rain")
    assert taken(session, evening) == 4
    page = client.get(answer.location).text
    assert numbers(page)["没答复"] == 2
    assert "您的留言：路上有积水" in page
    assert "不答复就改到18:30 · 18:30截止" in page
    assert "不答复就取消 · 5月31日 09:30截止" in page


def test_confirming_twice_closes_once(
    client: FlaskClient, session: Session, slot: Slot, parties: list[Booking], evening: Slot
) -> None:
    sent = planned(client, slot)
    first, second = (client.post("/desk/closures/", data=sent) for _ in range(2))
    assert first.location == second.location
    assert len(closures(session)) == 1
    assert taken(session, evening) == 4


def test_a_party_that_came_meanwhile_stops_the_closing(
    client: FlaskClient,
    session: Session,
    slot: Slot,
    parties: list[Booking],
    evening: Slot,
    at: datetime,
) -> None:
    """Nothing is closed; the new numbers are shown, and can be confirmed."""
    sent = planned(client, slot)
    make_booking(session, get_slot(session, slot.id), at, adults=1)
    session.commit()
    answer = client.post("/desk/closures/", data=sent)
    assert answer.status_code == 409
    assert "您看过之后情况有变" in answer.text
    assert numbers(answer.text) == {"组": 3, "人数": 7}
    assert closures(session) == []
    session.refresh(slot)
    assert slot.state is SlotState.OPEN
    fresh = dict(re.findall(r'name="(mark|request)" value="([^"]+)"', answer.text))
    assert client.post("/desk/closures/", data=sent | fresh).status_code == 303


def test_places_that_went_elsewhere_meanwhile_stop_it_too(
    client: FlaskClient,
    session: Session,
    slot: Slot,
    parties: list[Booking],
    evening: Slot,
    at: datetime,
) -> None:
    sent = planned(client, slot)
    make_booking(session, get_slot(session, evening.id), at, adults=3)
    session.commit()
    assert client.post("/desk/closures/", data=sent).status_code == 409
    assert closures(session) == []
    assert taken(session, evening) == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"slot": []}, "请至少勾一个时段"),
        ({"reason": ""}, "请选原因"),
        ({"reason": "fewer-places"}, "请选原因"),
        ({"reason": "<script>"}, "请选原因"),
        ({"reason": "other"}, "请至少用一种语言告诉已预订的人原因"),
        ({"words_en": "x" * 201}, "最多200个字"),
    ],
)
def test_what_is_missing_or_wrong_is_said_and_what_was_typed_stays(
    client: FlaskClient,
    session: Session,
    slot: Slot,
    evening: Slot,
    change: dict[str, object],
    message: str,
) -> None:
    asked = chosen(slot, words_zh_hant="路上有<b>水") | change
    if change.get("reason") == "other":
        asked.pop("words_zh_hant")
    for answer in (
        client.get("/desk/closures/plan", query_string=asked),
        client.post("/desk/closures/", data=asked, query_string={"day": DAY}),
    ):
        assert answer.status_code == 422
        assert message in answer.text
        assert ("路上有&lt;b&gt;水" in answer.text) == ("words_zh_hant" in asked)
        assert (f'value="{slot.id}" checked' in answer.text) == bool(asked["slot"])
    assert closures(session) == []


@pytest.mark.parametrize("slot_id", ["0", "-1", "x", "99999999999", "2147483647", "1 OR 1=1"])
def test_times_that_do_not_exist_are_not_found(
    client: FlaskClient, session: Session, orchard: Orchard, slot_id: str
) -> None:
    asked = {"slot": slot_id, "reason": "rain"}
    assert client.get("/desk/closures/plan", query_string=asked).status_code == 404
    assert client.post("/desk/closures/", data=asked).status_code == 404


def test_times_that_are_over_cannot_be_closed(
    client: FlaskClient, session: Session, orchard: Orchard
) -> None:
    past = make_slot(session, orchard.slot.experience, orchard.slot.starts_at - 2 * HOUR)
    session.commit()
    answer = client.get("/desk/closures/plan", query_string=chosen(past))
    assert answer.status_code == 422
    assert "这些时段已经过了" in answer.text


def test_answers_are_counted_each_its_way(
    client: FlaskClient,
    session: Session,
    slot: Slot,
    evening: Slot,
    at: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One takes what is kept, one another time, one cancels, one says nothing until it is late."""
    night = make_slot(session, slot.experience, slot.starts_at + 30 * HOUR, capacity=9)
    made = make_parties(session, slot, at, 5)
    location = close(client, slot).location
    one, two, three, _four, last = [get_booking(session, each.reference) for each in made]
    accept_offer(session, booking=one, now=at, actor=VISITOR)
    choose_other(session, booking=two, slot_id=night.id, now=at, actor=VISITOR)
    decline_offer(session, booking=three, now=at, actor=VISITOR)
    overdue = sa.update(Offer).where(Offer.booking_id == last.id)
    session.execute(overdue.values(answer_by=at - HOUR))
    session.commit()
    page = client.get(location).text
    assert numbers(page) == {
        "没答复": 1,
        "接受保留": 1,
        "另选时段": 1,
        "已取消": 1,
        "到期自动": 1,
    }
    assert "现在5月31日 19:30来" in page
    assert page.index("没答复") < page.index("另选时段")
    listed = client.get("/desk/closures/").text
    assert "问了5组" in listed
    assert "1组没答复" in listed
    assert recount(session) == []
    assert session.get_one(Booking, three.id).status is BookingStatus.CANCELLED


def test_a_number_is_opened_by_a_deed_and_leaves_a_trace(
    client: FlaskClient,
    session: Session,
    orchard: Orchard,
    slot: Slot,
    parties: list[Booking],
    evening: Slot,
) -> None:
    location = close(client, slot).location
    assert "13800000123" not in client.get(location).text
    reference = parties[0].reference
    opened = client.post(f"{location}/phones/{reference}")
    assert (opened.status_code, opened.location) == (303, f"{location}#{reference}")
    page = client.get(location).text
    assert page.count('href="tel:+8613800000123"') == 1
    assert "13800000123" not in page.replace("tel:+8613800000123", "")
    entries = session.scalars(
        sa.select(AuditEntry).where(AuditEntry.action == "booking.open_phone")
    ).all()
    assert [(each.actor, each.subject_id) for each in entries] == [
        (f"user:{orchard.owner.id}", reference)
    ]


def test_an_officer_closes_times_of_any_orchard(
    client: FlaskClient, session: Session, slot: Slot, parties: list[Booking], neighbour: Slot
) -> None:
    sign_in(client, make_user(session, Role.OFFICER))
    session.commit()
    page = client.get("/office/closures/new").text
    assert "樱桃采摘" in page
    assert "邻家蓝莓" in page
    asked = chosen(slot, neighbour)
    shown = client.get("/office/closures/plan", query_string=asked).text
    sent = asked | dict(re.findall(r'name="(mark|request)" value="([^"]+)"', shown))
    answer = client.post("/office/closures/", data=sent)
    assert answer.location.startswith("/office/closures/")
    assert "邻家蓝莓" in client.get(answer.location).text


def test_of_a_closure_across_orchards_each_owner_sees_the_own_part(
    client: FlaskClient,
    session: Session,
    orchard: Orchard,
    slot: Slot,
    parties: list[Booking],
    neighbour: Slot,
    at: datetime,
) -> None:
    stranger = make_booking(session, get_slot(session, neighbour.id), at, adults=5)
    stranger.name = "邻家客人"
    sign_in(client, make_user(session, Role.OFFICER))
    session.commit()
    asked = chosen(slot, neighbour)
    shown = client.get("/office/closures/plan", query_string=asked).text
    sent = asked | dict(re.findall(r'name="(mark|request)" value="([^"]+)"', shown))
    closure_id = client.post("/office/closures/", data=sent).location.rsplit("/", 1)[1]
    sign_in(client, orchard.owner)
    page = client.get(f"/desk/closures/{closure_id}").text
    assert numbers(page)["没答复"] == 2
    assert "邻家" not in page
    assert "问了2组" in client.get("/desk/closures/").text
    address = f"/desk/closures/{closure_id}/phones/{stranger.reference}"
    assert client.post(address).status_code == 404


@pytest.mark.parametrize("count", [1, 12])
def test_the_answers_ask_the_database_as_often_for_many_parties_as_for_one(
    client: FlaskClient, session: Session, slot: Slot, evening: Slot, at: datetime, count: int
) -> None:
    slot.capacity = 20
    make_parties(session, slot, at, count)
    location = close(client, slot).location
    session.expunge_all()
    with statements(session) as asked:
        assert client.get(location).status_code == 200
    assert len(asked) == 6, asked
