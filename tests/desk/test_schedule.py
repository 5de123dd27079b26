"""The weekly pattern at the desk: what is typed, what would change, doing it, copying a day."""

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.desk.conftest import Orchard
from tests.factories.bookings import make_booking
from tests.factories.experiences import make_slot
from tests.statements import statements
from tourism.audit.operations import SYSTEM
from tourism.audit.queries import entries_of
from tourism.experiences.ceilings import set_ceiling
from tourism.experiences.models import CeilingKind, Schedule, Slot
from tourism.experiences.queries import get_slot

SENT: dict[str, Any] = {
    "starts_on": "2027-05-31",
    "ends_on": "2027-06-13",
    "days_0": ["0", "1", "2", "3", "4", "5", "6"],
    "opens_0": "08:00",
    "closes_0": "12:00",
    "capacity_0": "20",
    "every": "60",
    "window": "60",
    "stay": "120",
    "holidays": "as-usual",
    "break_from_0": "10:00",
    "break_to_0": "11:00",
}


@pytest.fixture
def address(orchard: Orchard) -> str:
    return f"/desk/schedule/{orchard.slot.experience_id}"


def plan_in(page: str) -> str:
    found = re.search(r'name="plan" value="([^"]+)"', page)
    assert found, page
    return found.group(1)


def apply(client: FlaskClient, preview: str = "/desk/timetable/") -> None:
    plan = plan_in(client.get(preview).text)
    assert client.post("/desk/timetable/", data={"plan": plan}).status_code == 303


def slots(session: Session, orchard: Orchard) -> list[Slot]:
    session.expire_all()
    mine = session.query(Slot).filter_by(experience_id=orchard.slot.experience_id)
    found = mine.filter(Slot.starts_at > orchard.slot.starts_at).order_by(Slot.starts_at)
    return [get_slot(session, each.id) for each in found]


def test_pattern_is_kept_previewed_applied_and_then_settled(
    client: FlaskClient, session: Session, orchard: Orchard, address: str
) -> None:
    answer = client.post(address, data=SENT)
    assert answer.status_code == 303
    assert slots(session, orchard) == []
    preview = client.get(answer.location).text
    assert "42个新时段" in preview
    assert preview.count('<details class="plan-week">') == 2
    assert "端午节" in preview
    apply(client)
    made = slots(session, orchard)
    assert (len(made), {each.capacity for each in made}) == (42, {20})
    assert "没有要改的" in client.get("/desk/timetable/").text
    assert 'value="08:00"' in client.get(address).text
    actions = [each.action for each in entries_of(session, "experience", made[0].experience_id)]
    assert sorted(actions) == ["schedule.apply", "schedule.save"]


def test_plan_that_is_old_by_now_is_shown_again_and_nothing_is_done(
    client: FlaskClient, session: Session, orchard: Orchard, address: str
) -> None:
    client.post(address, data=SENT)
    plan = plan_in(client.get("/desk/timetable/").text)
    client.post(address, data=SENT | {"capacity_0": "30"})
    answer = client.post("/desk/timetable/", data={"plan": plan})
    assert answer.status_code == 409
    assert "情况有变" in answer.text
    assert slots(session, orchard) == []
    assert client.post("/desk/timetable/", data={}).status_code == 409


def test_booked_and_hand_made_slots_are_left_alone_and_listed(
    client: FlaskClient, session: Session, orchard: Orchard, address: str, at: datetime
) -> None:
    client.post(address, data=SENT)
    apply(client)
    booked, changed, *_rest = slots(session, orchard)
    make_booking(session, booked, at)
    session.commit()
    client.post(f"/desk/slots/{changed.id}/capacity", data={"capacity": "25"})
    client.post(
        f"{address}/slots",
        data={
            "on": "2027-06-01",
            "opens": "18:00",
            "closes": "19:00",
            "capacity": "8",
        },
    )
    client.post(address, data=SENT | {"capacity_0": "50"})
    preview = client.get("/desk/timetable/").text
    left = preview.split('class="plan-left"')[1].split("</ul>")[0]
    assert left.count("<li>") == 3
    assert "已占2位" in left
    assert "5月30日手工改过" in left
    assert "表里没有这个时段" in left
    apply(client)
    kept = {each.id: each.capacity for each in slots(session, orchard) if each.capacity != 50}
    assert len(kept) == 3
    assert (kept[booked.id], kept[changed.id]) == (20, 25)


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"starts_on": ""}, "starts_on", "请选日期"),
        ({"starts_on": "31.5."}, "starts_on", "请选日期"),
        ({"ends_on": "2027-05-01"}, "ends_on", "最后一天早于第一天"),
        ({"ends_on": "2029-06-01"}, "ends_on", "最多370天"),
        ({"days_0": []}, "days_0", "至少选一天"),
        ({"opens_0": "25:00"}, "opens_0", "请填时间"),
        ({"closes_0": "07:00"}, "closes_0", "要晚于08:00"),
        ({"capacity_0": "0"}, "capacity_0", "请填1到9999之间的整数"),
        ({"capacity_0": "<b>"}, "capacity_0", "请填1到9999之间的整数"),
        ({"capacity_0": "٣"}, "capacity_0", "请填1到9999之间的整数"),
        ({"every": "0"}, "every", "请填5到720之间的整数"),
        ({"window": "90"}, "window", "不能超过60分钟"),
        ({"every": "300", "window": "300"}, "closes_0", "放不下一个时段"),
        ({"stay": "-1"}, "stay", "请填5到1440之间的整数"),
        ({"holidays": "x"}, "holidays", "请选一项"),
        ({"break_from_0": "11:00", "break_to_0": "10:00"}, "break_to_0", "要晚于11:00"),
        ({"break_from_0": "14:00", "break_to_0": "15:00"}, "break_from_0", "本来就不开放"),
        ({"break_from_1": "10:30", "break_to_1": "11:30"}, "break_from_1", "和另一段休息重叠"),
        (
            {"days_1": ["5"], "opens_1": "08:00", "closes_1": "10:00", "capacity_1": "5"},
            "days_1",
            "同一天写了两行",
        ),
        ({"opens_1": "08:00"}, "days_1", "至少选一天"),
        (
            {"starts_on": "2027-06-01", "ends_on": "2027-06-02", "days_0": ["6"]},
            "ends_on",
            "这两天之间没有",
        ),
    ],
)
def test_what_cannot_be_is_said_beside_the_field_and_all_that_was_typed_stays(
    client: FlaskClient, session: Session, address: str, typed: Any, field: str, words: str
) -> None:
    answer = client.post(address, data=SENT | typed)
    assert answer.status_code == 422
    assert words in answer.text.partition(f'id="{field}-error"')[2].partition("</p>")[0]
    assert f'href="#{field}"' in answer.text
    for name, value in (SENT | typed).items():
        if isinstance(value, str) and name != "holidays" and value != "<b>":
            assert f'name="{name}"' in answer.text
            assert f'value="{value}"' in answer.text, name
    assert session.query(Schedule).count() == 0


def test_prices_and_stay_count_at_once_and_are_noted(
    client: FlaskClient, session: Session, orchard: Orchard, address: str
) -> None:
    units = orchard.slot.experience.units
    sent = SENT | {f"price_{units[0].id}": "30.50", f"price_{units[1].id}": "", "stay": "90"}
    assert client.post(address, data=sent).status_code == 303
    session.expire_all()
    slot = get_slot(session, orchard.slot.id)
    assert [unit.price_amount for unit in slot.experience.units] == [3050, None, None]
    assert slot.experience.stay == timedelta(minutes=90)
    actions = {each.action for each in entries_of(session, "experience", slot.experience_id)}
    assert actions == {"schedule.save", "experience.price", "experience.stay"}


@pytest.mark.parametrize("typed", ["-1", "dear", "1e9", "NaN", "3.001"])
def test_impossible_prices_are_refused(
    client: FlaskClient, session: Session, orchard: Orchard, address: str, typed: str
) -> None:
    unit = orchard.slot.experience.units[0]
    answer = client.post(address, data=SENT | {f"price_{unit.id}": typed})
    assert answer.status_code == 422
    assert "请填金额" in answer.text.partition(f'id="price_{unit.id}-error"')[2]
    assert f'value="{typed}"' in answer.text


def test_stay_that_a_ceiling_cannot_bear_is_refused_beside_it(
    client: FlaskClient, session: Session, orchard: Orchard, address: str, at: datetime
) -> None:
    """Three people until 12:00, three more at 12:30: together too many for five."""
    slot = make_slot(
        session, orchard.slot.experience, orchard.slot.starts_at + timedelta(hours=3, minutes=30)
    )
    make_booking(session, get_slot(session, slot.id), at, adults=3)
    set_ceiling(
        session,
        kind=CeilingKind.PRESENT,
        name={"zh-Hans": "停车场"},
        capacity=5,
        now=at,
        actor=SYSTEM,
    )
    session.commit()
    answer = client.post(address, data=SENT | {"stay": "300"})
    assert answer.status_code == 422
    assert "停留这么久" in answer.text.partition('id="stay-error"')[2]
    assert session.query(Schedule).count() == 0
    assert client.post(address, data=SENT | {"stay": "150"}).status_code == 303


def test_single_days_are_decided_and_taken_back(
    client: FlaskClient, session: Session, orchard: Orchard, address: str
) -> None:
    client.post(address, data=SENT)
    page = client.get(address).text
    assert "端午节" in page
    sent = {"day_on": "2027-06-09", "rule": "hours", "day_opens": "06:00", "day_closes": "08:00"}
    assert client.post(f"{address}/days", data=sent).status_code == 303
    assert "开放，时间另定 06:00–08:00" in client.get(address).text
    client.post(f"{address}/days", data={"day_on": "2027-06-10", "rule": "closed"})
    apply(client)
    days = [each.starts_at.date() for each in slots(session, orchard)]
    assert (days.count(date(2027, 6, 10)), len(days)) == (0, 12 * 3 + 2)
    client.post(f"{address}/days/2027-06-10/forget")
    apply(client)
    assert len(slots(session, orchard)) == 13 * 3 + 2


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"day_on": ""}, "day_on", "请选日期"),
        ({"day_on": "2027-08-01"}, "day_on", "不在这一季里"),
        ({"rule": "x"}, "rule", "请选一项"),
        ({"rule": "hours"}, "day_opens", "请填时间"),
        (
            {"rule": "hours", "day_opens": "09:00", "day_closes": "08:00"},
            "day_closes",
            "要晚于09:00",
        ),
        (
            {"rule": "hours", "day_opens": "08:00", "day_closes": "09:00", "day_capacity": "x"},
            "day_capacity",
            "之间的整数",
        ),
    ],
)
def test_impossible_days_are_refused_beside_the_field(
    client: FlaskClient, address: str, typed: dict[str, str], field: str, words: str
) -> None:
    client.post(address, data=SENT)
    answer = client.post(f"{address}/days", data={"day_on": "2027-06-09", "rule": "closed"} | typed)
    assert answer.status_code == 422
    assert words in answer.text.partition(f'id="{field}-error"')[2].partition("</p>")[0]
    assert 'name="opens_0"' in answer.text
    assert 'value="08:00"' in answer.text


def test_day_is_copied_with_preview_and_belongs_to_the_host(
    client: FlaskClient, session: Session, orchard: Orchard, address: str
) -> None:
    sent = {"source": "2027-05-30", "first": "2027-05-31", "last": "2027-06-06"}
    preview = client.get(f"{address}/copy", query_string=sent | {"weekdays": ["5", "6"]})
    assert "2个新时段" in preview.text
    plan = plan_in(preview.text)
    data = sent | {"weekdays": ["5", "6"], "plan": plan}
    assert client.post(f"{address}/copy", data=data).status_code == 303
    made = slots(session, orchard)
    assert [f"{each.starts_at:%m-%d %H:%M}" for each in made] == ["06-05 01:00", "06-06 01:00"]
    assert {(each.capacity, each.scheduled) for each in made} == {(10, False)}
    assert client.post(f"{address}/copy", data=data).status_code == 409
    again = client.get(f"{address}/copy", query_string=sent | {"weekdays": ["5", "6"]}).text
    assert "没有要改的" in again


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"source": "x"}, "source", "请选日期"),
        ({"source": "2027-05-29"}, "source", "这一天没有时段"),
        ({"last": "2027-05-01"}, "last", "最后一天早于第一天"),
        ({"first": "2027-05-01", "last": "2027-05-02"}, "last", "已经过去"),
        ({"last": "2028-05-01"}, "last", "最多92天"),
        ({"first": "2027-05-31", "last": "2027-05-31", "weekdays": "6"}, "weekdays", "没有选中的"),
    ],
)
def test_impossible_copies_are_refused_beside_the_field(
    client: FlaskClient, address: str, typed: dict[str, str], field: str, words: str
) -> None:
    sent = {"source": "2027-05-30", "first": "2027-05-31", "last": "2027-06-06"} | typed
    for answer in (
        client.get(f"{address}/copy", query_string=sent),
        client.post(f"{address}/copy", data=sent | {"plan": "x"}),
    ):
        assert answer.status_code == 422
        assert words in answer.text.partition(f'id="{field}-error"')[2].partition("</p>")[0]
        assert f'value="{sent["source"]}"' in answer.text


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"on": ""}, "on", "请选日期"),
        ({"on": "2027-05-29"}, "on", "已经结束"),
        ({"opens": "9"}, "opens", "请填时间"),
        ({"closes": "08:00"}, "closes", "要晚于18:00"),
        ({"capacity": "many"}, "capacity", "之间的整数"),
        ({"on": "2027-05-30", "opens": "09:00", "closes": "23:00"}, "opens", "已经有时段"),
    ],
)
def test_impossible_single_slots_are_refused_beside_the_field(
    client: FlaskClient,
    session: Session,
    orchard: Orchard,
    address: str,
    typed: dict[str, str],
    field: str,
    words: str,
) -> None:
    sent = {"on": "2027-06-01", "opens": "18:00", "closes": "19:00", "capacity": "8"} | typed
    answer = client.post(f"{address}/slots", data=sent)
    assert answer.status_code == 422
    assert words in answer.text.partition(f'id="{field}-error"')[2].partition("</p>")[0]
    assert f'value="{sent["capacity"]}"' in answer.text
    assert slots(session, orchard) == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("POST", ""),
        ("POST", "/days"),
        ("POST", "/days/2027-06-01/forget"),
        ("GET", "/copy"),
        ("POST", "/copy"),
        ("GET", "/slots/new"),
        ("POST", "/slots"),
    ],
)
def test_experiences_of_another_orchard_do_not_exist(
    client: FlaskClient, session: Session, neighbour: Slot, method: str, path: str
) -> None:
    sent = SENT | {
        "source": "2027-05-30",
        "first": "2027-05-31",
        "last": "2027-06-06",
        "plan": "x",
        "on": "2027-06-01",
        "opens": "18:00",
        "closes": "19:00",
        "capacity": "8",
        "day_on": "2027-06-01",
        "rule": "closed",
    }
    for key in (neighbour.experience_id, 999):
        answer = client.open(f"/desk/schedule/{key}{path}", method=method, data=sent)
        assert answer.status_code == 404
        assert "邻家蓝莓" not in answer.text
    assert session.query(Schedule).count() == 0


def test_preview_and_list_know_only_the_own_experiences(
    client: FlaskClient, session: Session, neighbour: Slot, address: str
) -> None:
    client.post(address, data=SENT)
    session.add(Schedule(**vars_of(session.query(Schedule).one(), neighbour.experience_id)))
    session.commit()
    for page in (
        "/desk/schedule/",
        "/desk/timetable/",
        f"/desk/timetable/?experience={neighbour.experience_id}",
    ):
        assert "邻家蓝莓" not in client.get(page).text
    apply(client)
    assert session.query(Slot).filter_by(experience_id=neighbour.experience_id).count() == 1


def vars_of(schedule: Schedule, experience_id: int) -> dict[str, Any]:
    names = ("starts_on", "ends_on", "hours", "breaks", "every", "window", "holidays")
    return {name: getattr(schedule, name) for name in names} | {"experience_id": experience_id}


def test_preview_asks_the_database_as_often_for_a_season_as_for_a_week(
    client: FlaskClient, session: Session, address: str
) -> None:
    asked = []
    for last in ("2027-06-06", "2027-07-30"):
        client.post(address, data=SENT | {"ends_on": last})
        session.expunge_all()
        with statements(session) as seen:
            assert client.get("/desk/timetable/").status_code == 200
        asked.append(len(seen))
    assert asked == [5, 5]
