"""Files that a township writes, as documents: sound ones, to be spoilt by a test."""

import copy
from typing import Any

from tests.factories.destination import in_all

WEST, SOUTH, EAST, NORTH = 118.9, 34.9, 119.1, 35.1
SQUARE = [[119.0, 35.0], [119.05, 35.0], [119.05, 35.05], [119.0, 35.05], [119.0, 35.0]]


def feature(slug: str, kind: str = "orchard", **properties: Any) -> dict[str, Any]:
    """A feature at [119, 35] whose geometry fits its kind."""
    geometries: dict[str, Any] = {
        "zone": {"type": "Polygon", "coordinates": [SQUARE]},
        "corridor": {"type": "LineString", "coordinates": [[119.0, 35.0], [119.0, 35.05]]},
    }
    geometry = properties.pop("geometry", None) or geometries.get(
        kind, {"type": "Point", "coordinates": [119.0, 35.02]}
    )
    defaults = {
        "kind": kind,
        "name": in_all(f"{slug}名"),
        "summary": in_all(f"{slug}简介"),
        "status": "built",
        "accuracy": "schematic",
        "accuracy_m": 4000,
    }
    return {
        "type": "Feature",
        "id": slug,
        "geometry": copy.deepcopy(geometry),
        "properties": defaults | properties,
    }


def point(longitude: float, latitude: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [longitude, latitude]}


def destination_document(*features: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    """A whole destination file; without features of its own, one of each kind of shape."""
    defaults = {
        "slug": "testing",
        "name": in_all("测试镇"),
        "site_name": in_all("测试田园"),
        "region": in_all("测试区"),
        "time_zone": "Asia/Shanghai",
        "currency": "CNY",
        "country": "CN",
        "warning": in_all("示意图"),
        "attribution": in_all("来源"),
    }
    few = [
        feature("lake", "zone"),
        feature("road", "corridor", **{"from": "town", "to": "orchard"}),
        feature("halfway", "node", parent="road"),
        feature("town", "village", geometry={"type": "Point", "coordinates": [119.0, 35.0]}),
        feature(
            "orchard", parent="lake", geometry={"type": "Point", "coordinates": [119.0, 35.05]}
        ),
    ]
    return {
        "type": "FeatureCollection",
        "metadata": defaults | metadata,
        "bbox": [WEST, SOUTH, EAST, NORTH],
        "features": list(features) or few,
    }


def calendar_document() -> dict[str, Any]:
    """A cherry, its blossom, and its festival at the place "orchard"."""
    return {
        "sources": {"here": "said here"},
        "crops": [
            {
                "id": "cherry",
                "kind": "fruit",
                "name": in_all("樱桃"),
                "window": ["05-20", "06-20"],
                "peak": ["05-28", "06-10"],
                "confidence": "medium",
                "source": ["here"],
            },
            {
                "id": "cherry-blossom",
                "kind": "bloom",
                "of": "cherry",
                "name": in_all("樱桃花"),
                "window": ["04-01", "04-20"],
                "peak": ["04-05", "04-15"],
                "confidence": "low",
            },
        ],
        "festivals": [
            {
                "id": "cherry-festival",
                "name": in_all("樱桃节"),
                "crop": "cherry",
                "venues": ["orchard"],
                "editions": [{"edition": 4, "year": 2012, "confidence": "documented"}],
                "next_edition": {"number": 5, "confirmed": False},
                "window": {"from": "05-20", "to": "06-15", "sample": True},
                "programme": [{"id": "opening", "name": in_all("开幕式")}],
            }
        ],
    }
