import pytest

from tourism.core.geo import Position, distance_m, length_m, project


def test_distance_of_a_degree_of_latitude() -> None:
    assert distance_m(Position(35, 119), Position(36, 119)) == pytest.approx(111_195, abs=5)


def test_project_finds_the_middle_of_a_line() -> None:
    line = [Position(35, 119), Position(35.1, 119)]
    found = project(Position(35.05, 119.01), line)
    assert found.along_m == pytest.approx(length_m(line) / 2, rel=1e-3)
    assert found.off_m == pytest.approx(911, rel=1e-2)


def test_project_stops_at_the_ends_of_a_line() -> None:
    line = [Position(35, 119), Position(35.1, 119)]
    assert project(Position(34.9, 119), line).along_m == 0


def test_position_refuses_what_is_not_on_the_globe() -> None:
    with pytest.raises(ValueError, match="no such position"):
        Position(119, 35)
