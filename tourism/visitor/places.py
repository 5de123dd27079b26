"""The map of the town, and a page for each place on it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask import Blueprint, Response, abort, current_app, g, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from tourism.core.languages import in_language
from tourism.destination.atlas import Atlas, PlaceFilter, Stop
from tourism.destination.maps import frame
from tourism.destination.models import Place, PlaceKind
from tourism.destination.queries import get_atlas
from tourism.experiences.models import Experience
from tourism.experiences.queries import experiences_of_places
from tourism.festivals.models import Crop
from tourism.festivals.queries import crops_by_slug
from tourism.visitor import place_words
from tourism.visitor.directions import Direction, directions_to
from tourism.visitor.machines import voice
from tourism.visitor.place_maps import map_data
from tourism.visitor.place_words import KINDS, THEMES
from tourism.web.assets import STATIC
from tourism.web.db import db_session
from tourism.web.languages import current_language
from tourism.web.linked_data import place_data

bp = Blueprint("places", __name__)
place_words.init_blueprint(bp)
NEARBY = 6


@dataclass(frozen=True, slots=True)
class Road:
    """A corridor with its stops."""

    corridor: Place
    length_m: float
    stops: Sequence[Stop]


@dataclass(frozen=True, slots=True)
class Section:
    """Places of one theme under a heading."""

    title: str
    places: Sequence[Place]


@dataclass(frozen=True, slots=True)
class PlacePage:
    """All that the page of a place shows."""

    place: Place
    parents: Sequence[Place]
    sections: Sequence[Section]
    siblings: Sequence[Place]
    roads: Sequence[Road]
    experiences: Sequence[Experience]
    crops: Sequence[Crop]
    scene: str
    directions: Sequence[Direction]


@bp.get("/map")
def index() -> ResponseReturnValue:
    atlas, crops = _atlas(), crops_by_slug(db_session())
    wanted = _filter(request.args)
    return render_template(
        "visitor/places/index.html",
        groups=atlas.groups(),
        found={place.id for place in atlas.places if wanted.accepts(place)},
        wanted=wanted,
        kinds=[kind for kind in KINDS if any(place.kind is kind for place in atlas.places)],
        crops=_crops_of(atlas.places, crops),
        **_map_context(atlas, atlas.places),
    )


@bp.get("/places/<slug>")
def show(slug: str) -> ResponseReturnValue:
    atlas = _atlas()
    place = atlas.get(slug)
    return render_template(
        "visitor/places/show.html",
        page=_page(atlas, place),
        linked_data=place_data(place, atlas.parents(place), g.destination, voice()),
        **_map_context(atlas, _around(atlas, place), place),
    )


@bp.get("/map-frame-<tag>.js")
def frame_script(tag: str) -> ResponseReturnValue:
    """The script that makes the map: its address changes with its bytes, so it is kept a year."""
    made = frame()
    if tag != made.tag:
        abort(404)
    answer = Response(made.script, mimetype="text/javascript")
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer


def _atlas() -> Atlas:
    return get_atlas(db_session(), g.destination)


def _map_context(
    atlas: Atlas, places: Iterable[Place], focus: Place | None = None
) -> dict[str, Any]:
    return {
        "map_frame": Markup(frame().html),  # noqa: S704 - made of constants alone
        "map_data": map_data(atlas, places, focus),
        "tiles_attribution": current_app.config["TOURISM"].tiles_attribution,
    }


def _filter(given: Mapping[str, str]) -> PlaceFilter:
    """What the form asks for; a value that means nothing is left out."""
    kind, month = given.get("kind", ""), given.get("month", "")
    return PlaceFilter(
        text=given.get("q", "").strip()[:80],
        kind=PlaceKind(kind) if kind in set(PlaceKind) else None,
        crop=given.get("crop") or None,
        month=int(month) if month in {str(number) for number in range(1, 13)} else None,
    )


def _page(atlas: Atlas, place: Place) -> PlacePage:
    session = db_session()
    below = atlas.below(place)
    is_road = place.kind is PlaceKind.CORRIDOR
    return PlacePage(
        place=place,
        parents=atlas.parents(place),
        sections=[] if is_road else _sections(below),
        siblings=[] if below else atlas.siblings(place)[:NEARBY],
        roads=[_road(atlas, place)] if is_road else _roads(atlas, place),
        experiences=experiences_of_places(session, [place.id, *(each.id for each in below)]),
        crops=_crops_of([place], crops_by_slug(session)),
        scene=_scene(atlas, place),
        directions=directions_to(place, in_language(place.name, current_language())),
    )


def _sections(places: Sequence[Place]) -> list[Section]:
    sections = (
        Section(str(title), [place for place in places if place.kind in kinds])
        for title, kinds in THEMES
    )
    return [section for section in sections if section.places]


def _roads(atlas: Atlas, place: Place) -> list[Road]:
    """The roads that lead to a zone, or the one that a node stands on."""
    above = atlas.parent(place)
    roads = [above] if above and above.kind is PlaceKind.CORRIDOR else atlas.roads_to(place)
    return [_road(atlas, road) for road in roads]


def _road(atlas: Atlas, corridor: Place) -> Road:
    return Road(corridor, atlas.length_m(corridor), atlas.stops_along(corridor))


def _around(atlas: Atlas, place: Place) -> list[Place]:
    """What the small map on a place's page draws: the place among its kin."""
    kin = {
        place.id,
        *(
            each.id
            for each in (
                *atlas.parents(place),
                *atlas.below(place),
                *atlas.siblings(place),
                *atlas.roads_to(place),
            )
        ),
        *(end.id for slug in (place.starts_at, place.leads_to) if (end := atlas.find(slug))),
    }
    return [each for each in atlas.places if each.id in kin]


def _crops_of(places: Iterable[Place], crops: Mapping[str, Crop]) -> list[Crop]:
    """The crops that these places grow, in the order of the year."""
    grown = {slug for place in places for slug in place.crops}
    return [crop for slug, crop in crops.items() if slug in grown]


def _scene(atlas: Atlas, place: Place) -> str:
    """The drawing of a place, or of the nearest place above that has one; "" for none."""
    candidates = (place, *reversed(atlas.parents(place)))
    return next((each.scene for each in candidates if each.scene in _scenes()), "")


@cache
def _scenes() -> frozenset[str]:
    return frozenset(path.name for path in (STATIC / "img").glob("scene-*.svg"))
