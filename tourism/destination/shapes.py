"""The one position that stands for a GeoJSON geometry: the point itself, the middle of a line,
a point inside a polygon. GeoJSON's order (longitude first) is turned round here."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from tourism.core.geo import Position, distance_m, length_m

Coordinates = Sequence[float]
Rings = Sequence[Sequence[Coordinates]]


def position_of(geometry: dict[str, Any]) -> Position:
    """Where a name or a marker for the geometry belongs."""
    kind, coordinates = geometry["type"], geometry["coordinates"]
    if kind == "Point":
        return turned(coordinates)
    if kind == "LineString":
        return middle([turned(each) for each in coordinates])
    polygons = coordinates if kind == "MultiPolygon" else [coordinates]
    return inner_point(max(polygons, key=lambda rings: abs(_moments(rings[0])[0])))


def turned(coordinates: Coordinates) -> Position:
    """A GeoJSON position as ours."""
    return Position(coordinates[1], coordinates[0])


def middle(line: Sequence[Position]) -> Position:
    """The point half-way along a line."""
    left = length_m(line) / 2
    for start, end in pairwise(line):
        length = distance_m(start, end)
        if length >= left > 0:
            share = left / length
            return Position(
                start.latitude + share * (end.latitude - start.latitude),
                start.longitude + share * (end.longitude - start.longitude),
            )
        left -= length
    return line[0]


def inner_point(rings: Rings) -> Position:
    """The centre of a polygon or, when that lies outside it (a bay, a hole), the middle of the
    widest stretch of land at the centre's latitude."""
    area, x_moment, y_moment = _moments(rings[0])
    longitude, latitude = x_moment / area, y_moment / area
    stretches = list(_stretches(rings, latitude))
    if not any(west < longitude < east for west, east in stretches):
        west, east = max(stretches, key=lambda stretch: stretch[1] - stretch[0])
        longitude = (west + east) / 2
    return Position(latitude, longitude)


def _moments(ring: Sequence[Coordinates]) -> tuple[float, float, float]:
    """Area and its two first moments. Taken from the ring's first position, for the numbers
    would otherwise be differences of far larger ones."""
    x0, y0 = ring[0]
    area = x_moment = y_moment = 0.0
    for (ax, ay), (bx, by) in pairwise([(x - x0, y - y0) for x, y in ring]):
        cross = ax * by - bx * ay
        area += cross / 2
        x_moment += (ax + bx) * cross / 6
        y_moment += (ay + by) * cross / 6
    return area, x_moment + x0 * area, y_moment + y0 * area


def _stretches(rings: Rings, latitude: float) -> Iterator[tuple[float, float]]:
    """Where a parallel runs inside the polygon, from longitude to longitude."""
    crossings = sorted(
        ax + (latitude - ay) / (by - ay) * (bx - ax)
        for ring in rings
        for (ax, ay), (bx, by) in pairwise(ring)
        if (ay > latitude) != (by > latitude)
    )
    return zip(crossings[::2], crossings[1::2], strict=True)
