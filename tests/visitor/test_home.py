"""The front page: the fact of the day, what is free, where to go."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories.destination import in_all, make_destination, make_place
from tests.factories.experiences import make_experience, make_slot
from tests.factories.festivals import make_crop, make_festival
from tests.statements import statements
from tourism.destination.models import BuildStatus, Place, PlaceKind
from tourism.festivals.models import Confidence, CropKind
from tourism.visitor import home

HOUR = timedelta(hours=1)


@pytest.fixture
def town(session: Session, at: datetime, monkeypatch: pytest.MonkeyPatch) -> Session:
    """A township with an orchard of cherries and nothing else, on a day of the cherries' peak."""
    monkeypatch.setattr(home, "now", lambda: at)
    make_destination(session)
    make_crop(session)
    return session


def _page(client: FlaskClient, session: Session, path: str = "/") -> str:
    session.commit()
    session.expunge_all()  # what the page shows, it must have read itself
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.text


def _own(seen: list[str]) -> list[str]:
    """What the page itself asks, beside what every page does (destination, expired holds)."""
    return [each for each in seen if not re.search("FROM (destinations|bookings)", each)]


def test_what_is_ripe_is_the_headline(client: FlaskClient, town: Session) -> None:
    make_place(town)
    page = _page(client, town)
    assert "<h1>大樱桃正在盛期</h1>" in page
    assert "盛期到6月10日前后。" in page
    assert "5月下旬至6月中旬" in page


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/", "大樱桃正在盛期"),
        ("/zh-hant/", "大樱桃（繁）正在盛期"),
        ("/en/", "大樱桃 (en) season is at its peak"),
    ],
)
def test_the_headline_speaks_three_languages(
    client: FlaskClient, town: Session, path: str, words: str
) -> None:
    assert f"<h1>{words}</h1>" in _page(client, town, path)


@pytest.mark.parametrize(
    ("month", "day", "words"),
    [
        (5, 21, "大樱桃开摘了"),
        (6, 15, "大樱桃快要收尾"),
        (5, 10, "大樱桃将在5月20日前后开始"),
        (11, 23, "下一季：5月下旬大樱桃"),
    ],
)
def test_the_headline_follows_the_year(
    client: FlaskClient,
    town: Session,
    monkeypatch: pytest.MonkeyPatch,
    month: int,
    day: int,
    words: str,
) -> None:
    monkeypatch.setattr(home, "now", lambda: datetime(2027, month, day, 4, tzinfo=UTC))
    assert f"<h1>{words}</h1>" in _page(client, town)


def test_the_day_is_the_townships(
    client: FlaskClient, town: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At 17:00 UTC it is tomorrow already in Lizhuang."""
    monkeypatch.setattr(home, "now", lambda: datetime(2027, 5, 19, 17, tzinfo=UTC))
    page = _page(client, town)
    assert "5月20日" in page
    assert "<h1>大樱桃开摘了</h1>" in page


def test_a_crop_that_is_only_planned_is_not_the_headline(
    client: FlaskClient, town: Session
) -> None:
    """Nor one that nobody could confirm; the calendar shows both with a word of warning."""
    make_place(town, "garden", status=BuildStatus.PLANNED, crops=["peony", "peach"])
    make_place(town)
    now = {"starts": "05-01", "peak_starts": "05-02", "peak_ends": "07-01", "ends": "07-02"}
    make_crop(town, "peony", kind=CropKind.BLOOM, name=in_all("牡丹"), **now)
    make_crop(town, "peach", name=in_all("黄桃"), **now)
    make_crop(town, "kiwi", name=in_all("猕猴桃"), confidence=Confidence.UNVERIFIED, **now)
    page = _page(client, town)
    assert "<h1>大樱桃正在盛期</h1>" in page
    assert page.count("（规划种植）") == 2
    assert page.count("（待核实）") == 1


def test_a_bloom_is_planned_no_more_than_its_fruit(client: FlaskClient, town: Session) -> None:
    make_place(town)
    make_place(town, "garden", status=BuildStatus.PLANNED, crops=["cherry", "peach"])
    make_crop(town, "blossom", kind=CropKind.BLOOM, fruit_slug="cherry", name=in_all("樱桃花"))
    make_crop(town, "peach-blossom", kind=CropKind.BLOOM, fruit_slug="peach", name=in_all("桃花"))
    page = _page(client, town)
    assert page.count("（规划种植）") == 1
    assert page.index("<b>桃花</b>") < page.index("（规划种植）")


def test_free_slots_of_today_lead_straight_to_booking(
    client: FlaskClient, town: Session, at: datetime
) -> None:
    """With one experience, its next slots; the share that is taken is drawn."""
    experience = make_experience(town)
    full = make_slot(town, experience, at + HOUR, taken=10)
    few = make_slot(town, experience, at + 2 * HOUR, taken=8)
    free = make_slot(town, experience, at + 3 * HOUR, capacity=40, taken=10)
    page = _page(client, town)
    assert "今天还能约" in page
    assert f'href="/slots/{full.id}/bookings/new"' not in page
    assert f'class="slot slot--few" href="/slots/{few.id}/bookings/new"' in page
    assert f'class="slot" href="/slots/{free.id}/bookings/new"' in page
    assert "只余<b>2</b>位" in page
    assert "余<b>30</b>位" in page
    assert '<rect class="slot__taken" width="25%"' in page
    assert "盛期</span>" in page
    assert "时段为示例" not in page


def test_with_several_experiences_each_shows_its_next_slot(
    client: FlaskClient, town: Session, at: datetime
) -> None:
    one, two = make_experience(town, "one"), make_experience(town, "two")
    later = make_slot(town, one, at + 2 * HOUR)
    second = make_slot(town, one, at + 3 * HOUR)
    first = make_slot(town, two, at + HOUR)
    page = _page(client, town)
    assert f"/slots/{second.id}/bookings/new" not in page
    assert page.index(f"/slots/{first.id}/bookings/new") < page.index(f"/slots/{later.id}/")


def test_sample_slots_say_so(client: FlaskClient, town: Session, at: datetime) -> None:
    make_slot(town, make_experience(town), at + HOUR, sample=True)
    assert "时段为示例" in _page(client, town)


@pytest.mark.parametrize(("days", "words"), [(1, "明天可以约"), (2, "6月1日周二可以约")])
def test_when_today_is_full_the_next_day_with_room_is_shown(
    client: FlaskClient, town: Session, at: datetime, days: int, words: str
) -> None:
    experience = make_experience(town)
    make_slot(town, experience, at + HOUR, taken=10)
    make_slot(town, experience, at + timedelta(days=days))
    assert words in _page(client, town)


def test_without_any_free_slot_the_page_says_what_to_do(client: FlaskClient, town: Session) -> None:
    page = _page(client, town)
    assert "现在没有可约的时段" in page
    assert "先看地图" in page


def test_an_empty_township_has_a_front_page(
    client: FlaskClient, session: Session, at: datetime
) -> None:
    make_destination(session)
    page = _page(client, session)
    assert "<h1>看什么，什么时候来</h1>" in page
    assert "往哪里走" not in page


def _corridor(session: Session, slug: str = "road") -> Place:
    line = {"type": "LineString", "coordinates": [[119.0, 35.0], [119.0, 35.05]]}
    return make_place(
        session,
        slug,
        kind=PlaceKind.CORRIDOR,
        name=in_all("银山路"),
        geometry=line,
        starts_at="town",
        leads_to="centre",
        status=BuildStatus.UNDER_CONSTRUCTION,
    )


def test_zones_corridors_and_nodes_come_from_the_data(
    client: FlaskClient, town: Session, at: datetime
) -> None:
    zone = make_place(
        town, "lake", kind=PlaceKind.ZONE, name=in_all("湖区"), scene="scene-lake.svg"
    )
    make_place(town, "town", kind=PlaceKind.VILLAGE, name=in_all("镇区"))
    make_place(town, "centre", name=in_all("服务区"), latitude=35.05)
    road = _corridor(town)
    node = {"type": "Point", "coordinates": [119.0, 35.025]}
    make_place(
        town,
        "half-way",
        kind=PlaceKind.NODE,
        parent_id=road.id,
        name=in_all("坝西村"),
        geometry=node,
        latitude=35.025,
    )
    orchard = make_place(town, "orchard", parent_id=zone.id)
    make_slot(town, make_experience(town, place=orchard), at + HOUR)
    page = _page(client, town)
    assert 'href="/places/lake">湖区</a>' in page
    assert "1处可预约" in page
    stops = [
        page.index(f">{name}</a>", page.index("银山路")) for name in ("镇区", "坝西村", "服务区")
    ]
    assert stops == sorted(stops)
    assert ">2.8<" in page
    assert "里程为示意线路上的公里数，不可用于导航。" in page


def test_a_festival_without_dates_promises_none(client: FlaskClient, town: Session) -> None:
    make_festival(town, crop=make_crop(town, "berry"), name=in_all("采摘节"))
    page = _page(client, town)
    assert '<h3 class="edition__name">采摘节</h3>' in page
    assert "日期待镇里公布" in page


def test_a_sample_festival_never_claims_to_be_on(client: FlaskClient, town: Session) -> None:
    make_festival(town, starts_on=date(2027, 5, 30), ends_on=date(2027, 6, 15), sample=True)
    page = _page(client, town)
    assert "樱桃采摘文化节 2027" in page
    assert "示例：正在举办" in page
    assert ">正在举办<" not in page


def test_hostile_names_are_shown_as_typed(client: FlaskClient, town: Session, at: datetime) -> None:
    evil = in_all("</script><img src=x onerror=alert(1)>{{7*7}}")
    place = make_place(town, "evil", kind=PlaceKind.ZONE, name=evil, summary=evil)
    make_slot(town, make_experience(town, name=evil, place=place), at + HOUR)
    make_festival(town, name=evil)
    page = _page(client, town)
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;{{7*7}}" in page


def test_the_page_costs_five_statements(client: FlaskClient, town: Session, at: datetime) -> None:
    """However many places, slots and festivals there are."""
    for number in range(3):
        experience = make_experience(town, f"experience-{number}")
        make_slot(town, experience, at + HOUR)
        make_festival(town, f"festival-{number}", crop_id=None)
    town.commit()
    with statements(town) as seen:
        client.get("/")
    assert len(_own(seen)) == 5, seen
