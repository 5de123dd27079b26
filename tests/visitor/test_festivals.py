"""Festivals: dates only when they are known, and what can be booked for them."""

from datetime import date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories.destination import in_all, make_destination, make_place
from tests.factories.experiences import make_experience, make_slot
from tests.factories.festivals import make_crop, make_festival
from tourism.festivals.models import CropKind
from tourism.visitor import festivals

DATED = {"starts_on": date(2027, 5, 20), "ends_on": date(2027, 6, 15)}


@pytest.fixture
def town(session: Session, at: datetime, monkeypatch: pytest.MonkeyPatch) -> Session:
    monkeypatch.setattr(festivals, "now", lambda: at)
    make_destination(session)
    return session


def _page(client: FlaskClient, session: Session, path: str) -> str:
    session.commit()
    session.expunge_all()  # what the page shows, it must have read itself
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.text


def test_running_festivals_come_first_and_undated_last(client: FlaskClient, town: Session) -> None:
    make_festival(town, "undated", name=in_all("无期节"), rank=0)
    past = {"starts_on": date(2027, 4, 1), "ends_on": date(2027, 4, 20)}
    make_festival(town, "over", name=in_all("已过节"), rank=1, **past)
    later = {"starts_on": date(2027, 6, 10), "ends_on": date(2027, 7, 15)}
    make_festival(town, "coming", name=in_all("将来节"), rank=2, **later)
    make_festival(town, "on", name=in_all("正办节"), rank=3, **DATED)
    page = _page(client, town, "/festivals")
    order = [page.index(name) for name in ("正办节", "将来节", "已过节", "无期节")]
    assert order == sorted(order)
    for badge in ("正在举办", "即将举办", "已结束", "日期待镇里公布"):
        assert badge in page


def test_without_festivals_the_list_shows_the_way_on(client: FlaskClient, town: Session) -> None:
    page = _page(client, town, "/festivals")
    assert "还没有节庆安排" in page
    assert 'href="/experiences"' in page


def test_a_festival_shows_its_venues_programme_and_crop(client: FlaskClient, town: Session) -> None:
    make_place(town, "garden", name=in_all("大樱桃园"))
    cherry = make_crop(town)
    make_crop(town, "blossom", kind=CropKind.BLOOM, fruit_slug="cherry", name=in_all("樱桃花"))
    make_crop(town, "grape", name=in_all("葡萄"))
    make_festival(
        town,
        crop=cherry,
        venues=["garden", "torn-down"],
        programme=[{"id": "opening", "name": in_all("开幕式")}],
        **DATED,
    )
    page = _page(client, town, "/festivals/cherry-festival")
    assert "<h1>樱桃采摘文化节 2027</h1>" in page
    assert "5月20日至6月15日，在大樱桃园。" in page
    assert 'href="/places/garden"' in page
    assert "开幕式" in page
    assert "樱桃花" in page
    assert "葡萄" not in page


def test_without_dates_it_says_who_will_announce_them(client: FlaskClient, town: Session) -> None:
    make_festival(town)
    page = _page(client, town, "/festivals/cherry-festival")
    assert "<h1>樱桃采摘文化节</h1>" in page
    assert "日期待镇里公布。" in page


def test_an_edition_number_is_shown_once_it_is_confirmed(
    client: FlaskClient, town: Session
) -> None:
    make_festival(town, edition=7)
    assert "<h1>第7届樱桃采摘文化节</h1>" in _page(client, town, "/festivals/cherry-festival")


def test_only_documented_editions_are_on_record(client: FlaskClient, town: Session) -> None:
    """An inferred year is the researcher's guess, not a fact to publish."""
    held = [
        {"edition": 4, "year": 2012, "confidence": "documented"},
        {"edition": 6, "year": 2014, "confidence": "inferred"},
        {"edition": 9, "year": None, "confidence": "documented"},
    ]
    make_festival(town, past_editions=held)
    page = _page(client, town, "/festivals/cherry-festival")
    assert "有记载的往届：2012年。" in page
    assert "2014" not in page


def test_its_experiences_show_their_next_free_slot(
    client: FlaskClient, town: Session, at: datetime
) -> None:
    festival = make_festival(town, **DATED)
    open_one = make_experience(town, "open", name=in_all("开放采摘"), festival=festival)
    make_experience(town, "shut", name=in_all("未开放采摘"), festival=festival)
    make_experience(town, "other", name=in_all("别处采摘"))
    make_slot(town, open_one, at + timedelta(hours=4, minutes=30), taken=4)
    page = _page(client, town, "/festivals/cherry-festival")
    assert "最早今天13:30，余6位" in page
    assert page.count("暂无空位") == 1
    assert "别处采摘" not in page
    assert 'href="#book"' in page


def test_without_slots_there_is_no_button_to_book(client: FlaskClient, town: Session) -> None:
    make_festival(town, **DATED)
    page = _page(client, town, "/festivals/cherry-festival")
    assert 'href="#book"' not in page
    assert "还没有开放预约" in page


def test_an_unknown_festival_is_not_found(client: FlaskClient, town: Session) -> None:
    town.commit()
    assert client.get("/festivals/never-held").status_code == 404


def test_hostile_names_are_shown_as_typed(client: FlaskClient, town: Session) -> None:
    evil = in_all("</title><script>alert(1)</script>")
    make_festival(town, name=evil, programme=[{"id": "x", "name": evil}])
    page = _page(client, town, "/festivals/cherry-festival")
    assert "<script>alert" not in page
