"""The map page and the pages of places, as a server answers them."""

import json
import re
from html import escape, unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories.destination import in_all, make_destination, make_place
from tests.factories.experiences import make_experience
from tests.statements import statements
from tourism.app import create_app
from tourism.destination.models import Accuracy, BuildStatus, Place, PlaceKind
from tourism.festivals.models import Confidence, Crop, CropKind
from tourism.settings import Datum, Settings
from tourism.visitor.place_words import BADGES, KINDS, STATUS_SENTENCES, STATUSES, THEMES
from tourism.web.db import engine

HOSTILE = [
    "{{ 7*7 }}",
    "{% if %}",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"><svg onload=alert(1)>'",
]
LINE = {"type": "LineString", "coordinates": [[119.0, 35.0], [119.0, 35.1]]}
AREA = {"type": "Polygon", "coordinates": [[[119, 35], [119.1, 35], [119.1, 35.1], [119, 35]]]}


@pytest.fixture
def town(session: Session) -> Place:
    """A zone with an orchard, a road with its node, a town; all with a published experience."""
    make_destination(session)
    make_place(session, "town", rank=1, kind=PlaceKind.VILLAGE, name=in_all("镇区"))
    zone = make_place(
        session, "zone", rank=2, kind=PlaceKind.ZONE, name=in_all("湖区"), geometry=AREA
    )
    orchard = make_place(session, "orchard", rank=3, parent_id=zone.id, name=in_all("果园"))
    road = make_place(
        session,
        "road",
        rank=4,
        kind=PlaceKind.CORRIDOR,
        name=in_all("大路"),
        geometry=LINE,
        accuracy=Accuracy.SCHEMATIC,
        starts_at="town",
        leads_to="orchard",
    )
    make_place(
        session,
        "node",
        rank=5,
        kind=PlaceKind.NODE,
        parent_id=road.id,
        name=in_all("中村"),
        latitude=35.05,
    )
    make_experience(session, "picking", place=orchard)
    session.add(_crop("cherry", "大樱桃"))
    session.commit()
    return orchard


def _crop(slug: str, name: str) -> Crop:
    return Crop(
        slug=slug,
        kind=CropKind.FRUIT,
        name=in_all(name),
        starts="05-20",
        ends="06-20",
        peak_starts="05-28",
        peak_ends="06-10",
        confidence=Confidence.MEDIUM,
        rank=0,
    )


def page(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.text


def rows(text: str) -> list[str]:
    """The slugs of the list's rows that are shown."""
    return re.findall(r'data-place="([^"]+)">', text)


def block(text: str) -> dict[str, Any]:
    """The JSON block that the map draws."""
    found = re.search(r'<script type="application/json" id="map-data">(.*?)</script>', text, re.S)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


@pytest.mark.usefixtures("town")
def test_the_map_page_lists_every_place_in_its_group(client: FlaskClient) -> None:
    text = page(client, "/map")
    assert rows(text) == ["town", "zone", "orchard", "road", "node"]
    assert 'href="/places/orchard"' in text
    assert "共5个地点" in text


@pytest.mark.usefixtures("town")
def test_the_map_page_draws_the_places_of_its_list(client: FlaskClient) -> None:
    text = page(client, "/map")
    assert {place["slug"] for place in block(text)["places"]} == set(rows(text))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("kind=orchard", ["orchard"]),
        ("q=中村", ["node"]),
        ("q=%20%20", ["town", "zone", "orchard", "road", "node"]),
        ("crop=cherry&kind=node", ["node"]),
        ("month=12", []),
        ("kind=castle&month=13&crop=", ["town", "zone", "orchard", "road", "node"]),
    ],
)
@pytest.mark.usefixtures("town")
def test_the_form_filters_without_script(client: FlaskClient, query: str, found: list[str]) -> None:
    text = page(client, f"/map?{query}")
    assert rows(text) == found
    told = re.search(r'data-atlas="count">([^<]*)<', text)
    assert told
    assert told[1].startswith("没有符合的地点" if found == [] else f"共{len(found)}个")


@pytest.mark.usefixtures("town")
def test_the_form_keeps_what_was_asked(client: FlaskClient) -> None:
    text = page(client, "/map?q=湖&kind=zone&crop=cherry&month=5")
    assert 'value="湖"' in text
    assert re.findall(r'<option value="([^"]+)" selected>', text) == ["zone", "cherry", "5"]


@pytest.mark.usefixtures("town")
def test_a_sight_shows_its_facts(client: FlaskClient) -> None:
    text = page(client, "/places/orchard")
    for words in ("大樱桃", "5月至6月", "采摘", "已建成", "可能相差500米以内", "湖区"):
        assert words in text


@pytest.mark.usefixtures("town")
def test_what_can_be_booked_below_a_zone_is_on_its_page(client: FlaskClient) -> None:
    assert 'href="/experiences/picking"' in page(client, "/places/zone")
    assert 'href="/experiences/picking"' not in page(client, "/places/node")


@pytest.mark.usefixtures("town")
def test_a_corridor_shows_its_stops_in_driving_order(client: FlaskClient) -> None:
    text = page(client, "/places/road")
    stops = re.findall(r'corridor__km">([\d.]+)</span>\s*<span[^>]*>\s*<a href="([^"]+)"', text)
    assert stops == [("0", "/places/town"), ("5.6", "/places/node"), ("11.1", "/places/orchard")]
    assert "示意" in text
    assert "分钟" not in text


def test_directions_only_where_the_position_allows(
    client: FlaskClient, session: Session, town: Place
) -> None:
    """A position that was estimated or drawn must never be handed to a navigation app."""
    for accuracy in Accuracy:
        town.accuracy = accuracy
        session.commit()
        text = page(client, "/places/orchard")
        offered = accuracy in (Accuracy.SURVEYED, Accuracy.GAZETTEER)
        assert ("https://uri.amap.com" in text) is offered
        assert ("geo:" in text) is offered
        assert ("不提供导航" in text) is not offered


def test_directions_send_wgs_84_and_the_name_as_typed(
    client: FlaskClient, session: Session, town: Place
) -> None:
    town.name = in_all("果园 & 茶园")
    town.accuracy_m = 2500
    session.commit()
    text = page(client, "/places/orchard")
    links = [unescape(link) for link in re.findall(r'href="((?:https:|geo:)[^"]+)"', text)]
    amap, baidu, apple, geo = links
    name = "%E6%9E%9C%E5%9B%AD"
    assert "coordinate=wgs84" in amap
    assert f"to=119.00000%2C35.00000%2C{name}+%26+" in amap
    assert "coord_type=wgs84" in baidu
    assert "location=35.00000%2C119.00000" in baidu
    assert "ll=35.00000%2C119.00000" in apple
    assert geo.startswith(f"geo:35.00000,119.00000?q=35.00000,119.00000({name}%20%26%20")
    assert "相差2.5公里" in text


@pytest.mark.usefixtures("town")
def test_pages_load_nothing_from_other_hosts(client: FlaskClient) -> None:
    for path in ("/map", "/places/zone", "/places/orchard", "/places/road"):
        text = page(client, path)
        assert not re.findall(r'(?:src|action|data)="(?:https?:)?//', text)
        assert not re.findall(r'<link [^>]*href="(?:https?:)?//', text)
        assert not re.findall(r"https?://(?!www\.w3\.org)", json.dumps(block(text)))


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_name_is_text_everywhere(
    client: FlaskClient, session: Session, town: Place, hostile: str
) -> None:
    town.name = town.summary = dict.fromkeys(in_all(""), hostile)
    town.aliases = [hostile]
    session.commit()
    for path in ("/map", "/places/orchard", "/places/zone", "/places/road"):
        text = page(client, path)
        assert str(escape(hostile)).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in text
        drawn = {place["name"] for place in block(text)["places"]}
        assert hostile in drawn
        assert hostile not in text or "<" not in hostile


def test_a_scene_that_is_not_ours_is_not_opened(
    client: FlaskClient, session: Session, town: Place
) -> None:
    """The name comes from data: it must not read any other file."""
    town.scene = "../../../setup.cfg"
    session.commit()
    assert "place-head--plain" in page(client, "/places/orchard")


def test_a_sight_borrows_the_scene_of_its_zone(
    client: FlaskClient, session: Session, town: Place
) -> None:
    zone = session.get(Place, town.parent_id)
    assert zone
    zone.scene = "scene-lake.svg"
    session.commit()
    assert "place-head__scene" in page(client, "/places/orchard")


def test_an_unknown_and_a_retired_place_are_404(
    client: FlaskClient, session: Session, town: Place
) -> None:
    assert client.get("/places/nowhere").status_code == 404
    town.retired = True
    session.commit()
    assert client.get("/places/orchard").status_code == 404
    assert "orchard" not in rows(page(client, "/map"))


@pytest.mark.usefixtures("town")
def test_the_frame_script_is_kept_for_a_year_under_its_own_name(client: FlaskClient) -> None:
    address = block(page(client, "/map"))["scripts"][-1]
    answer = client.get(address)
    assert answer.mimetype == "text/javascript"
    assert "immutable" in answer.headers["Cache-Control"]
    assert client.get("/map-frame-000000000000.js").status_code == 404


@pytest.mark.parametrize(
    ("path", "tables"),
    [
        ("/map", ["places", "crops"]),
        ("/places/zone", ["places", "experiences", "crops"]),
        ("/places/orchard", ["places", "experiences", "crops"]),
    ],
)
@pytest.mark.usefixtures("town")
def test_pages_ask_the_database_little(
    client: FlaskClient, session: Session, path: str, tables: list[str]
) -> None:
    """One query for each kind of thing, however many places; the site's own come before."""
    page(client, path)
    with statements(session) as seen:
        page(client, path)
    asked = [re.findall(r"FROM (\w+)", each)[0] for each in seen]
    assert asked[asked.index("places") :] == tables
    assert len(seen) <= len(tables) + 2


def test_every_code_of_the_data_has_a_word() -> None:
    assert set(KINDS) == set(PlaceKind)
    assert set(STATUSES) == set(BADGES) == set(STATUS_SENTENCES) == set(BuildStatus)
    themed = [kind for _, kinds in THEMES for kind in kinds]
    assert sorted(themed) == sorted(set(PlaceKind) - {PlaceKind.ZONE, PlaceKind.CORRIDOR})


@pytest.mark.usefixtures("town")
def test_without_tiles_no_picture_of_another_host_is_allowed(client: FlaskClient) -> None:
    answer = client.get("/map")
    assert block(answer.text)["tiles"] is None
    assert "img-src 'self' data:;" in answer.headers["Content-Security-Policy"]


@pytest.mark.usefixtures("town")
def test_tiles_widen_the_policy_for_their_host_alone(app: Flask) -> None:
    old: Settings = app.config["TOURISM"]
    tiled = create_app(
        Settings(
            instance=old.instance,
            database_url=old.database_url,
            secret_key="for tests only",
            tiles_url="https://{s}.tiles.example/{z}/{x}/{y}.png?key=1",
            tiles_datum=Datum.GCJ02,
            tiles_attribution="图源 <示例>",
        )
    )
    tiled.config["TESTING"] = True
    answer = tiled.test_client().get("/map")
    other = tiled.test_client().get("/festivals").headers["Content-Security-Policy"]
    with tiled.app_context():
        engine().dispose()
    policy = answer.headers["Content-Security-Policy"]
    assert "img-src 'self' data: https://*.tiles.example;" in policy
    assert policy.count("tiles.example") == 1
    assert block(answer.text)["tiles"]["gcj02"] is True
    assert "图源 &lt;示例&gt;" in answer.text
    assert "tiles.example" not in other
