"""The tree of places, the stops along a road, and what a filter finds."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.factories.destination import in_all, make_destination, make_place
from tests.statements import statements
from tourism.destination.atlas import Atlas, PlaceFilter, StopKind
from tourism.destination.errors import PlaceNotFoundError
from tourism.destination.models import Place, PlaceKind
from tourism.destination.queries import get_atlas, get_place, sights_of, stops_along

CASES = json.loads((Path(__file__).parents[1] / "visitor" / "filter_cases.json").read_text("utf-8"))
ROAD = {"type": "LineString", "coordinates": [[119.0, 35.0], [119.0, 35.05], [119.0, 35.1]]}


def at(longitude: float, latitude: float) -> dict[str, Any]:
    """Where a place stands, as its columns have it."""
    point = {"type": "Point", "coordinates": [longitude, latitude]}
    return {"geometry": point, "latitude": latitude, "longitude": longitude}


@pytest.fixture
def atlas(session: Session) -> Atlas:
    """A town, a road of 11 km north to a lake, a village half way with two sights, a crossing."""
    crossing = {
        "type": "Feature",
        "properties": {"kind": "road", "name": in_all("县道")},
        "geometry": {"type": "LineString", "coordinates": [[118.9, 35.08], [119.1, 35.08]]},
    }
    basemap = {"type": "FeatureCollection", "features": [crossing]}
    destination = make_destination(session, basemap=basemap)
    make_place(session, "town", rank=1, kind=PlaceKind.VILLAGE, **at(119.0, 35.0))
    zone = make_place(session, "lake", rank=2, kind=PlaceKind.ZONE)
    make_place(session, "hut", rank=3, parent_id=zone.id, **at(119.0, 35.1))
    make_place(session, "pier", rank=4, parent_id=zone.id, **at(119.01, 35.1))
    make_place(session, "gone", rank=5, parent_id=zone.id, retired=True)
    road = make_place(
        session,
        "road",
        rank=6,
        kind=PlaceKind.CORRIDOR,
        geometry=ROAD,
        starts_at="town",
        leads_to="hut",
    )
    node = make_place(
        session, "node", rank=7, kind=PlaceKind.NODE, parent_id=road.id, **at(119.0, 35.05)
    )
    make_place(session, "far", rank=8, parent_id=node.id, **at(119.002, 35.06))
    make_place(session, "near", rank=9, parent_id=node.id, **at(119.002, 35.04))
    session.commit()
    return get_atlas(session, destination)


def slugs(places: Any) -> list[str]:
    return [place.slug for place in places]


def test_groups_hold_everything_once_in_the_order_of_the_tree(atlas: Atlas) -> None:
    groups = {group.head.slug: slugs(group.members) for group in atlas.groups()}
    assert groups == {"town": [], "lake": ["hut", "pier"], "road": ["node", "far", "near"]}


def test_a_place_whose_parent_is_retired_still_stands_in_a_group(session: Session) -> None:
    """Retiring a zone must not make its places vanish from the list."""
    destination = make_destination(session)
    zone = make_place(session, "zone", kind=PlaceKind.ZONE, retired=True)
    make_place(session, "sight", parent_id=zone.id)
    groups = get_atlas(session, destination).groups()
    assert [group.head.slug for group in groups] == ["sight"]


def test_parents_go_from_the_outermost_down(atlas: Atlas) -> None:
    assert slugs(atlas.parents(atlas.get("far"))) == ["road", "node"]


def test_siblings_are_the_nearest_first_and_without_the_place(atlas: Atlas) -> None:
    assert slugs(atlas.siblings(atlas.get("far"))) == ["near"]
    assert slugs(atlas.siblings(atlas.get("town"))) == []


def test_roads_lead_to_the_zone_that_holds_their_end(atlas: Atlas) -> None:
    assert slugs(atlas.roads_to(atlas.get("lake"))) == ["road"]
    assert slugs(atlas.roads_to(atlas.get("town"))) == []


def test_get_refuses_a_retired_place(atlas: Atlas, session: Session) -> None:
    with pytest.raises(PlaceNotFoundError):
        atlas.get("gone")
    with pytest.raises(PlaceNotFoundError):
        get_place(session, "gone")


def test_stops_come_in_driving_order_with_distances_along_the_line(
    atlas: Atlas, session: Session
) -> None:
    stops = stops_along(session, atlas.get("road"))
    shown = [(stop.place.slug if stop.place else "crossing", stop.kind) for stop in stops]
    assert shown == [
        ("town", StopKind.END),
        ("near", StopKind.SIGHT),
        ("node", StopKind.NODE),
        ("far", StopKind.SIGHT),
        ("crossing", StopKind.CROSSING),
        ("hut", StopKind.END),
    ]
    kilometres = [round(stop.along_m / 1000, 1) for stop in stops]
    assert kilometres == [0, 4.4, 5.6, 6.7, 8.9, 11.1]


def test_a_road_with_an_unknown_end_is_shown_without_it(session: Session) -> None:
    destination = make_destination(session)
    road = make_place(
        session, "road", kind=PlaceKind.CORRIDOR, geometry=ROAD, starts_at="nowhere", leads_to=None
    )
    assert get_atlas(session, destination).stops_along(road) == []


def test_sights_of_a_place_leave_out_the_retired(atlas: Atlas, session: Session) -> None:
    assert slugs(sights_of(session, atlas.get("lake"))) == ["hut", "pier"]


def test_an_atlas_is_one_query(atlas: Atlas, session: Session) -> None:
    destination = make_destination(session, slug="other")
    with statements(session) as seen:
        get_atlas(session, destination).groups()
    assert len(seen) == 1


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["what"])
def test_filter(case: dict[str, Any]) -> None:
    """The same cases run in tests/js/visitor/map_places.test.js."""
    wanted = PlaceFilter(**case["wanted"])
    places = [Place(**{**each, "kind": PlaceKind(each["kind"])}) for each in CASES["places"]]
    assert [place.slug for place in places if wanted.accepts(place)] == case["found"]
