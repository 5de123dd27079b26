"""The one position that stands for a shape."""

import pytest

from tests.factories.files import SQUARE
from tourism.core.geo import Position
from tourism.destination.shapes import position_of

BAY = [[0, 0], [9, 0], [9, 9], [0, 9], [0, 8], [8, 8], [8, 1], [0, 1], [0, 0]]


def test_position_of_a_point_turns_the_order_round() -> None:
    point = {"type": "Point", "coordinates": [119.0, 35.0]}
    assert position_of(point) == Position(35.0, 119.0)


def test_position_of_a_line_is_half_way() -> None:
    line = {"type": "LineString", "coordinates": [[0, 0], [0, 1], [0, 4]]}
    position = position_of(line)
    assert (position.latitude, position.longitude) == pytest.approx((2, 0))


def test_position_of_a_polygon_is_its_centre() -> None:
    position = position_of({"type": "Polygon", "coordinates": [SQUARE]})
    assert (position.latitude, position.longitude) == pytest.approx((35.025, 119.025))


def test_position_of_a_polygon_round_a_bay_lies_on_land() -> None:
    """The centre of a C lies in its bay; the marker must not."""
    position = position_of({"type": "Polygon", "coordinates": [BAY]})
    assert (position.latitude, position.longitude) == pytest.approx((4.5, 8.5))


def test_position_of_a_polygon_with_a_hole_lies_beside_the_hole() -> None:
    square = [[0, 0], [9, 0], [9, 9], [0, 9], [0, 0]]
    hole = [[3, 3], [3, 7], [7, 7], [7, 3], [3, 3]]
    position = position_of({"type": "Polygon", "coordinates": [square, hole]})
    assert (position.latitude, position.longitude) == pytest.approx((4.5, 1.5))


def test_position_of_several_polygons_lies_in_the_largest() -> None:
    islet = [[20, 20], [21, 20], [21, 21], [20, 20]]
    shape = {"type": "MultiPolygon", "coordinates": [[islet], [SQUARE]]}
    largest = position_of({"type": "Polygon", "coordinates": [islet]})
    assert position_of(shape) == largest
