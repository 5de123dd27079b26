"""What the site tells machines: true, in three languages, and nothing that is a sample."""

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy.orm import Session

from tests.factories.destination import in_all, make_destination, make_place
from tests.factories.experiences import make_experience, make_operator, make_slot
from tests.factories.festivals import make_festival
from tourism.core.clock import now
from tourism.destination.geojson import place_values
from tourism.destination.models import Accuracy, BuildStatus, Destination, PlaceKind
from tourism.experiences.models import Slot
from tourism.settings import Settings
from tourism.visitor.machines import PRIVATE

LIZHUANG = Path(__file__).parents[2] / "data" / "lizhuang" / "destination.geojson"
HOSTILE = "</script><script>alert(1)</script>\"'&<!--"
DATED = {"starts_on": date(2027, 5, 20), "ends_on": date(2027, 6, 15)}
BLOCK = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.S)
NAMESPACES = {
    "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "xhtml": "http://www.w3.org/1999/xhtml",
}


@pytest.fixture
def town(session: Session) -> Destination:
    return make_destination(session)


def _get(client: FlaskClient, session: Session, path: str) -> str:
    session.commit()
    session.expunge_all()  # what the answer shows, it must have read itself
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.text


def _data(page: str) -> Any:
    """The page's JSON-LD; None when it has none."""
    blocks = BLOCK.findall(page)
    assert len(blocks) <= 1
    return json.loads(blocks[0]) if blocks else None


def _shared(page: str) -> dict[str, str]:
    return dict(re.findall(r'<meta property="(og:[^"]+)" content="([^"]*)">', page))


def _load_lizhuang(session: Session) -> list[str]:
    features = json.loads(LIZHUANG.read_text("utf-8"))["features"]
    for rank, feature in enumerate(features):
        values = place_values(feature)
        position = values.pop("position")
        values |= {"latitude": position.latitude, "longitude": position.longitude, "rank": rank}
        make_place(session, **values)
    return [feature["id"] for feature in features]


def test_the_front_page_names_the_attractions_that_are_there(
    client: FlaskClient, session: Session, town: Destination
) -> None:
    make_place(session, "lake", kind=PlaceKind.RESERVOIR, name=in_all("湖"))
    make_place(session, "pier", kind=PlaceKind.PIER, status=BuildStatus.PLANNED)
    make_place(session, "cars", kind=PlaceKind.PARKING)
    data = _data(_get(client, session, "/en/"))
    assert data["@type"] == "TouristDestination"
    assert data["name"] == "测试镇 (en)"
    assert set(data["alternateName"]) == {"测试镇", "测试镇（繁）"}
    assert data["includesAttraction"] == [
        {
            "@type": "TouristAttraction",
            "name": "湖 (en)",
            "url": "http://localhost/en/places/lake",
        }
    ]


def test_a_place_tells_a_position_that_is_good_enough_to_go_by(
    client: FlaskClient, session: Session, town: Destination
) -> None:
    make_place(session, "orchard", accuracy=Accuracy.GAZETTEER, accuracy_m=500)
    data = _data(_get(client, session, "/places/orchard"))
    assert data["@type"] == "TouristAttraction"
    assert data["geo"] == {"@type": "GeoCoordinates", "latitude": 35.0, "longitude": 119.0}
    assert {
        "@type": "PropertyValue",
        "propertyID": "positionAccuracy",
        "value": 500,
        "unitCode": "MTR",
    } in data["additionalProperty"]


@pytest.mark.parametrize("accuracy", [Accuracy.SCHEMATIC, Accuracy.TOWNSHIP_ESTIMATE])
def test_a_place_keeps_a_sketched_position_to_itself(
    client: FlaskClient, session: Session, town: Destination, accuracy: Accuracy
) -> None:
    make_place(session, "orchard", accuracy=accuracy)
    data = json.dumps(_data(_get(client, session, "/places/orchard")))
    assert "geo" not in data
    assert "119" not in data
    assert "positionAccuracy" not in data


def test_a_planned_place_is_no_attraction_yet(
    client: FlaskClient, session: Session, town: Destination
) -> None:
    zone = make_place(session, "zone", kind=PlaceKind.ZONE, status=BuildStatus.IN_DOCUMENT)
    make_place(session, "garden", parent_id=zone.id, status=BuildStatus.PLANNED)
    data = _data(_get(client, session, "/places/garden"))
    assert data["@type"] == "Place"
    assert data["containedInPlace"]["@type"] == "Place"
    assert data["additionalProperty"][0]["value"] == "planned"


def test_a_sample_place_says_nothing(
    client: FlaskClient, session: Session, town: Destination
) -> None:
    make_place(session, "cars", status=BuildStatus.SAMPLE)
    assert _data(_get(client, session, "/places/cars")) is None


def test_an_announced_festival_is_an_event(
    client: FlaskClient, session: Session, town: Destination
) -> None:
    make_place(session, "orchard")
    make_festival(session, "cherry", venues=["orchard", "nowhere"], **DATED)
    data = _data(_get(client, session, "/en/festivals/cherry"))
    assert data["@type"] == "Festival"
    assert (data["startDate"], data["endDate"]) == ("2027-05-20", "2027-06-15")
    assert [place["url"] for place in data["location"]] == ["http://localhost/en/places/orchard"]
    assert data["location"][0]["address"]["addressCountry"] == "CN"


@pytest.mark.parametrize("values", [{}, DATED | {"sample": True}])
def test_a_festival_without_true_dates_says_nothing(
    client: FlaskClient, session: Session, town: Destination, values: dict[str, Any]
) -> None:
    make_festival(session, "cherry", **values)
    assert _data(_get(client, session, "/festivals/cherry")) is None


def test_an_experience_offers_what_has_a_price(
    client: FlaskClient, session: Session, town: Destination
) -> None:
    experience = make_experience(session, "picking")
    adult, child, _infant = experience.units
    adult.price_amount, adult.price_currency = 3005, "CNY"
    child.price_amount, child.price_currency, child.sample = 1500, "CNY", True
    data = _data(_get(client, session, "/en/experiences/picking"))
    assert data["offers"] == [
        {
            "@type": "Offer",
            "name": "adult (en)",
            "price": "30.05",
            "priceCurrency": "CNY",
            "url": "http://localhost/en/experiences/picking",
        }
    ]
    assert data["provider"]["name"] == "试验农场 (en)"


def test_an_offer_says_whether_there_is_room(
    client: FlaskClient, session: Session, town: Destination
) -> None:
    experience = make_experience(session, "picking")
    adult = experience.units[0]
    adult.price_amount, adult.price_currency = 3000, "CNY"
    here = now().astimezone(ZoneInfo(town.time_zone)).replace(hour=9, minute=0)
    first, second = (make_slot(session, experience, here + timedelta(days=n)) for n in (2, 3))

    def offer() -> Any:
        return _data(_get(client, session, "/en/experiences/picking"))["offers"][0]

    assert offer()["availability"] == "https://schema.org/InStock"
    assert offer()["availabilityStarts"] == f"{here + timedelta(days=2):%F}"
    session.execute(sa.update(Slot).where(Slot.id == first.id).values(taken=10))
    assert offer()["availabilityStarts"] == f"{here + timedelta(days=3):%F}"
    session.execute(sa.update(Slot).where(Slot.id == second.id).values(taken=10))
    assert offer()["availability"] == "https://schema.org/SoldOut"
    assert "availabilityStarts" not in offer()


def test_an_experience_without_prices_offers_nothing(
    client: FlaskClient, session: Session, town: Destination
) -> None:
    make_experience(session, "picking", operator=make_operator(session, sample=True))
    data = _data(_get(client, session, "/experiences/picking"))
    assert "offers" not in data
    assert "provider" not in data


def test_a_sample_experience_says_nothing(
    client: FlaskClient, session: Session, town: Destination
) -> None:
    make_experience(session, "picking", sample=True)
    assert _data(_get(client, session, "/experiences/picking")) is None


@pytest.mark.parametrize("start", ["/zh-hans", "/zh-hant", "/en"])
def test_hostile_names_stay_text(client: FlaskClient, session: Session, start: str) -> None:
    evil = in_all(HOSTILE)
    make_destination(session, name=evil, site_name=evil, region=evil)
    place = make_place(session, "x", name=evil, summary=evil)
    make_festival(session, "x", name=evil, venues=["x"], **DATED)
    make_experience(session, "x-picking", name=evil, summary=evil, place=place)
    for path in ("/", "/places/x", "/festivals/x", "/experiences/x-picking"):
        page = _get(client, session, start + path)
        assert "<script>alert" not in page
        assert HOSTILE in json.dumps(_data(page), ensure_ascii=False).replace('\\"', '"')
    calendar = Calendar.from_ical(_get(client, session, f"{start}/festivals.ics"))
    assert HOSTILE in str(calendar.events[0]["summary"])


def test_public_pages_say_how_they_are_shared(
    client: FlaskClient, session: Session, town: Destination
) -> None:
    make_place(session, "orchard")
    shared = _shared(_get(client, session, "/en/places/orchard?q=1"))
    assert shared["og:title"] == "试验果园 (en)"
    assert shared["og:description"] == "一片试验用的果园 (en)"
    assert shared["og:url"] == "http://localhost/en/places/orchard"
    assert shared["og:site_name"] == "测试田园 (en)"
    assert shared["og:locale"] == "en_US"


@pytest.mark.parametrize("path", ["/bookings", "/account/sign-in", "/places/nowhere"])
def test_other_pages_are_not_for_sharing(
    client: FlaskClient, session: Session, town: Destination, path: str
) -> None:
    session.commit()
    assert _shared(client.get(path).text) == {}


def test_the_site_map_has_every_public_page_in_every_language(
    client: FlaskClient, session: Session, town: Destination
) -> None:
    slugs = _load_lizhuang(session)
    assert len(slugs) == 51
    make_festival(session, "cherry")
    make_experience(session, "picking")
    make_experience(session, "tried-out", sample=True)
    make_experience(session, "hidden", is_published=False)
    pages = ET.fromstring(_get(client, session, "/en/sitemap.xml"))
    found = [each.text or "" for each in pages.iterfind("s:url/s:loc", NAMESPACES)]
    assert len(set(found)) == len(found)
    for start in ("zh-hans", "zh-hant", "en"):
        for slug in slugs:
            assert f"http://localhost/{start}/places/{slug}" in found
        for path in ("", "map", "festivals", "festivals/cherry", "experiences/picking"):
            assert f"http://localhost/{start}/{path}" in found
    assert not [each for each in found if "tried-out" in each and "/places/" not in each]
    assert not [each for each in found if "hidden" in each and "/places/" not in each]


def test_the_site_map_names_the_other_languages_and_no_date(
    client: FlaskClient, session: Session, town: Destination
) -> None:
    pages = ET.fromstring(_get(client, session, "/sitemap.xml"))
    for page in pages:
        links = {
            link.get("hreflang"): link.get("href")
            for link in page.iterfind("xhtml:link", NAMESPACES)
        }
        assert set(links) == {"zh-Hans", "zh-Hant", "en", "x-default"}
        assert page.findtext("s:loc", namespaces=NAMESPACES) in links.values()
        assert page.find("s:lastmod", NAMESPACES) is None


def test_robots_find_the_site_map_and_stay_out_of_the_rest(
    client: FlaskClient, session: Session, town: Destination
) -> None:
    lines = _get(client, session, "/robots.txt").splitlines()
    assert "Sitemap: http://localhost/sitemap.xml" in lines
    for path in ("/desk", "/office", "/gate", "/bookings", "/tickets", "/account", "/octo"):
        for start in ("", "/zh-hans", "/zh-hant", "/en"):
            assert f"Disallow: {start}{path}" in lines


def test_every_page_is_either_public_or_closed_to_robots(app: Flask) -> None:
    public = ("home", "places", "festivals", "experiences", "machines")
    areas = (*(f"visitor.{area}." for area in public), "channel.reference.", "health.")
    for rule in app.url_map.iter_rules():
        if "." in rule.endpoint and not rule.endpoint.startswith(areas):
            assert rule.rule.startswith(PRIVATE), rule


def test_the_public_address_stands_in_place_of_the_host(
    app: Flask,
    client: FlaskClient,
    session: Session,
    town: Destination,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = Settings(secret_key="x", public_url="https://town.example")
    monkeypatch.setitem(app.config, "TOURISM", settings)
    for path in ("/sitemap.xml", "/robots.txt", "/en/"):
        assert "https://town.example/" in _get(client, session, path)
        assert "localhost" not in _get(client, session, path)


def _positions(coordinates: Any) -> Iterator[list[float]]:
    if isinstance(coordinates[0], int | float):
        yield coordinates
        return
    for each in coordinates:
        yield from _positions(each)


def _turns_left(ring: list[list[float]]) -> bool:
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairwise(ring)) > 0


def test_places_are_valid_geojson(client: FlaskClient, session: Session, town: Destination) -> None:
    """RFC 7946: longitude first, rings closed and counter-clockwise; names in three languages."""
    _load_lizhuang(session)
    session.commit()
    answer = client.get("/en/places.geojson")
    assert answer.mimetype == "application/geo+json"
    document = json.loads(answer.text)
    assert document["type"] == "FeatureCollection"
    west, south, east, north = document["bbox"]
    assert west < east
    assert south < north
    for feature in document["features"]:
        assert feature["type"] == "Feature"
        geometry, properties = feature["geometry"], feature["properties"]
        for longitude, latitude in _positions(geometry["coordinates"]):
            assert 118 < longitude < 120
            assert 34 < latitude < 36
        if geometry["type"] == "Polygon":
            for ring in geometry["coordinates"]:
                assert ring[0] == ring[-1]
            assert _turns_left(geometry["coordinates"][0])
        assert set(properties["name"]) == {"zh-Hans", "zh-Hant", "en"}
        assert properties["accuracy_m"] > 0
        good = properties["accuracy"] in ("surveyed", "gazetteer")
        assert properties["navigable"] is good
        assert properties["url"] == f"http://localhost/en/places/{feature['id']}"


def test_places_leave_out_what_is_a_sample_or_retired(
    client: FlaskClient, session: Session, town: Destination
) -> None:
    make_place(session, "orchard")
    make_place(session, "cars", status=BuildStatus.SAMPLE)
    make_place(session, "gone", retired=True)
    document = json.loads(_get(client, session, "/places.geojson"))
    assert [feature["id"] for feature in document["features"]] == ["orchard"]


def test_the_calendar_has_the_festivals_whose_days_are_known(
    client: FlaskClient, session: Session, town: Destination
) -> None:
    make_place(session, "orchard")
    make_festival(session, "cherry", venues=["orchard"], **DATED)
    make_festival(session, "undated", rank=1)
    make_festival(session, "tried-out", rank=2, sample=True, **DATED)
    session.commit()
    answer = client.get("/en/festivals.ics")
    assert answer.mimetype == "text/calendar"
    (event,) = Calendar.from_ical(answer.text).events
    assert str(event["summary"]) == "樱桃采摘文化节 (en)"
    assert event.decoded("dtstart") == date(2027, 5, 20)
    assert event.decoded("dtend") == date(2027, 6, 16)
    assert "试验果园 (en)" in event["location"]
    assert event["url"] == "http://localhost/en/festivals/cherry"


def test_an_edition_keeps_its_identity_in_every_language(
    client: FlaskClient, session: Session, town: Destination
) -> None:
    make_festival(session, "cherry", **DATED)
    uids = {
        str(Calendar.from_ical(_get(client, session, f"{start}/festivals.ics")).events[0]["uid"])
        for start in ("/en", "/zh-hans", "/zh-hant")
    }
    assert len(uids) == 1


@pytest.mark.parametrize(
    ("start", "word"), [("", "示例："), ("/zh-hant", "範例："), ("/en", "Sample: ")]
)
def test_samples_are_in_the_calendar_only_while_they_are_loaded_and_say_so(
    client: FlaskClient, session: Session, start: str, word: str
) -> None:
    make_destination(session, demo_loaded=True)
    make_festival(session, "cherry", sample=True, **DATED)
    (event,) = Calendar.from_ical(_get(client, session, f"{start}/festivals.ics")).events
    assert str(event["summary"]).startswith(word)
    assert event["status"] == "TENTATIVE"
