"""What a destination file must say about the township and about each place, and how places may
hang together."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.numbers import list_currencies

from tourism.core.checking import Entry, Fault, doubles, is_slug, is_whole
from tourism.core.geo import distance_m, project
from tourism.destination.geometry_checks import Box, check_geometry
from tourism.destination.models import Accuracy, BuildStatus, PlaceKind
from tourism.destination.shapes import position_of, turned

METADATA_TEXTS = ("name", "site_name", "region", "warning", "attribution")
METADATA = ("slug", *METADATA_TEXTS, "time_zone", "currency", "country")
SUBDIVISION = "subdivision"
REQUIRED = ("kind", "name", "summary", "status", "accuracy", "accuracy_m")
LISTS = ("aliases", "crops", "season_months", "facilities", "source")
OPTIONAL = ("id", "parent", *LISTS, "scene", "from", "to", "note")
GEOMETRIES = {PlaceKind.ZONE: ("Polygon", "MultiPolygon"), PlaceKind.CORRIDOR: ("LineString",)}
# What may stand above a place; zones and corridors stand alone, a node stands on its corridor.
PARENTS = (PlaceKind.ZONE, PlaceKind.CORRIDOR, PlaceKind.NODE, PlaceKind.VILLAGE)
FARTHEST_NODE_M = 1000
_SUBDIVISION = re.compile(r"[A-Z0-9]{0,10}")
_SCENE = re.compile(r"[a-z0-9-]{1,36}\.svg")

Feature = Mapping[str, Any]


def check_metadata(entry: Entry, value: object) -> None:
    metadata = entry.members("metadata", value, METADATA, (SUBDIVISION, "version", "datum", "note"))
    entry.slug("metadata.slug", metadata.get("slug"))
    for key in METADATA_TEXTS:
        entry.texts(f"metadata.{key}", metadata.get(key))
    for key, is_known, example in (
        ("time_zone", _is_time_zone, "Asia/Shanghai"),
        ("currency", lambda code: code in list_currencies(), "CNY"),
        ("country", _is_country, "CN"),
    ):
        text = metadata.get(key)
        if text is not None and not (isinstance(text, str) and is_known(text)):
            entry.fault(
                f"metadata.{key}", f"is {text!r}, which is unknown; write it like {example}"
            )
    part = metadata.get(SUBDIVISION, "")
    if not (isinstance(part, str) and _SUBDIVISION.fullmatch(part)):
        entry.fault(f"metadata.{SUBDIVISION}", f"is {part!r}; write it like BY, for DE-BY")


def _is_time_zone(key: str) -> bool:
    try:
        ZoneInfo(key)
    except (ValueError, OSError, KeyError):
        return False
    return True


def _is_country(code: str) -> bool:
    return len(code) == 2 and code.isalpha() and code in Locale("en").territories


def check_feature(entry: Entry, feature: Feature, box: Box) -> bool:
    """All that can be said of a feature by itself; whether its geometry is sound."""
    if feature.get("type") != "Feature":
        entry.fault("type", "must be “Feature”")
    entry.slug("id", feature.get("id"))
    value = entry.members("properties", feature.get("properties"), REQUIRED, OPTIONAL)
    if value.get("id", feature.get("id")) != feature.get("id"):
        entry.fault("properties.id", "differs from the feature's own id")
    _check_words(entry, value)
    _check_lists(entry, value)
    allowed = _geometries_of(value.get("kind"))
    return check_geometry(entry, feature.get("geometry"), allowed, box)


def _geometries_of(kind: object) -> Sequence[str]:
    """What a place of that kind may be drawn as; an unknown kind, as anything."""
    if kind not in list(PlaceKind):
        return ("Point", "LineString", "Polygon", "MultiPolygon")
    return GEOMETRIES.get(PlaceKind(str(kind)), ("Point",))


def _check_words(entry: Entry, value: Mapping[str, Any]) -> None:
    for key in ("name", "summary"):
        entry.texts(f"properties.{key}", value.get(key))
    entry.one_of("properties.kind", value.get("kind"), PlaceKind)
    entry.one_of("properties.status", value.get("status"), BuildStatus)
    entry.one_of("properties.accuracy", value.get("accuracy"), Accuracy)
    if value.get("accuracy_m") is not None and not is_whole(value["accuracy_m"], 1):
        entry.fault("properties.accuracy_m", "must be a whole number of metres, at least 1")
    scene = value.get("scene")
    if scene is not None and not (isinstance(scene, str) and _SCENE.fullmatch(scene)):
        entry.fault("properties.scene", "must name an SVG drawing, like scene-lake.svg")
    if value.get("kind") != PlaceKind.CORRIDOR:
        for key in ("from", "to"):
            if value.get(key) is not None:
                entry.fault(f"properties.{key}", "belongs to corridors only")


def _check_lists(entry: Entry, value: Mapping[str, Any]) -> None:
    for key in ("aliases", "source"):
        entry.strings(f"properties.{key}", value.get(key))
    for key in ("crops", "facilities"):
        entry.slugs(f"properties.{key}", value.get(key))
    months = entry.items("properties.season_months", value.get("season_months"))
    if not all(is_whole(month, 1) and month <= 12 for month in months):
        entry.fault("properties.season_months", "must hold months from 1 to 12")
    elif len(set(months)) < len(months):
        entry.fault("properties.season_months", "holds a month more than once")


def check_relations(features: Sequence[Feature], sound: set[str], faults: list[Fault]) -> None:
    """Ids, parents and the ends of corridors; ``sound`` are the ids with a good geometry."""
    ids = [feature["id"] for feature in features if is_slug(feature.get("id"))]
    for slug in doubles(ids):
        faults.append(Fault(slug, "id", f"is used by {ids.count(slug)} features"))
    by_id = {feature["id"]: feature for feature in features if is_slug(feature.get("id"))}
    for slug, feature in by_id.items():
        entry = Entry(slug, faults)
        if _check_parent(entry, feature, by_id):
            _check_node(entry, feature, by_id, sound)
        _check_ends(entry, feature, by_id, sound)


def _check_parent(entry: Entry, feature: Feature, by_id: Mapping[str, Feature]) -> bool:
    """Whether there is a parent, and it may be one."""
    kind, parent, where = (
        _property(feature, "kind"),
        _property(feature, "parent"),
        "properties.parent",
    )
    if parent is None:
        if kind == PlaceKind.NODE:
            entry.fault(where, "is missing: a node stands on a corridor")
        return False
    above = by_id.get(parent) if isinstance(parent, str) else None
    if above is None:
        entry.fault(where, f"names “{parent}”, which is not in the file")
    elif kind in list(GEOMETRIES):
        entry.fault(where, f"must be empty: a {kind} stands under nothing")
    elif parent == entry.name or entry.name in _ancestors(parent, by_id):
        entry.fault(where, f"goes round in a circle through “{parent}”")
    elif kind == PlaceKind.NODE and _property(above, "kind") != PlaceKind.CORRIDOR:
        entry.fault(where, f"is “{parent}”; the parent of a node must be a corridor")
    elif _property(above, "kind") not in PARENTS:
        entry.fault(where, f"is “{parent}”; a parent must be a {', '.join(PARENTS)}")
    else:
        return True
    return False


def _ancestors(slug: str, by_id: Mapping[str, Feature]) -> set[str]:
    seen: set[str] = set()
    above: Any = slug
    while isinstance(above, str) and above in by_id and above not in seen:
        seen.add(above)
        above = _property(by_id[above], "parent")
    return seen


def _check_node(
    entry: Entry, feature: Feature, by_id: Mapping[str, Feature], sound: set[str]
) -> None:
    """A node far off its corridor would get a senseless distance along it."""
    parent = _property(feature, "parent")
    if _property(feature, "kind") != PlaceKind.NODE or not sound >= {entry.name, parent}:
        return
    line = [turned(each) for each in by_id[parent]["geometry"]["coordinates"]]
    off_m = project(position_of(feature["geometry"]), line).off_m
    if off_m > FARTHEST_NODE_M:
        entry.fault("geometry", f"lies {off_m / 1000:.1f} km off its corridor “{parent}”")


def _check_ends(
    entry: Entry, feature: Feature, by_id: Mapping[str, Feature], sound: set[str]
) -> None:
    """Distances along a corridor count from its `from`, so the line must begin there."""
    if _property(feature, "kind") != PlaceKind.CORRIDOR:
        return
    ends = {key: _property(feature, key) for key in ("from", "to")}
    for key, slug in ends.items():
        if slug is not None and slug not in list(by_id):
            entry.fault(f"properties.{key}", f"names “{slug}”, which is not in the file")
    if not all(slug in list(sound) for slug in (entry.name, *ends.values())):
        return
    first, *_, last = (turned(each) for each in feature["geometry"]["coordinates"])
    start, end = (position_of(by_id[slug]["geometry"]) for slug in ends.values())
    if distance_m(first, end) + distance_m(last, start) < distance_m(first, start) + distance_m(
        last, end
    ):
        entry.fault(
            "geometry.coordinates", f"runs from “{ends['to']}” to “{ends['from']}”; reverse it"
        )


def _property(feature: Feature, key: str) -> Any:
    properties = feature.get("properties")
    return properties.get(key) if isinstance(properties, dict) else None


def named(features: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    """Each feature with the name its faults go by: its id or, without one, its number."""
    for number, feature in enumerate(features, 1):
        slug = feature.get("id") if isinstance(feature, dict) else None
        yield (slug if isinstance(slug, str) and slug else f"feature {number}"), feature
