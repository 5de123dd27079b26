"""What can be wrong with the rings of a polygon (RFC 7946 §3.1.6), in words.

Coordinates are compared as whole billionths of a degree, so that no rounding decides whether two
lines touch.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

Coordinates = Sequence[float]  # longitude, latitude
_Point = tuple[int, int]
_Segment = tuple[int, int, _Point, _Point]  # number of its ring, number in the ring, start, end
_BILLION = 1_000_000_000


def polygon_faults(rings: Sequence[Sequence[Coordinates]]) -> Iterator[str]:
    """Faults of an exterior ring and its holes; their positions are known to be numbers."""
    exact = [[_exact(point) for point in ring] for ring in rings]
    whole = True
    for number, ring in enumerate(exact):
        for fault in _ring_faults(ring, is_hole=number > 0):
            whole = False
            yield f"ring {number + 1} {fault}" if len(rings) > 1 else f"the ring {fault}"
    if whole:
        yield from _crossings(exact)


def _exact(point: Coordinates) -> _Point:
    return round(point[0] * _BILLION), round(point[1] * _BILLION)


def _ring_faults(ring: Sequence[_Point], *, is_hole: bool) -> Iterator[str]:
    if len(ring) < 4:
        yield "has fewer than 4 positions"
        return
    if ring[0] != ring[-1]:
        yield "is not closed: the last position must repeat the first"
        return
    if any(a == b for a, b in pairwise(ring)):
        yield "has the same position twice in a row"
        return
    area = sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairwise(ring))
    if area == 0:
        yield "encloses nothing"
    elif is_hole and area > 0:
        yield "is a hole and must run clockwise (RFC 7946 §3.1.6); reverse its positions"
    elif not is_hole and area < 0:
        yield "must run counter-clockwise (RFC 7946 §3.1.6); reverse its positions"


def _crossings(rings: Sequence[Sequence[_Point]]) -> Iterator[str]:
    """Where segments meet that should not. Sorted from west to east, so that only neighbours
    are compared."""
    segments = sorted(
        (
            (number, index, start, end)
            for number, ring in enumerate(rings)
            for index, (start, end) in enumerate(pairwise(ring))
        ),
        key=lambda segment: min(segment[2][0], segment[3][0]),
    )
    open_segments: list[_Segment] = []
    seen: set[str] = set()
    for segment in segments:
        west = min(segment[2][0], segment[3][0])
        open_segments = [other for other in open_segments if max(other[2][0], other[3][0]) >= west]
        for other in open_segments:
            meeting = _meeting(segment, other, len(rings[segment[0]]) - 1)
            if meeting and meeting not in seen:
                seen.add(meeting)
                yield f"the outline meets itself near {meeting}"
        open_segments.append(segment)


def _meeting(one: _Segment, other: _Segment, ring_length: int) -> str:
    if one[0] == other[0]:
        apart = (one[1] - other[1]) % ring_length
        if apart in (1, ring_length - 1):
            before, after = (other, one) if apart == 1 else (one, other)
            return _place(after[2]) if _turns_back(before, after) else ""
    p, q, r, s = one[2], one[3], other[2], other[3]
    sides = (_side(p, q, r), _side(p, q, s), _side(r, s, p), _side(r, s, q))
    if sides[0] * sides[1] < 0 and sides[2] * sides[3] < 0:
        return _place(_intersection(p, q, r, s))
    touching = [(r, p, q), (s, p, q), (p, r, s), (q, r, s)]
    for side, (point, start, end) in zip(sides, touching, strict=True):
        if side == 0 and _within(point, start, end):
            return _place(point)
    return ""


def _turns_back(before: _Segment, after: _Segment) -> bool:
    (ax, ay), (bx, by), (cx, cy) = before[2], before[3], after[3]
    forward = (bx - ax) * (cx - bx) + (by - ay) * (cy - by)
    return forward < 0 and _side(before[2], before[3], after[3]) == 0


def _side(start: _Point, end: _Point, point: _Point) -> int:
    """1 if the point lies left of the line, -1 if right, 0 if on it."""
    (ax, ay), (bx, by), (px, py) = start, end, point
    cross = (bx - ax) * (py - ay) - (by - ay) * (px - ax)
    return (cross > 0) - (cross < 0)


def _within(point: _Point, start: _Point, end: _Point) -> bool:
    return all(min(a, b) <= c <= max(a, b) for c, a, b in zip(point, start, end, strict=True))


def _intersection(p: _Point, q: _Point, r: _Point, s: _Point) -> _Point:
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = p, q, r, s
    across = (bx - ax) * (dy - cy) - (by - ay) * (dx - cx)
    share = ((cx - ax) * (dy - cy) - (cy - ay) * (dx - cx)) / across
    return round(ax + share * (bx - ax)), round(ay + share * (by - ay))


def _place(point: _Point) -> str:
    return f"[{point[0] / _BILLION:.5f}, {point[1] / _BILLION:.5f}]"
