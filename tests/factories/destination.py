"""A destination and its places, with workable defaults."""

from typing import Any

from sqlalchemy.orm import Session

from tourism.destination.models import Accuracy, BuildStatus, Destination, Place, PlaceKind


def in_all(text: str) -> dict[str, str]:
    """One text in all three languages, each marked, so that a test sees which was shown."""
    return {"zh-Hans": text, "zh-Hant": f"{text}（繁）", "en": f"{text} (en)"}


def make_destination(session: Session, **values: Any) -> Destination:
    defaults: dict[str, Any] = {
        "slug": "testing",
        "name": in_all("测试镇"),
        "site_name": in_all("测试田园"),
        "region": in_all("测试区"),
        "time_zone": "Asia/Shanghai",
        "currency": "CNY",
        "country": "CN",
        "warning": in_all("示意图"),
        "attribution": in_all("来源"),
        "bbox": [118.9, 34.9, 119.1, 35.1],
        "basemap": {"type": "FeatureCollection", "features": []},
    }
    destination = Destination(**defaults | values)
    session.add(destination)
    session.flush()
    return destination


def make_place(session: Session, slug: str = "test-orchard", **values: Any) -> Place:
    defaults: dict[str, Any] = {
        "slug": slug,
        "kind": PlaceKind.ORCHARD,
        "rank": 0,
        "name": in_all("试验果园"),
        "summary": in_all("一片试验用的果园"),
        "aliases": [],
        "geometry": {"type": "Point", "coordinates": [119.0, 35.0]},
        "latitude": 35.0,
        "longitude": 119.0,
        "status": BuildStatus.BUILT,
        "accuracy": Accuracy.GAZETTEER,
        "accuracy_m": 500,
        "crops": ["cherry"],
        "season_months": [5, 6],
        "facilities": ["picking"],
        "sources": [],
    }
    place = Place(**defaults | values)
    session.add(place)
    session.flush()
    return place
