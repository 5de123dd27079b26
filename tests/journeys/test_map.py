"""The map in a real browser: drawn, spoken to by mouse and keyboard, and never fooled by a name."""

import base64
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.factories.destination import in_all, make_destination, make_place
from tests.journeys.conftest import PHONE, Site, served, watch
from tourism import migrations
from tourism.app import create_app
from tourism.destination.models import PlaceKind
from tourism.settings import Settings
from tourism.web import db

DESK = {"viewport": {"width": 1280, "height": 900}}
HOSTILE = [
    "{{7*7}}",
    "{% if %}",
    "</script><script>window.hacked=1</script>",
    "<img src=x onerror=window.hacked=1>",
    '"><svg onload=window.hacked=1>',
]
AREA = [[118.95, 35.0], [119.05, 35.0], [119.05, 35.05], [118.95, 35.05], [118.95, 35.0]]
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)


@contextmanager
def town(folder: Path, names: list[str], **variables: str) -> Iterator[str]:
    """A site with one zone and an orchard of each name in it."""
    app = create_app(Settings(instance=folder, secret_key="for tests only"))
    with app.app_context():
        migrations.upgrade(db.engine())
        session = db.db_session()
        road = {
            "type": "Feature",
            "properties": {"kind": "road", "name": in_all(names[0])},
            "geometry": {"type": "LineString", "coordinates": AREA[0:3]},
        }
        make_destination(session, basemap={"type": "FeatureCollection", "features": [road]})
        shape = {"type": "Polygon", "coordinates": [AREA]}
        zone = make_place(session, "zone", kind=PlaceKind.ZONE, geometry=shape)
        for index, name in enumerate(names):
            at = {"longitude": 118.984 + index * 0.008, "latitude": 35.02}
            make_place(
                session,
                f"place-{index}",
                rank=index + 1,
                name=dict.fromkeys(in_all(""), name),
                summary=dict.fromkeys(in_all(""), name),
                parent_id=zone.id,
                geometry={"type": "Point", "coordinates": list(at.values())},
                **at,
            )
        session.commit()
        db.engine().dispose()
    environment = os.environ | {"TOURISM_INSTANCE": str(folder)} | variables
    with served(environment, folder / "server.log") as url:
        yield url


@pytest.fixture
def desk(browser: Browser) -> Iterator[Page]:
    """A window on a desk, in Chinese."""
    context = browser.new_context(**DESK, locale="zh-CN")
    yield context.new_page()
    context.close()


def drawn(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator("[data-controller~=map]")).to_have_attribute("data-state", "drawn")


def test_hostile_names_are_shown_as_typed(desk: Page, tmp_path: Path) -> None:
    """In the list, on the label, in the card and on the place's page; and nothing is asked for."""
    with town(tmp_path, HOSTILE) as url:
        faults = watch(desk, url)
        requests: list[str] = []
        desk.on("request", lambda request: requests.append(request.url))
        drawn(desk, f"{url}/map")
        for index, name in enumerate(HOSTILE):
            row = desk.locator(f"[data-place=place-{index}]")
            expect(row.locator(".atlas__link span").first).to_have_text(name)
            row.locator("button").click()
            expect(desk.locator(".map-card__link").last).to_have_text(name)
            labels = desk.locator(".map-label").all_text_contents()
            assert name in labels
        for index, name in enumerate(HOSTILE):
            drawn(desk, f"{url}/places/place-{index}")
            expect(desk.locator("h1")).to_have_text(name)
        assert desk.evaluate("window.hacked") is None
        assert desk.locator("img[onerror], svg[onload]").count() == 0
        assert not [each for each in requests if each.endswith("/x")]
        assert faults == []


def test_the_map_keeps_its_policy_and_asks_no_other_host(desk: Page, site: Site) -> None:
    faults = watch(desk, site.url)
    drawn(desk, f"{site.url}/map")
    desk.locator("[data-place=xiehu] button").click()
    drawn(desk, f"{site.url}/places/xiehu")
    drawn(desk, f"{site.url}/places/yinshan-road")
    assert faults == []


def test_only_zones_roads_and_villages_are_stops_of_the_keyboard(desk: Page, site: Site) -> None:
    drawn(desk, f"{site.url}/map")
    stops = desk.locator(".map__frame [tabindex='0'][role=button]")
    names = [stop.get_attribute("aria-label") for stop in stops.all()]
    assert names == [
        "谢湖景区 (景区)",
        "二龙山景区 (景区)",
        "银山路 (景观路)",
        "厉大路 (景观路)",
        "坝西村 (节点村)",
        "杨岭村 (节点村)",
    ]


@pytest.mark.parametrize("key", ["Enter", " "])
def test_keys_open_and_close_a_card_and_come_back(desk: Page, site: Site, key: str) -> None:
    drawn(desk, f"{site.url}/map")
    stop = desk.get_by_role("button", name="坝西村 (节点村)")
    stop.focus()
    desk.keyboard.press(key)
    expect(desk.locator(".map-card__link")).to_be_focused()
    expect(desk.locator(".map-card__link")).to_have_text("坝西村")
    desk.keyboard.press("Escape")
    expect(desk.locator(".leaflet-popup")).to_have_count(0)
    expect(stop).to_be_focused()


def test_the_map_can_be_skipped(desk: Page, site: Site) -> None:
    drawn(desk, f"{site.url}/map")
    desk.locator("#month").focus()
    desk.keyboard.press("Tab")
    skip = desk.locator(".skip-link--here")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    desk.keyboard.press("Enter")
    expect(desk.locator("#places")).to_be_focused()


def test_list_and_map_find_one_another(desk: Page, site: Site) -> None:
    drawn(desk, f"{site.url}/map")
    row = desk.locator("[data-place=yingshuo-cherry]")
    row.locator("button").click()
    card = desk.locator(".map-card")
    expect(card).to_contain_text("樱硕农业大樱桃园")
    expect(row).to_have_class("atlas__place atlas__place--chosen")
    expect(card.locator("a").first).to_have_attribute("href", "/places/yingshuo-cherry")


def test_filtering_needs_no_reload_and_is_kept_in_the_address(desk: Page, site: Site) -> None:
    drawn(desk, f"{site.url}/map")
    desk.select_option("#crop", "blueberry")
    expect(desk.locator("[data-atlas=count]")).to_have_text("共5个地点")
    expect(desk.locator("[data-place]:visible")).to_have_count(5)
    marks = desk.locator(".map-mark:visible")
    expect(marks).to_have_count(3)  # the other two are zones
    assert desk.url.endswith("?crop=blueberry")
    drawn(desk, desk.url)
    expect(desk.locator("[data-place]:visible")).to_have_count(5)
    expect(marks).to_have_count(3)
    desk.fill("#q", "没有这个地方")
    expect(desk.locator("[data-atlas=count]")).to_contain_text("没有符合的地点")
    desk.fill("#q", "wotian")
    expect(desk.locator("[data-place]:visible")).to_have_count(1)


def test_without_script_the_list_and_its_form_do_the_work(browser: Browser, site: Site) -> None:
    context = browser.new_context(**PHONE, locale="zh-CN", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.url}/map")
    expect(page.locator("[data-place]:visible")).to_have_count(51)
    expect(page.locator("[data-atlas=show]:visible")).to_have_count(0)
    page.fill("#q", "樱硕")
    page.get_by_role("button", name="查看").click()
    expect(page.locator("[data-place]:visible")).to_have_count(1)
    page.locator("[data-place]:visible a").click()
    expect(page.locator("h1")).to_have_text("樱硕农业大樱桃园")
    context.close()


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_a_phone_never_scrolls_sideways(browser: Browser, site: Site, locale: str) -> None:
    context = browser.new_context(**PHONE, locale=locale)
    page = context.new_page()
    for path in ("/map", "/places/xiehu", "/places/lida-road", "/places/xiehu-cherry-garden"):
        page.goto(site.url + path)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 390, f"{path} is {width} px wide"
    context.close()


def test_labels_are_large_enough_and_do_not_cover_one_another(desk: Page, site: Site) -> None:
    drawn(desk, f"{site.url}/map")
    labels = desk.locator(".map-label:not(.map-label--off)")
    boxes = [label.bounding_box() for label in labels.all()]
    assert len(boxes) >= 8
    for index, one in enumerate(boxes):
        for other in boxes[:index]:
            assert not _overlap(one, other)
    sizes = labels.evaluate_all(
        "all => all.map((one) => parseFloat(getComputedStyle(one).fontSize))"
    )
    assert min(sizes) >= 12


def _overlap(a: Any, b: Any) -> bool:
    across = a["x"] < b["x"] + b["width"] - 1 and b["x"] < a["x"] + a["width"] - 1
    down = a["y"] < b["y"] + b["height"] - 1 and b["y"] < a["y"] + a["height"] - 1
    return bool(across and down)


def test_no_motion_for_those_who_ask_for_none(browser: Browser, site: Site) -> None:
    context = browser.new_context(**DESK, reduced_motion="reduce")
    page = context.new_page()
    drawn(page, f"{site.url}/map")
    assert page.locator(".leaflet-fade-anim, .leaflet-zoom-anim").count() == 0
    context.close()


def test_tiles_in_gcj_02_lie_under_the_marks(desk: Page, tmp_path: Path) -> None:
    """The tile pixel of a place's GCJ-02 position is drawn where its WGS 84 mark stands."""

    def answer(route: Route) -> None:
        route.fulfill(body=PIXEL, content_type="image/png")

    desk.route("https://tiles.example/**", answer)
    tiles = {
        "TOURISM_TILES_URL": "https://tiles.example/{z}/{x}/{y}",
        "TOURISM_TILES_DATUM": "gcj02",
    }
    with town(tmp_path, ["一号园", "二号园", "三号园"], **tiles) as url:
        drawn(desk, f"{url}/map")
        for _ in range(3):
            assert max(_offsets(desk)) < 2
            desk.locator(".leaflet-control-zoom-in").click()
            desk.wait_for_timeout(600)
        desk.mouse.move(900, 500)
        desk.mouse.down()
        desk.mouse.move(840, 450, steps=4)
        desk.mouse.up()
        desk.wait_for_timeout(600)
        assert max(_offsets(desk)) < 2


def _offsets(page: Page) -> list[float]:
    """How many pixels each mark stands from the pixel of the tile it belongs on."""
    offsets: list[float] = page.evaluate(
        """async () => {
          const { toGcj } = await import("/static/js/visitor/models/gcj.js");
          const data = JSON.parse(document.getElementById("map-data").textContent);
          const tiles = [...document.querySelectorAll("img.leaflet-tile")].map((tile) => {
            const [z, x, y] = tile.src.split("/").slice(-3).map(Number);
            return { z, x, y, box: tile.getBoundingClientRect() };
          });
          const marks = [...document.querySelectorAll(".map-mark")];
          const points = data.places.filter((place) => place.geometry.type === "Point");
          const found = points.flatMap((place, index) => {
            const { lat, lng } = toGcj({ lat: place.at[0], lng: place.at[1] });
            return tiles.map(({ z, x, y, box }) => {
              const phi = (lat * Math.PI) / 180;
              const east = ((lng + 180) / 360) * 2 ** z - x;
              const south = ((1 - Math.asinh(Math.tan(phi)) / Math.PI) / 2) * 2 ** z - y;
              if (east < 0 || east >= 1 || south < 0 || south >= 1) return null;
              const mark = marks[index].getBoundingClientRect();
              const [left, top] = [box.left + east * box.width, box.top + south * box.height];
              return Math.hypot(left - mark.left, top - mark.top);
            }).filter((offset) => offset !== null);
          });
          return found;
        }"""
    )
    assert offsets
    return offsets
