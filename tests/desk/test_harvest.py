"""The fruit decides: proposal, applying it, picked out, ripeness, sales at the exit."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.desk.conftest import Orchard
from tests.factories.accounts import make_user, sign_in
from tests.factories.bookings import make_booking
from tests.factories.experiences import make_experience, make_slot
from tourism.accounts.models import Role
from tourism.audit.queries import entries_of
from tourism.bookings.models import BookingStatus
from tourism.bookings.offers import find_last_offer
from tourism.bookings.recount import recount
from tourism.experiences.models import Experience, Harvest, Slot, SlotState, Weighing
from tourism.experiences.queries import get_slot

SENT = {
    "ripe": "30", "head": "1.5", "rows_open": "10", "row_people": "4", "staff": "2",
    "staff_people": "20",
}  # fmt: skip
SALE = {"key": "one", "gross": "3.25", "tare": "0.25", "paid": "90"}


@pytest.fixture
def address(orchard: Orchard) -> str:
    return f"/desk/harvest/{orchard.slot.experience_id}"


@pytest.fixture
def later(session: Session, orchard: Orchard) -> Slot:
    start = orchard.slot.starts_at + timedelta(hours=3)
    slot = make_slot(session, orchard.slot.experience, start)
    session.commit()
    return slot


def test_arithmetic_is_shown_and_applied(
    client: FlaskClient, session: Session, orchard: Orchard, later: Slot, address: str
) -> None:
    """20 heads for two windows; stays of two hours do not meet."""
    assert client.post(address, data=SENT).status_code == 303
    page = client.get(address).text
    assert "30.00公斤÷每人1.50公斤=20人；÷余下2个时段=10人" in page
    assert "建议每个时段10人" in page
    client.post(address, data=SENT | {"ripe": "36"})
    assert client.post(f"{address}/apply").status_code == 303
    session.expire_all()
    assert [session.get_one(Slot, each.id).capacity for each in (orchard.slot, later)] == [12, 12]
    (entry,) = entries_of(session, "slot", later.id)
    assert entry.action == "slots.change_capacity"
    assert 'value="36"' in client.get(address).text


def test_below_taken_the_host_is_asked_first(
    client: FlaskClient, session: Session, orchard: Orchard, later: Slot, address: str
) -> None:
    """Five are taken, three would be proposed."""
    client.post(address, data=SENT | {"ripe": "9"})
    page = client.get(address).text
    assert "多出2人" in page
    client.post(f"{address}/apply")
    assert session.get_one(Slot, later.id, populate_existing=True).capacity == 10
    client.post(f"{address}/apply", data={"choice": "keep"})
    session.expire_all()
    slot = session.get_one(Slot, orchard.slot.id)
    assert (slot.capacity, slot.wanted_capacity) == (5, 3)
    assert session.get_one(Slot, later.id).capacity == 3
    assert recount(session) == []


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"ripe": ""}, "ripe", "请填公斤数"),
        ({"ripe": "much"}, "ripe", "请填公斤数"),
        ({"ripe": "-1"}, "ripe", "请填公斤数"),
        ({"ripe": "1e9"}, "ripe", "请填公斤数"),
        ({"ripe": "NaN"}, "ripe", "请填公斤数"),
        ({"head": "0"}, "head", "请填公斤数"),
        ({"rows_open": "0"}, "rows_open", "请填1到9999"),
        ({"row_people": "<i>"}, "row_people", "请填1到9999"),
        ({"staff": "1.5"}, "staff", "请填1到9999"),
        ({"staff_people": "99999"}, "staff_people", "请填1到9999"),
    ],
)
def test_impossible_harvests_are_refused_beside_the_field(
    client: FlaskClient, session: Session, address: str, typed: dict[str, str], field: str,
    words: str,
) -> None:  # fmt: skip
    answer = client.post(address, data=SENT | typed)
    assert answer.status_code == 422
    assert words in answer.text.partition(f'id="{field}-error"')[2].partition("</p>")[0]
    kept = next(value for name, value in SENT.items() if name not in typed)
    assert f'value="{kept}"' in answer.text
    assert session.query(Harvest).count() == 0


def test_picked_out_closes_the_day_and_sends_parties_to_the_next_orchard(
    client: FlaskClient, session: Session, orchard: Orchard, later: Slot, address: str, at: datetime
) -> None:
    crop = make_experience(session, "next", name={"zh-Hans": "隔壁樱桃"})
    there = make_slot(session, crop, later.starts_at)
    booking = make_booking(session, get_slot(session, later.id), at, adults=2)
    session.commit()
    page = client.get(f"{address}/picked-out").text
    assert "安排到：隔壁樱桃" in page
    assert client.post(f"{address}/picked-out").status_code == 303
    session.expire_all()
    slot = session.get_one(Slot, later.id)
    assert (slot.state, slot.closed_for) == (SlotState.CLOSED, "picked-out")
    offer = find_last_offer(session, booking)
    assert offer is not None
    assert offer.slot_id == there.id
    panel = client.get(f"/bookings/{booking.reference}?key={booking.key}").text
    assert "邻近的果园" in panel
    answer = client.post(f"/bookings/{booking.reference}/offer/accept?key={booking.key}")
    assert answer.status_code == 303
    session.expire_all()
    assert booking.slot_id == there.id
    assert booking.status is BookingStatus.CONFIRMED
    assert recount(session) == []
    assert "没有余下的时段" in client.get(f"{address}/picked-out").text
    assert client.post(f"{address}/picked-out").status_code == 303


def test_visitors_read_the_ripeness_at_once_in_their_language(
    client: FlaskClient, session: Session, orchard: Orchard, address: str
) -> None:
    sent = {"words_zh_hans": "深红，这周最好", "words_zh_hant": "深紅，這週最好",
            "words_en": "dark red <b>"}  # fmt: skip
    assert client.post(f"{address}/ripeness", data=sent).status_code == 303
    slug, place = orchard.slot.experience.slug, "test-picking-place"
    for path in (f"/experiences/{slug}", f"/places/{place}"):
        assert "深红，这周最好" in client.get(f"/zh-hans{path}").text
        assert "5月30日" in client.get(f"/zh-hans{path}").text
        assert "深紅" in client.get(f"/zh-hant{path}").text
        assert "dark red &lt;b&gt;" in client.get(f"/en{path}").text
    assert client.post(f"{address}/ripeness", data={}).status_code == 303
    assert "深红" not in client.get(f"/zh-hans/experiences/{slug}").text
    actions = [
        each.action for each in entries_of(session, "experience", orchard.slot.experience_id)
    ]
    assert actions == ["harvest.ripeness"] * 2


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"words_zh_hans": "红"}, "words_zh_hant", "三种语言都要写"),
        ({"words_zh_hans": "红" * 81}, "words_zh_hans", "最多80个字"),
    ],
)
def test_impossible_notes_are_refused_beside_the_field(
    client: FlaskClient, session: Session, orchard: Orchard, address: str,
    typed: dict[str, str], field: str, words: str,
) -> None:  # fmt: skip
    answer = client.post(f"{address}/ripeness", data=typed)
    assert answer.status_code == 422
    assert words in answer.text.partition(f'id="{field}-error"')[2].partition("</p>")[0]
    assert f'value="{typed["words_zh_hans"]}"' in answer.text
    assert session.get_one(Experience, orchard.slot.experience_id).ripeness is None


def test_sales_are_weighed_once_summed_and_taken_back(
    client: FlaskClient, session: Session, orchard: Orchard, address: str
) -> None:
    for _ in range(2):
        assert client.post(f"{address}/sales", data=SALE).status_code == 303
    (made,) = session.query(Weighing).all()
    assert (made.net_g, made.price_amount, made.price_currency) == (3000, 9000, "CNY")
    page = client.get(address).text
    assert "3.00公斤（3.25去皮0.25）" in page
    assert "<dd>3.00</dd>" in page
    officer = make_user(session, Role.OFFICER)
    session.commit()
    sign_in(client, officer)
    assert "<dt>卖出（公斤）</dt><dd>3.00</dd>" in client.get("/office/?day=2027-05-30").text
    sign_in(client, orchard.owner)
    for _ in range(2):
        assert client.post(f"{address}/sales/{made.id}/void").status_code == 303
    assert "<dd>0.00</dd>" in client.get(address).text
    actions = [each.action for each in entries_of(session, "experience", made.experience_id)]
    assert sorted(actions) == ["harvest.void", "harvest.weigh"]


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"gross": ""}, "gross", "请填公斤数"),
        ({"gross": "heavy"}, "gross", "请填公斤数"),
        ({"gross": "5000"}, "gross", "请填公斤数"),
        ({"tare": "4"}, "tare", "比总重还重"),
        ({"tare": "-1"}, "tare", "请填公斤数"),
        ({"paid": "cash"}, "paid", "请填金额"),
    ],
)
def test_impossible_sales_are_refused_beside_the_field(
    client: FlaskClient, session: Session, address: str, typed: dict[str, Any], field: str,
    words: str,
) -> None:  # fmt: skip
    answer = client.post(f"{address}/sales", data=SALE | typed)
    assert answer.status_code == 422
    assert words in answer.text.partition(f'id="{field}-error"')[2].partition("</p>")[0]
    for name, value in (SALE | typed).items():
        assert f'name="{name}"' in answer.text
        assert f'value="{value}"' in answer.text
    assert session.query(Weighing).count() == 0


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("POST", ""),
        ("POST", "/apply"),
        ("GET", "/picked-out"),
        ("POST", "/picked-out"),
        ("POST", "/ripeness"),
        ("POST", "/sales"),
        ("POST", "/sales/1/void"),
    ],
)
def test_fruit_of_another_orchard_does_not_exist(
    client: FlaskClient, session: Session, neighbour: Slot, method: str, path: str
) -> None:
    session.add(
        Weighing(
            key="theirs", experience_id=neighbour.experience_id, day=neighbour.starts_at.date(),
            gross_g=2, tare_g=1, weighed_at=neighbour.starts_at,
        )
    )  # fmt: skip
    session.commit()
    for key in (neighbour.experience_id, 999):
        answer = client.open(f"/desk/harvest/{key}{path}", method=method, data=SENT | SALE)
        assert answer.status_code == 404
        assert "邻家蓝莓" not in answer.text
    session.refresh(neighbour)
    assert neighbour.state is SlotState.OPEN
    assert not session.query(Weighing).one().is_void


def test_sale_of_another_orchard_is_not_taken_back_through_one_s_own(
    client: FlaskClient, session: Session, neighbour: Slot, address: str
) -> None:
    theirs = Weighing(
        key="theirs", experience_id=neighbour.experience_id, day=neighbour.starts_at.date(),
        gross_g=2, tare_g=1, weighed_at=neighbour.starts_at,
    )  # fmt: skip
    session.add(theirs)
    session.commit()
    assert client.post(f"{address}/sales/{theirs.id}/void").status_code == 404
    session.refresh(theirs)
    assert not theirs.is_void
