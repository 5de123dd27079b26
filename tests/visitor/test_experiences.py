"""Days and slots: what is free, what is not and why, and the way on."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories.destination import in_all, make_destination, make_place
from tests.factories.experiences import make_experience, make_operator, make_slot
from tests.factories.festivals import make_festival
from tests.statements import statements
from tourism.experiences.models import Experience, SlotState
from tourism.visitor import experiences

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def town(session: Session, at: datetime, monkeypatch: pytest.MonkeyPatch) -> Session:
    monkeypatch.setattr(experiences, "now", lambda: at)
    make_destination(session)
    return session


@pytest.fixture
def picking(town: Session) -> Experience:
    return make_experience(town, "picking", days_ahead=14)


def _page(client: FlaskClient, session: Session, query: str = "", status: int = 200) -> str:
    session.commit()
    session.expunge_all()  # what the page shows, it must have read itself
    answer = client.get(f"/experiences/picking{query}")
    assert answer.status_code == status
    return answer.text


def _days(page: str) -> dict[str, str]:
    """What each day of the shown week says, by its date."""
    found = re.findall(
        r'<li><a class="day.*?date=([\d-]+)#times.*?>(<small>.*?)</a>', page, re.DOTALL
    )
    return {day: re.sub(r"<[^>]+>", " ", inside).split()[-1] for day, inside in found}


def _own(seen: list[str]) -> list[str]:
    """What the page itself asks, beside what every page does (destination, expired holds)."""
    return [each for each in seen if not re.search("FROM (destinations|bookings)", each)]


def test_a_slot_with_room_leads_to_booking(
    client: FlaskClient, town: Session, picking: Experience, at: datetime
) -> None:
    slot = make_slot(town, picking, at + HOUR, taken=4)
    page = _page(client, town)
    assert f'href="/slots/{slot.id}/bookings/new"' in page
    assert "10:00<small>至11:00到达</small>" in page
    assert "余<b>6</b>位" in page


def test_each_state_of_a_slot_has_its_word_and_only_room_is_a_link(
    client: FlaskClient, town: Session, picking: Experience, at: datetime
) -> None:
    make_slot(town, picking, at - 3 * HOUR)
    make_slot(town, picking, at + HOUR, taken=10)
    make_slot(town, picking, at + 2 * HOUR, state=SlotState.CLOSED)
    make_slot(town, picking, at + 3 * HOUR, state=SlotState.FREE)
    few = make_slot(town, picking, at + 4 * HOUR, taken=9)
    page = _page(client, town)
    for words in ("已停止预约", "已约满", "不开放", "不需预约", "只余<b>1</b>位"):
        assert words in page
    assert re.findall(r"/slots/(\d+)/bookings/new", page) == [str(few.id)]


def test_a_full_slot_names_the_next_one_with_room(
    client: FlaskClient, town: Session, picking: Experience, at: datetime
) -> None:
    make_slot(town, picking, at + HOUR, taken=10)
    make_slot(town, picking, at + 2 * HOUR, taken=10)
    make_slot(town, picking, at + 4 * HOUR)
    assert _page(client, town).count("13:00有空位") == 2


def test_booking_ends_its_cutoff_before_the_window_does(
    client: FlaskClient, town: Session, at: datetime
) -> None:
    make_experience(town, "picking", booking_cutoff=timedelta(minutes=30))
    experience = town.get_one(Experience, 1)
    late = make_slot(town, experience, at - HOUR / 2)
    page = _page(client, town)
    assert f"/slots/{late.id}/" not in page
    assert "已停止预约" in page


def test_days_show_what_each_offers(
    client: FlaskClient, town: Session, picking: Experience, at: datetime
) -> None:
    make_slot(town, picking, at + HOUR, taken=3)
    make_slot(town, picking, at + DAY, taken=10)
    make_slot(town, picking, at + 2 * DAY, state=SlotState.CLOSED)
    make_slot(town, picking, at + 3 * DAY, state=SlotState.FREE)
    assert _days(_page(client, town)) == {
        "2027-05-30": "余7",
        "2027-05-31": "约满",
        "2027-06-01": "不开放",
        "2027-06-02": "免预约",
        "2027-06-03": "没有时段",
        "2027-06-04": "没有时段",
        "2027-06-05": "没有时段",
    }


def test_without_a_date_the_first_day_with_room_is_shown(
    client: FlaskClient, town: Session, picking: Experience, at: datetime
) -> None:
    make_slot(town, picking, at + HOUR, taken=10)
    slot = make_slot(town, picking, at + 3 * DAY)
    page = _page(client, town)
    assert f"/slots/{slot.id}/bookings/new" in page
    assert "<b>6月2日周三</b>" in page


def test_a_day_can_be_chosen_in_a_later_week(
    client: FlaskClient, town: Session, picking: Experience, at: datetime
) -> None:
    slot = make_slot(town, picking, at + 10 * DAY)
    page = _page(client, town, "?date=2027-06-09")
    assert f"/slots/{slot.id}/bookings/new" in page
    assert 'date=2027-06-09#times" aria-current="date"' in page
    assert "前几天" in page
    assert "后几天" in page


def test_the_weeks_end_where_booking_does(
    client: FlaskClient, town: Session, picking: Experience
) -> None:
    page = _page(client, town, "?date=2027-06-13")
    assert "后几天" not in page
    assert "2027-06-14" not in page


@pytest.mark.parametrize(
    "wrong", ["2027-05-29", "2027-06-14", "2027-02-30", "tomorrow", "", "1' OR 1=1", "９"]
)
def test_a_day_that_cannot_be_booked_is_answered_clearly(
    client: FlaskClient, town: Session, picking: Experience, at: datetime, wrong: str
) -> None:
    """The page says which days can, and shows the first with room."""
    slot = make_slot(town, picking, at + DAY)
    page = _page(client, town, f"?date={wrong}", status=422)
    assert "这个日期不能约。" in page
    assert "可以约5月30日至6月13日，下面是5月31日。" in page
    assert f"/slots/{slot.id}/bookings/new" in page


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"taken": 10}, "这一天约满了"),
        ({"state": SlotState.CLOSED}, "这一天不开放"),
    ],
)
def test_a_day_without_room_says_why_and_names_the_next(
    client: FlaskClient,
    town: Session,
    picking: Experience,
    at: datetime,
    values: dict[str, object],
    words: str,
) -> None:
    make_slot(town, picking, at + HOUR, **values)
    make_slot(town, picking, at + 9 * DAY)
    page = _page(client, town, "?date=2027-05-30")
    assert words in page
    assert "再往后，6月8日周二有空位。" in page
    assert 'href="/experiences/picking?date=2027-06-08#times"' in page


def test_without_any_slot_there_is_a_way_on(
    client: FlaskClient, town: Session, picking: Experience
) -> None:
    page = _page(client, town)
    assert "这一天没有可约的时段" in page
    assert "目前只能约到6月13日" in page


def test_a_day_on_which_nobody_needs_to_book_is_no_dead_end(
    client: FlaskClient, town: Session, picking: Experience, at: datetime
) -> None:
    make_slot(town, picking, at + HOUR, state=SlotState.FREE)
    page = _page(client, town, "?date=2027-05-30")
    assert "不需预约" in page
    assert "没有可约的时段" not in page


def test_practical_facts_come_from_the_experience(client: FlaskClient, town: Session) -> None:
    place = make_place(town, "garden", name=in_all("大樱桃园"))
    operator = make_operator(town, name=in_all("谢湖合作社"))
    make_experience(
        town,
        "picking",
        place=place,
        operator=operator,
        stay=timedelta(minutes=90),
        cancel_cutoff=timedelta(hours=2),
        largest_party=12,
        days_ahead=5,
    )
    page = _page(client, town)
    assert 'href="/places/garden">大樱桃园</a>' in page
    for words in ("约1.5小时", "到达时段开始前2小时可以免费取消", "一次最多约12人", "可提前5天"):
        assert words in page
    assert "tel:" not in page


def test_unknown_prices_are_not_shown_but_said_to_be_open(
    client: FlaskClient, town: Session, picking: Experience
) -> None:
    page = _page(client, town)
    assert "价格由试验农场定，目前还没有公布。" in page
    assert "¥" not in page


def test_known_prices_are_shown_and_samples_labelled(
    client: FlaskClient, town: Session, picking: Experience
) -> None:
    adult, child, _infant = picking.units
    adult.price_amount, adult.price_currency, adult.sample = 3050, "CNY", True
    child.price_amount, child.price_currency = 0, "CNY"
    page = _page(client, town)
    assert "¥30.50" in page
    assert "免费</span>" in page
    assert "价格为示例" in page
    assert "还没有公布" not in page


def test_prices_that_are_no_samples_are_not_called_so(
    client: FlaskClient, town: Session, picking: Experience
) -> None:
    picking.units[0].price_amount, picking.units[0].price_currency = 3000, "CNY"
    picking.units[1].sample = True  # a sample without a price shows none
    page = _page(client, town)
    assert "¥30</span>" in page
    assert "价格为示例" not in page


def test_the_time_places_are_kept_is_the_settings(
    client: FlaskClient, town: Session, picking: Experience, at: datetime
) -> None:
    make_slot(town, picking, at + HOUR)
    assert '<strong class="nowrap">15分钟</strong>' in _page(client, town)


@pytest.mark.parametrize("slug", ["hidden", "never-was"])
def test_what_is_not_published_is_not_found(client: FlaskClient, town: Session, slug: str) -> None:
    make_experience(town, "hidden", is_published=False)
    town.commit()
    assert client.get(f"/experiences/{slug}").status_code == 404


def test_the_list_is_grouped_by_festival_with_the_next_slot(
    client: FlaskClient, town: Session, at: datetime
) -> None:
    festival = make_festival(town, name=in_all("樱桃节"))
    make_experience(town, "walk", name=in_all("村史讲解"))
    make_experience(town, "shut", name=in_all("未开园"), festival=festival)
    picking = make_experience(town, "open", name=in_all("已开园"), festival=festival)
    make_experience(town, "hidden", name=in_all("未发布"), is_published=False)
    make_slot(town, picking, at + DAY, taken=2)
    town.commit()
    town.expunge_all()
    page = client.get("/experiences").text
    order = [page.index(words) for words in ("樱桃节", "已开园", "未开园", "节庆之外", "村史讲解")]
    assert order == sorted(order)
    assert "最早明天09:00，余8位" in page
    assert "未发布" not in page


def test_an_empty_list_shows_the_way_on(client: FlaskClient, town: Session) -> None:
    town.commit()
    page = client.get("/experiences").text
    assert "现在没有可约的时段" in page
    assert 'href="/#seasons"' in page


def test_a_page_of_a_busy_month_stays_cheap_and_small(
    client: FlaskClient, town: Session, at: datetime
) -> None:
    """Six statements, and at most 40 kB, for 600 slots on 31 days. Two of them ask whether there
    are ceilings, which a site remembers for a second."""
    busy = make_experience(town, "picking", days_ahead=30)
    for day in range(31):
        for number in range(20):
            make_slot(town, busy, at + day * DAY + number * HOUR / 3, capacity=600, taken=number)
    town.commit()
    with statements(town) as seen:
        page = client.get("/experiences/picking").text
    assert len(_own(seen)) == 6, seen
    assert page.count("/bookings/new") == 20
    assert len(page.encode()) < 40_000


def test_the_list_costs_three_statements(client: FlaskClient, town: Session, at: datetime) -> None:
    for number in range(3):
        make_slot(town, make_experience(town, f"experience-{number}"), at + HOUR)
    town.commit()
    with statements(town) as seen:
        client.get("/experiences")
    assert len(_own(seen)) == 3, seen


def test_a_late_evening_belongs_to_the_local_day(
    client: FlaskClient, town: Session, picking: Experience, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At 16:30 UTC it is half past midnight of the next day here."""
    monkeypatch.setattr(experiences, "now", lambda: datetime(2027, 5, 30, 16, 30, tzinfo=UTC))
    slot = make_slot(town, picking, datetime(2027, 5, 30, 17, 0, tzinfo=UTC))
    page = _page(client, town)
    assert f"/slots/{slot.id}/bookings/new" in page
    assert next(iter(_days(page))) == date(2027, 5, 31).isoformat()


@pytest.mark.parametrize(
    ("reason", "shown"), [(None, "不开放"), ("rain", "因雨停园"), ("picked-out", "已摘完")]
)
def test_a_closed_slot_says_why(
    client: FlaskClient,
    town: Session,
    picking: Experience,
    at: datetime,
    reason: str | None,
    shown: str,
) -> None:
    words = {"zh-Hans": "<b>明天照常</b>"} if reason else None
    make_slot(
        town,
        picking,
        at + HOUR,
        state=SlotState.CLOSED,
        closed_for=reason,
        closed_words=words,
    )
    page = _page(client, town)
    assert shown in page
    assert ("&lt;b&gt;明天照常" in page) == bool(reason)
