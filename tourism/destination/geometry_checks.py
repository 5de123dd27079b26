"""The geometry of one feature of a destination file: its type, its positions, its rings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tourism.core.checking import Entry, is_number
from tourism.destination.rings import polygon_faults

_DEPTH = {"Point": 0, "LineString": 1, "Polygon": 2, "MultiPolygon": 3}


@dataclass(frozen=True, slots=True)
class Box:
    """A bbox as RFC 7946 §5 writes it: west, south, east, north."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, longitude: float, latitude: float) -> bool:
        return self.west <= longitude <= self.east and self.south <= latitude <= self.north


EARTH = Box(-180, -90, 180, 90)


def check_bbox(entry: Entry, value: object) -> Box:
    """The file's box, or the whole earth with a fault."""
    if not isinstance(value, list) or len(value) != 4 or not all(map(is_number, value)):
        entry.fault("bbox", "must be [west, south, east, north] in degrees")
        return EARTH
    box = Box(*value)
    if not (EARTH.holds(box.west, box.south) and EARTH.holds(box.east, box.north)):
        entry.fault("bbox", "reaches beyond ±180° of longitude or ±90° of latitude")
    elif box.west >= box.east or box.south >= box.north:
        entry.fault("bbox", "must run from west to east and from south to north")
    else:
        return box
    return EARTH


def check_geometry(entry: Entry, value: object, allowed: Sequence[str], box: Box) -> bool:
    """Whether the geometry is sound; each fault is noted."""
    before = len(entry.faults)
    members = entry.members("geometry", value, ("type", "coordinates"))
    kind, coordinates = members.get("type"), members.get("coordinates")
    if kind is not None and kind not in allowed:
        entry.fault("geometry.type", f"is {kind}; here it must be {' or '.join(allowed)}")
    elif kind is not None and coordinates is not None:
        _check_coordinates(entry, str(kind), coordinates, box)
    return len(entry.faults) == before


def _check_coordinates(entry: Entry, kind: str, coordinates: Any, box: Box) -> None:
    where = "geometry.coordinates"
    positions = _positions(coordinates, _DEPTH[kind])
    if positions is None or not positions:
        entry.fault(where, f"is not what a {kind} has: see RFC 7946 §3.1")
        return
    faults = [fault for fault in (_position_fault(each, box) for each in positions) if fault]
    if faults:
        more = f" (and {len(faults) - 1} more of its positions)" if len(faults) > 1 else ""
        entry.fault(where, faults[0] + more)
        return
    for fault in _shape_faults(kind, coordinates):
        entry.fault(where, fault)


def _positions(coordinates: Any, depth: int) -> list[Any] | None:
    """All positions at that depth of lists; None if the lists are not nested so."""
    level = [coordinates]
    for _ in range(depth):
        if not all(isinstance(each, list) and each for each in level):
            return None
        level = [item for each in level for item in each]
    return level


def _position_fault(value: Any, box: Box) -> str:
    if not isinstance(value, list) or not all(map(is_number, value)) or len(value) < 2:
        return f"{str(value)[:40]} is not a position [longitude, latitude]"
    if len(value) > 2:
        return f"{value} has a height; write [longitude, latitude] only"
    longitude, latitude = value
    if box.holds(longitude, latitude):
        return ""
    if box.holds(latitude, longitude):
        return f"{value} has the latitude first; write [{latitude}, {longitude}]"
    if EARTH.holds(longitude, latitude):
        return f"{value} lies outside the file's bbox"
    return f"{value} is not a position on earth"


def _shape_faults(kind: str, coordinates: Any) -> Iterator[str]:
    if kind == "LineString":
        if len(coordinates) < 2:
            yield "a line needs at least 2 positions"
        elif any(a == b for a, b in pairwise(coordinates)):
            yield "the line has the same position twice in a row"
    elif kind == "Polygon":
        yield from polygon_faults(coordinates)
    elif kind == "MultiPolygon":
        for polygon in coordinates:
            yield from polygon_faults(polygon)
