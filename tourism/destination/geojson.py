"""A destination file (GeoJSON, RFC 7946): check it whole, turn it into rows, write it back.

`docs/destination-file.md` describes the format. The base map is a second, smaller file of roads,
waters and hills that lie under the places.
"""

import json
from collections.abc import Sequence
from typing import Any

from tourism.core.checking import Entry, Fault
from tourism.core.languages import LANGUAGES
from tourism.destination.checks import (
    METADATA,
    SUBDIVISION,
    check_feature,
    check_metadata,
    check_relations,
    named,
)
from tourism.destination.geometry_checks import EARTH, check_bbox, check_geometry
from tourism.destination.models import Accuracy, BuildStatus, Destination, Place, PlaceKind
from tourism.destination.shapes import position_of

BASEMAP_GEOMETRIES = {
    "road": ("LineString",),
    "river": ("LineString",),
    "water": ("Polygon", "MultiPolygon"),
    "hill": ("Point",),
}
NO_BASEMAP: dict[str, Any] = {"type": "FeatureCollection", "features": []}
_MEMBERS = ("type", "metadata", "bbox", "features")


def check(document: object) -> list[Fault]:
    """Every fault of a destination file; an empty list means that it can be loaded."""
    faults: list[Fault] = []
    entry = Entry("file", faults)
    members = entry.members("", document, _MEMBERS, ("name",))
    if not members:
        return faults
    check_metadata(entry, members.get("metadata"))
    box = check_bbox(entry, members["bbox"]) if members.get("bbox") is not None else EARTH
    features = _features(entry, members)
    sound = {
        name
        for name, feature in named(features)
        if check_feature(Entry(name, faults), feature, box)
    }
    check_relations(features, sound, faults)
    return faults


def check_basemap(document: object) -> list[Fault]:
    """Every fault of a base map."""
    faults: list[Fault] = []
    entry = Entry("base map", faults)
    members = entry.members("", document, ("type", "features"), ("name", "metadata", "bbox"))
    for name, feature in named(_features(entry, members)):
        _check_base_line(Entry(f"base map, {name}", faults), feature)
    return faults


def _features(entry: Entry, members: dict[str, Any]) -> list[dict[str, Any]]:
    if members.get("type") not in (None, "FeatureCollection"):
        entry.fault("type", "must be “FeatureCollection”")
    features = entry.items("features", members.get("features"))
    if members.get("features") == []:
        entry.fault("features", "is empty")
    for name, feature in named(features):
        if not isinstance(feature, dict):
            Entry(name, entry.faults).fault("", "is not an object {…}")
    return [feature for feature in features if isinstance(feature, dict)]


def _check_base_line(entry: Entry, feature: dict[str, Any]) -> None:
    value = entry.members(
        "properties", feature.get("properties"), ("kind", "name"), ("id", "accuracy")
    )
    entry.texts("properties.name", value.get("name"))
    entry.one_of("properties.kind", value.get("kind"), BASEMAP_GEOMETRIES)
    entry.one_of("properties.accuracy", value.get("accuracy"), Accuracy)
    allowed = BASEMAP_GEOMETRIES.get(str(value.get("kind")))
    if allowed:
        check_geometry(entry, feature.get("geometry"), allowed, EARTH)


def destination_values(document: dict[str, Any]) -> dict[str, Any]:
    """The columns of the destination, from a checked file."""
    metadata = document["metadata"]
    return {key: metadata[key] for key in METADATA} | {
        SUBDIVISION: metadata.get(SUBDIVISION, ""),
        "bbox": document["bbox"],
    }


def place_values(feature: dict[str, Any]) -> dict[str, Any]:
    """The columns of a place but for its parent and its rank, from a checked feature."""
    value = feature["properties"]
    return {
        "slug": feature["id"],
        "kind": PlaceKind(value["kind"]),
        "name": value["name"],
        "summary": value["summary"],
        "aliases": value.get("aliases") or [],
        "geometry": feature["geometry"],
        "position": position_of(feature["geometry"]),
        "status": BuildStatus(value["status"]),
        "accuracy": Accuracy(value["accuracy"]),
        "accuracy_m": value["accuracy_m"],
        "crops": value.get("crops") or [],
        "season_months": value.get("season_months") or [],
        "facilities": value.get("facilities") or [],
        "sources": value.get("source") or [],
        "scene": value.get("scene") or "",
        "starts_at": value.get("from"),
        "leads_to": value.get("to"),
        "retired": False,
    }


def as_document(destination: Destination, places: Sequence[Place]) -> dict[str, Any]:
    """The file that loads to this state."""
    slugs = {place.id: place.slug for place in places}
    part = {SUBDIVISION: destination.subdivision} if destination.subdivision else {}
    return {
        "type": "FeatureCollection",
        "metadata": {key: _in_order(getattr(destination, key)) for key in METADATA} | part,
        "bbox": destination.bbox,
        "features": [_feature(place, slugs.get(place.parent_id or 0)) for place in places],
    }


def _feature(place: Place, parent: str | None) -> dict[str, Any]:
    always = {
        "kind": place.kind.value,
        "name": _in_order(place.name),
        "summary": _in_order(place.summary),
        "parent": parent,
        "crops": place.crops,
        "season_months": place.season_months,
        "facilities": place.facilities,
        "status": place.status.value,
        "accuracy": place.accuracy.value,
        "accuracy_m": place.accuracy_m,
        "source": place.sources,
    }
    sometimes = {
        "aliases": place.aliases,
        "scene": place.scene,
        "from": place.starts_at,
        "to": place.leads_to,
    }
    properties = always | {key: value for key, value in sometimes.items() if value}
    return {
        "type": "Feature",
        "id": place.slug,
        "geometry": {key: place.geometry[key] for key in ("type", "coordinates")},
        "properties": properties,
    }


def _in_order(value: Any) -> Any:
    """A text by language in the order of languages, which PostgreSQL's JSONB does not keep."""
    return {tag: value[tag] for tag in LANGUAGES} if isinstance(value, dict) else value


def as_text(document: dict[str, Any]) -> str:
    """The document as a file that reads well beside an older one: one line a feature."""
    head = {key: value for key, value in document.items() if key != "features"}
    lines = ",\n".join(f"  {json.dumps(each, ensure_ascii=False)}" for each in document["features"])
    opening = json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}")
    return f'{opening},\n "features": [\n{lines}\n ]\n}}\n'
