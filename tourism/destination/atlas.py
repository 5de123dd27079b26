"""All places of the destination at once: their tree, the stops along a road, what a filter finds.

A township has some fifty places: one query brings them all, and the rest is arithmetic.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any

from tourism.core.geo import Position, distance_m, length_m, project
from tourism.core.languages import LANGUAGES, Texts
from tourism.destination.errors import PlaceNotFoundError
from tourism.destination.models import Place, PlaceKind


class StopKind(StrEnum):
    END = "end"
    NODE = "node"
    SIGHT = "sight"
    CROSSING = "crossing"


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop of a drive: how far from the start of the drawn line, and what is there.

    A crossing road has a name and no place.
    """

    along_m: float
    kind: StopKind
    name: Texts
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A place without a parent, and everything below it in the order of the tree."""

    head: Place
    members: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class PlaceFilter:
    """What a visitor looks for; an empty part accepts everything."""

    text: str = ""
    kind: PlaceKind | None = None
    crop: str | None = None
    month: int | None = None

    def accepts(self, place: Place) -> bool:
        return (
            (self.kind is None or place.kind == self.kind)
            and (self.crop is None or self.crop in place.crops)
            and (self.month is None or self.month in place.season_months)
            and all(word in search_text(place) for word in _plain(self.text).split())
        )


@dataclass(frozen=True, slots=True)
class Atlas:
    """The places that are not retired, in the order of the file, and the lines of the base map."""

    places: tuple[Place, ...]
    basemap: Mapping[str, Any]

    def get(self, slug: str) -> Place:
        """Raises PlaceNotFoundError for an unknown or retired slug."""
        found = self.find(slug)
        if found is None:
            raise PlaceNotFoundError(slug=slug)
        return found

    def find(self, slug: str | None) -> Place | None:
        return next((place for place in self.places if place.slug == slug), None)

    def parent(self, place: Place) -> Place | None:
        return next((each for each in self.places if each.id == place.parent_id), None)

    def parents(self, place: Place) -> list[Place]:
        """From the outermost place down to the one right above."""
        above = self.parent(place)
        return [*self.parents(above), above] if above else []

    def children(self, place: Place) -> list[Place]:
        return [each for each in self.places if each.parent_id == place.id]

    def below(self, place: Place) -> list[Place]:
        """Everything below a place, each followed by what is below it."""
        return [one for child in self.children(place) for one in (child, *self.below(child))]

    def siblings(self, place: Place) -> list[Place]:
        """The other places under the same parent, the nearest first."""
        above = self.parent(place)
        others = [each for each in self.children(above) if each.id != place.id] if above else []
        return sorted(others, key=lambda other: distance_m(place.position, other.position))

    def groups(self) -> list[Group]:
        """Zones, corridors and the town, each with its places."""
        known = {place.id for place in self.places}
        heads = [place for place in self.places if place.parent_id not in known]
        return [Group(head, tuple(self.below(head))) for head in heads]

    def roads_to(self, place: Place) -> list[Place]:
        """The corridors that lead to a place or to one below it."""
        slugs = {place.slug, *(each.slug for each in self.below(place))}
        return [road for road in self.places if road.leads_to in slugs]

    def length_m(self, corridor: Place) -> float:
        """The length of a corridor as drawn."""
        return length_m(_line(corridor.geometry))

    def stops_along(self, corridor: Place) -> list[Stop]:
        """A corridor's ends, node, sights and crossing roads, in driving order.

        Distances follow the drawn line, which is a sketch: show them as such.
        """
        line = _line(corridor.geometry)
        ends = [(corridor.starts_at, 0.0), (corridor.leads_to, length_m(line))]
        stops = [
            Stop(along, StopKind.END, place.name, place)
            for slug, along in ends
            if (place := self.find(slug))
        ]
        at_ends = {stop.place.id for stop in stops if stop.place}
        stops += [_stop(place, line) for place in self.below(corridor) if place.id not in at_ends]
        stops += self._crossings(line)
        return sorted(stops, key=lambda stop: stop.along_m)

    def _crossings(self, line: Sequence[Position]) -> Iterator[Stop]:
        total = length_m(line)
        for feature in self.basemap.get("features", ()):
            if feature["properties"].get("kind") != "road":
                continue
            along = _crossing_m(line, _line(feature["geometry"]))
            # A road that meets the corridor in the town or at its far end is no stop on the way.
            if along is not None and 0.05 * total < along < 0.95 * total:
                yield Stop(along, StopKind.CROSSING, feature["properties"]["name"])


def search_text(place: Place) -> str:
    """All names of a place, in the form in which typed words are looked up."""
    names = [place.name.get(tag, "") for tag in LANGUAGES]
    return _plain("\n".join([*names, *place.aliases]))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


def _stop(place: Place, line: Sequence[Position]) -> Stop:
    kind = StopKind.NODE if place.kind is PlaceKind.NODE else StopKind.SIGHT
    return Stop(project(place.position, line).along_m, kind, place.name, place)


def _line(geometry: Mapping[str, Any]) -> list[Position]:
    return [Position(latitude, longitude) for longitude, latitude, *_ in geometry["coordinates"]]


def _crossing_m(line: Sequence[Position], other: Sequence[Position]) -> float | None:
    """Metres along the line to where the other first crosses it."""
    travelled = 0.0
    for start, end in pairwise(line):
        shares = [_crossing_share(start, end, a, b) for a, b in pairwise(other)]
        met = [share for share in shares if share is not None]
        length = length_m((start, end))
        if met:
            return travelled + min(met) * length
        travelled += length
    return None


def _crossing_share(a: Position, b: Position, c: Position, d: Position) -> float | None:
    """How far on the way from a to b the way from c to d is crossed, from 0 to 1."""
    abx, aby = b.longitude - a.longitude, b.latitude - a.latitude
    cdx, cdy = d.longitude - c.longitude, d.latitude - c.latitude
    acx, acy = c.longitude - a.longitude, c.latitude - a.latitude
    across = abx * cdy - aby * cdx
    if across == 0:
        return None
    on_ab, on_cd = (acx * cdy - acy * cdx) / across, (acx * aby - acy * abx) / across
    return on_ab if 0 <= on_ab <= 1 and 0 <= on_cd <= 1 else None
