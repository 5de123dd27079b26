"""A destination file is checked whole, and every fault is named in words."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories.destination import in_all
from tests.factories.files import SQUARE, destination_document, feature
from tourism.core.checking import BadFileError, read_json
from tourism.destination.geojson import as_text, check, check_basemap

DATA = Path(__file__).parents[2] / "data" / "lizhuang"

Document = dict[str, Any]


def faults_of(document: object) -> list[str]:
    return [str(fault) for fault in check(document)]


def faults_of_ring(*rings: list[list[float]]) -> list[str]:
    geometry = {"type": "Polygon", "coordinates": list(rings)}
    found = faults_of(destination_document(feature("lake", "zone", geometry=geometry)))
    return [fault.removeprefix("lake: geometry.coordinates: ") for fault in found]


def test_check_finds_nothing_in_a_sound_file() -> None:
    assert faults_of(destination_document()) == []


def test_check_finds_nothing_in_the_files_we_ship() -> None:
    for name, checker in (("destination.geojson", check), ("basemap.geojson", check_basemap)):
        assert checker(read_json((DATA / name).read_bytes())) == []


def _set(*path: str | int, to: Any) -> Callable[[Document], None]:
    def spoil(document: Document) -> None:
        target: Any = document
        for step in path[:-1]:
            target = target[step]
        target[path[-1]] = to

    return spoil


def _property(key: str, to: Any) -> Callable[[Document], None]:
    return _set("features", 4, "properties", key, to=to)


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (_set("type", to="Feature"), "file: type: must be “FeatureCollection”"),
        (_set("features", to=[]), "file: features: is empty"),
        (_set("features", to={}), "file: features: is not a list […]"),
        (_set("features", 4, to="orchard"), "feature 5: is not an object {…}"),
        (_set("crs", to={}), "file: crs: is not a known property"),
        (_set("bbox", to=None), "file: bbox: is missing"),
        (_set("bbox", to=[1, 2]), "file: bbox: must be [west, south, east, north] in degrees"),
        (
            _set("bbox", to=[119.1, 34.9, 118.9, 35.1]),
            "file: bbox: must run from west to east and from south to north",
        ),
        (
            _set("metadata", "time_zone", to="Asia/Lizhuang"),
            "file: metadata.time_zone: is 'Asia/Lizhuang', which is unknown; write",
        ),
        (
            _set("metadata", "time_zone", to="../etc/passwd"),
            "file: metadata.time_zone: is '../etc/passwd', which is unknown; write",
        ),
        (
            _set("metadata", "currency", to="RMB"),
            "file: metadata.currency: is 'RMB', which is unknown; write it like CNY",
        ),
        (
            _set("metadata", "country", to="China"),
            "file: metadata.country: is 'China', which is unknown; write it like CN",
        ),
        (_set("metadata", "site_name", "en", to=" "), "file: metadata.site_name.en: is missing"),
        (_set("features", 4, "type", to="Place"), "orchard: type: must be “Feature”"),
        (_set("features", 4, "id", to=7), "feature 5: id: is 7; use a-z, 0-9 and single hyphens"),
        (_set("features", 4, "id", to="Big Orchard"), 'Big Orchard: id: is "Big Orchard"; use a-z'),
        (_set("features", 4, "id", to="lake"), "lake: id: is used by 2 features"),
        (_property("id", "other"), "orchard: properties.id: differs from the feature's own id"),
        (_property("kind", "farm"), 'orchard: properties.kind: is "farm", not one of zone,'),
        (_property("status", "open"), 'orchard: properties.status: is "open", not one of built,'),
        (_property("accuracy", "gps"), 'orchard: properties.accuracy: is "gps", not one of surv'),
        (_property("accuracy_m", 0), "orchard: properties.accuracy_m: must be a whole"),
        (
            _property("accuracy_m", True),
            "orchard: properties.accuracy_m: must be a whole",
        ),
        (_property("name", "果园"), "orchard: properties.name: is not a text by language"),
        (
            _property("name", {"zh-Hans": "园", "zh-Hant": "園"}),
            "orchard: properties.name.en: is missing",
        ),
        (_property("name", in_all("园") | {"fr": "verger"}), "orchard: properties.name.fr: is not"),
        (_property("summary", None), "orchard: properties.summary: is missing"),
        (
            _property("sumary", in_all("园")),
            "orchard: properties.sumary: is not a known property; did you mean “summary”?",
        ),
        (_property("season_months", [0, 5]), "orchard: properties.season_months: must hold months"),
        (_property("season_months", [5, 5]), "orchard: properties.season_months: holds a month"),
        (_property("season_months", [5.5]), "orchard: properties.season_months: must hold months"),
        (_property("crops", ["Cherry"]), 'orchard: properties.crops[0]: is "Cherry"; use a-z'),
        (_property("crops", ["plum", "plum"]), "orchard: properties.crops: names “plum” more than"),
        (_property("aliases", [""]), "orchard: properties.aliases[0]: is not a text"),
        (_property("scene", "../../x.svg"), "orchard: properties.scene: must name an SVG drawing"),
        (_property("from", "lake"), "orchard: properties.from: belongs to corridors only"),
        (
            _property("parent", "nowhere"),
            "orchard: properties.parent: names “nowhere”",
        ),
        (_property("parent", "orchard"), "orchard: properties.parent: goes round in a circle"),
        (
            _set("features", 0, "properties", "parent", to="town"),
            "lake: properties.parent: must",
        ),
        (
            _set("features", 2, "properties", "parent", to=None),
            "halfway: properties.parent: is",
        ),
        (
            _set("features", 2, "properties", "parent", to="lake"),
            "halfway: properties.parent: is “lake”; the parent of a node must be a corridor",
        ),
        (
            _set("features", 1, "properties", "to", to="nowhere"),
            "road: properties.to: names “nowhere”, which is not in the file",
        ),
        (
            _set("features", 1, "geometry", "coordinates", to=[[119.0, 35.05], [119.0, 35.0]]),
            "road: geometry.coordinates: runs from “orchard” to “town”; reverse it",
        ),
        (
            _set("features", 2, "geometry", "coordinates", to=[119.05, 35.02]),
            "halfway: geometry: lies 4.6 km off its corridor “road”",
        ),
    ],
)
def test_check_names_each_fault(spoil: Callable[[Document], None], fault: str) -> None:
    """One thing is spoilt in a sound file; its fault names the feature, the spot and the matter."""
    document = destination_document()
    spoil(document)
    assert any(found.startswith(fault) for found in faults_of(document)), faults_of(document)


def test_check_refuses_a_sight_as_parent() -> None:
    document = destination_document(feature("garden"), feature("orchard", parent="garden"))
    assert faults_of(document) == [
        "orchard: properties.parent: is “garden”; a parent must be a zone, corridor, node, village"
    ]


def test_check_finds_a_circle_of_parents() -> None:
    document = destination_document(
        feature("a", "village", parent="b"), feature("b", "village", parent="a")
    )
    assert faults_of(document) == [
        "a: properties.parent: goes round in a circle through “b”",
        "b: properties.parent: goes round in a circle through “a”",
    ]


@pytest.mark.parametrize(
    ("geometry", "fault"),
    [
        (None, "is missing"),
        ({"type": "LineString", "coordinates": [[119, 35], [119, 35.1]]}, "it must be Point"),
        ({"type": "Point", "coordinates": [35.02, 119.0]}, "has the latitude first; write [119.0"),
        ({"type": "Point", "coordinates": [120.0, 35.0]}, "lies outside the file's bbox"),
        ({"type": "Point", "coordinates": [119.0, 350]}, "is not a position on earth"),
        ({"type": "Point", "coordinates": ["119", "35"]}, "is not a position"),
        ({"type": "Point", "coordinates": [True, 35]}, "is not a position"),
        ({"type": "Point", "coordinates": [float("nan"), 35]}, "is not a position"),
        ({"type": "Point", "coordinates": [119.0, 35.0, 40]}, "has a height"),
        ({"type": "Point", "coordinates": []}, "is not a position"),
    ],
)
def test_check_judges_a_point(geometry: Any, fault: str) -> None:
    document = destination_document(feature("orchard"))
    document["features"][0]["geometry"] = geometry
    assert len(faults_of(document)) == 1
    assert fault in faults_of(document)[0]


def test_check_counts_swapped_positions_once() -> None:
    """A line drawn latitude first is one mistake, not one for each of its positions."""
    geometry = {"type": "LineString", "coordinates": [[35.0, 119.0], [35.01, 119.0]]}
    document = destination_document(feature("road", "corridor", geometry=geometry))
    assert faults_of(document) == [
        "road: geometry.coordinates: [35.0, 119.0] has the latitude first; write [119.0, 35.0]"
        " (and 1 more of its positions)"
    ]


@pytest.mark.parametrize(
    ("coordinates", "fault"),
    [
        ([[119.0, 35.0]], "a line needs at least 2 positions"),
        ([[119.0, 35.0], [119.0, 35.0]], "the line has the same position twice in a row"),
        ([], "is not what a LineString has: see RFC 7946 §3.1"),
        ([119.0, 35.0], "119.0 is not a position [longitude, latitude]"),
    ],
)
def test_check_judges_a_line(coordinates: Any, fault: str) -> None:
    geometry = {"type": "LineString", "coordinates": coordinates}
    document = destination_document(feature("road", "corridor", geometry=geometry))
    assert fault in faults_of(document)[0]


HOLE = [[119.01, 35.01], [119.01, 35.02], [119.02, 35.02], [119.02, 35.01], [119.01, 35.01]]


@pytest.mark.parametrize(
    ("rings", "fault"),
    [
        ([SQUARE[:3]], "the ring has fewer than 4 positions"),
        ([SQUARE[:4]], "the ring is not closed: the last position must repeat the first"),
        ([SQUARE[::-1]], "the ring must run counter-clockwise (RFC 7946 §3.1.6); reverse its"),
        ([[*SQUARE[:2], *SQUARE[1:]]], "the ring has the same position twice in a row"),
        ([SQUARE, HOLE[::-1]], "ring 2 is a hole and must run clockwise (RFC 7946 §3.1.6)"),
    ],
)
def test_check_judges_a_ring(rings: list[list[list[float]]], fault: str) -> None:
    assert [found[: len(fault)] for found in faults_of_ring(*rings)] == [fault]


def test_check_accepts_a_hole_and_many_polygons() -> None:
    assert faults_of_ring(SQUARE, HOLE) == []
    island = [[[x + 0.02, y + 0.06] for x, y in HOLE[::-1]]]
    geometry = {"type": "MultiPolygon", "coordinates": [[SQUARE, HOLE], island]}
    assert faults_of(destination_document(feature("lake", "zone", geometry=geometry))) == []


@pytest.mark.parametrize(
    ("ring", "spots"),
    [
        pytest.param(
            [[119.0, 35.0], [119.04, 35.03], [119.04, 35.0], [119.0, 35.04], [119.0, 35.0]],
            ["[119.02286, 35.01714]"],
            id="a bow tie",
        ),
        pytest.param(
            [
                [119, 35],
                [119.04, 35],
                [119.02, 35.02],
                [119.04, 35.04],
                [119.0, 35.04],
                [119.02, 35.02],
                [119, 35],
            ],
            ["[119.02000, 35.02000]"],
            id="one position twice",
        ),
        pytest.param(
            [
                [119.0, 35.0],
                [119.04, 35.0],
                [119.04, 35.05],
                [119.04, 35.02],
                [119.0, 35.04],
                [119.0, 35.0],
            ],
            ["[119.04000, 35.02000]", "[119.04000, 35.05000]"],
            id="a spike back on itself",
        ),
        pytest.param(
            [[119, 35], [119.04, 35], [119.04, 35.04], [119.02, 35.0], [119, 35.04], [119, 35]],
            ["[119.02000, 35.00000]"],
            id="a corner on another side",
        ),
    ],
)
def test_check_finds_where_an_outline_meets_itself(
    ring: list[list[float]], spots: list[str]
) -> None:
    assert sorted(faults_of_ring(ring)) == [f"the outline meets itself near {s}" for s in spots]


def test_check_finds_a_hole_that_cuts_the_outline() -> None:
    hole = [[x + 0.035, y] for x, y in HOLE]
    assert sorted(faults_of_ring(SQUARE, hole)) == [
        "the outline meets itself near [119.05000, 35.01000]",
        "the outline meets itself near [119.05000, 35.02000]",
    ]


def test_check_lists_every_fault_of_a_file() -> None:
    document = destination_document()
    del document["metadata"]["name"]["zh-Hant"]
    document["features"][0]["geometry"]["coordinates"] = [SQUARE[::-1]]
    document["features"][4]["properties"]["parent"] = "nowhere"
    assert [fault.entry for fault in check(document)] == ["file", "lake", "orchard"]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    steps: Any = value.items() if isinstance(value, dict) else ()
    steps = enumerate(value) if isinstance(value, list) else steps
    return [path, *(deeper for key, item in steps for deeper in _paths(item, (*path, key)))]


@given(st.sampled_from(_paths(destination_document())), _JSON)
def test_check_never_stumbles_over_a_wrong_value(path: tuple[str | int, ...], value: Any) -> None:
    """Whatever stands in whatever spot, it is judged and nothing is raised."""
    document: Any = destination_document()
    if path:
        _set(*path, to=value)(document)
    for fault in check(document if path else value):
        assert fault.what


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b'{\n "a": 1,\n}', "file: line 3, column 1: is not JSON: "),
        (b"", "file: line 1, column 1: is not JSON: "),
        (b'{"a": "\xff"}', "file: byte 8: is not UTF-8 text"),
        (b'{"a": 1, "a": 2}', "file: a: stands more than once in the same object"),
        (b"[" * 200_000, "file: is nested too deeply"),
    ],
)
def test_read_json_says_where_a_file_breaks(content: bytes, fault: str) -> None:
    with pytest.raises(BadFileError) as raised:
        read_json(content)
    assert str(raised.value.faults[0]).startswith(fault)


def test_read_json_takes_a_byte_order_mark() -> None:
    """Windows' editors write one."""
    assert read_json(b"\xef\xbb\xbf[1]") == [1]


def test_check_basemap_names_each_fault() -> None:
    road = feature("road", "road", geometry={"type": "Point", "coordinates": [119.0, 35.0]})
    road["properties"] = {"kind": "road", "name": {"en": "Road"}}
    document = {"type": "FeatureCollection", "features": [road]}
    assert [str(fault) for fault in check_basemap(document)] == [
        "base map, road: properties.name.zh-Hans: is missing",
        "base map, road: properties.name.zh-Hant: is missing",
        "base map, road: geometry.type: is Point; here it must be LineString",
    ]


def test_as_text_keeps_the_document_with_a_line_for_each_feature() -> None:
    document = destination_document()
    text = as_text(copy.deepcopy(document))
    assert json.loads(text) == document
    assert sum(line.startswith('  {"type": "Feature"') for line in text.splitlines()) == 5
