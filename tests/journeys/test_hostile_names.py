"""Hostile texts, in the data of places and in what visitors type, are shown as they were typed."""

import json
import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.factories.experiences import make_experience, make_slot
from tests.journeys.conftest import DATA, Site, served, tourism, watch
from tourism.app import create_app
from tourism.core.clock import now
from tourism.destination.queries import get_place
from tourism.settings import read_settings
from tourism.web import db

HOSTILE = "{{7*7}}{% if %}</script><img src=x onerror=alert(1)>\"'&"
LANGUAGES = ("zh-Hans", "zh-Hant", "en")


@pytest.fixture(scope="module")
def hostile_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A town whose every place has the hostile text for its name and summary."""
    folder = tmp_path_factory.mktemp("hostile")
    environment = os.environ | {"TOURISM_INSTANCE": str(folder), "TOURISM_MODE": "demo"}
    document = json.loads((DATA / "destination.geojson").read_text("utf-8"))
    for feature in document["features"]:
        for field in ("name", "summary"):
            feature["properties"][field] = dict.fromkeys(LANGUAGES, HOSTILE)
    file = folder / "hostile.geojson"
    file.write_text(json.dumps(document), "utf-8")
    tourism(environment, "migrate")
    tourism(environment, "load-destination", str(file))
    tourism(environment, "load-festivals", str(DATA / "festivals.json"))
    _open_a_slot(environment)
    with served(environment, folder / "server.log") as url:
        yield Site(url, environment, {})


def _open_a_slot(environment: dict[str, str]) -> None:
    with create_app(read_settings(environment)).app_context(), db.transaction() as session:
        place = get_place(session, "yingshuo-cherry")
        names = dict.fromkeys(LANGUAGES, HOSTILE)
        experience = make_experience(session, place=place, name=names, summary=names)
        make_slot(session, experience, now().replace(microsecond=0))


@pytest.fixture
def page(phone: BrowserContext, hostile_site: Site) -> Iterator[Page]:
    page = phone.new_page()
    page.set_default_timeout(10_000)
    faults = watch(page, hostile_site.url)
    page.on("dialog", lambda dialog: faults.append(f"a script ran: {dialog.message}"))
    yield page
    # The browser itself reports an answer of 422, which one test wants.
    assert [fault for fault in faults if "status of 422" not in fault] == []


@pytest.mark.parametrize(
    "path",
    ["/", "/map", "/places/xiehu", "/places/yinshan-road", "/places/baxi"],
)
def test_a_hostile_name_is_shown_as_typed(page: Page, hostile_site: Site, path: str) -> None:
    page.goto(hostile_site.url + path)
    expect(page.locator("body")).to_contain_text(HOSTILE)
    assert "49{%" not in page.content()


def test_a_hostile_name_on_the_map(page: Page, hostile_site: Site) -> None:
    """In the label and the card that the map's own script draws."""
    page.goto(hostile_site.url + "/map")
    shape = page.locator(".leaflet-interactive[role=button]").first
    shape.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".leaflet-popup-content")).to_contain_text(HOSTILE)


def test_hostile_contact_and_note(page: Page, hostile_site: Site) -> None:
    """What a visitor types comes back as text, on the booking's page and on the ticket."""
    page.goto(hostile_site.url + "/experiences/test-picking")
    page.locator("a.slot").first.click()
    page.locator("main form button.button--wide").click()
    page.locator("#name").fill(HOSTILE)
    page.locator("#phone").fill(HOSTILE[:40])
    page.locator("#note").fill(HOSTILE)
    page.locator("main form button.button--wide").click()
    expect(page.locator("#phone")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#name")).to_have_value(HOSTILE)
    expect(page.locator("#note")).to_have_value(HOSTILE)
    page.locator("#phone").fill("13800001234")
    page.locator("main form button.button--wide").click()
    expect(page.locator(".ticket")).to_contain_text(HOSTILE)
    expect(page.locator(".as-typed")).to_have_text(HOSTILE)
    assert "49{%" not in page.content()
