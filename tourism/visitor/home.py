"""The front page: what is ripe, what is free, where to go."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue

from tourism.core.clock import now
from tourism.destination.atlas import Atlas, Stop, StopKind
from tourism.destination.models import Place, PlaceKind
from tourism.destination.queries import get_atlas
from tourism.experiences.models import Slot
from tourism.experiences.queries import next_slots_of_each
from tourism.festivals.models import Confidence, Crop
from tourism.festivals.queries import all_crops, festivals
from tourism.festivals.seasons import FactOfDay, Stage, fact_of_day
from tourism.visitor.crops import planned_crops
from tourism.visitor.festivals import Edition, in_order
from tourism.visitor.machines import voice
from tourism.visitor.season_words import headline, outlook
from tourism.web.db import db_session
from tourism.web.filters import local
from tourism.web.linked_data import destination_data

bp = Blueprint("home", __name__)
_ROWS = 4


@dataclass(frozen=True, slots=True)
class Offer:
    """The next free slots of the first day that has any."""

    day: date
    slots: Sequence[Slot]

    @property
    def is_sample(self) -> bool:
        return any(slot.sample for slot in self.slots)

    @property
    def is_of_one(self) -> bool:
        return len({slot.experience_id for slot in self.slots}) == 1


@dataclass(frozen=True, slots=True)
class Road:
    """A corridor with its ends and nodes."""

    corridor: Place
    stops: Sequence[Stop]


@dataclass(frozen=True, slots=True)
class HomePage:
    """All that the front page shows."""

    today: date
    headline: str
    outlook: str
    offer: Offer | None
    is_peak: bool  # the offer is of a fruit at its best
    crops: Sequence[Crop]
    planned: Collection[str]  # crops that are only planned
    zones: Sequence[Place]
    bookable: Mapping[int, int]  # by a zone's or node's id, at how many places below it
    roads: Sequence[Road]
    nodes: Sequence[Place]
    editions: Sequence[Edition]


@bp.get("/")
def index() -> ResponseReturnValue:
    atlas = get_atlas(db_session(), g.destination)
    return render_template(
        "visitor/home/index.html",
        page=_page(now(), atlas),
        linked_data=destination_data(g.destination, atlas.places, voice()),
    )


def _page(current: datetime, atlas: Atlas) -> HomePage:
    session, today = db_session(), local(current).date()
    crops = all_crops(session)
    planned = planned_crops(crops, atlas.places)
    fact = fact_of_day(_certain(crops, planned), today)
    of_each = list(next_slots_of_each(session, current, _ROWS).values())
    offer, zones, nodes = (
        _offer(of_each),
        _of_kind(atlas, PlaceKind.ZONE),
        _of_kind(atlas, PlaceKind.NODE),
    )
    return HomePage(
        today=today,
        headline=headline(fact, today),
        outlook=outlook(fact, today),
        offer=offer,
        is_peak=_is_peak(fact, offer),
        crops=crops,
        planned=planned,
        zones=zones,
        bookable=_bookable(atlas, [*zones, *nodes], of_each),
        roads=[_road(atlas, each) for each in _of_kind(atlas, PlaceKind.CORRIDOR)],
        nodes=nodes,
        editions=in_order(festivals(session), today),
    )


def _certain(crops: Iterable[Crop], planned: Collection[str]) -> list[Crop]:
    """What the headline may speak of: neither planned only, nor without any source."""
    return [
        crop
        for crop in crops
        if crop.slug not in planned and crop.confidence is not Confidence.UNVERIFIED
    ]


def _offer(of_each: Iterable[Sequence[Slot]]) -> Offer | None:
    """Where one can go on the first day that has room: the next slot of each experience, or the
    next few when there is one experience only."""
    slots = [slot for slots in of_each for slot in slots]
    if not slots:
        return None
    day = min(_day(slot) for slot in slots)
    that_day = [slot for slot in slots if _day(slot) == day]
    firsts = list({slot.experience_id: slot for slot in reversed(that_day)}.values())
    shown = that_day if len(firsts) == 1 else firsts
    return Offer(day, sorted(shown, key=lambda slot: (slot.starts_at, slot.id))[:_ROWS])


def _day(slot: Slot) -> date:
    return local(slot.starts_at).date()


def _is_peak(fact: FactOfDay | None, offer: Offer | None) -> bool:
    if fact is None or offer is None or fact.stage is not Stage.PEAK:
        return False
    leading = {season.crop.slug for season in fact.leading}
    return any(slot.experience.crop in leading for slot in offer.slots)


def _bookable(
    atlas: Atlas, areas: Iterable[Place], of_each: Iterable[Sequence[Slot]]
) -> dict[int, int]:
    open_places = {slots[0].experience.place_id for slots in of_each}
    return {
        area.id: sum(place.id in open_places for place in (area, *atlas.below(area)))
        for area in areas
    }


def _of_kind(atlas: Atlas, kind: PlaceKind) -> list[Place]:
    return [place for place in atlas.places if place.kind is kind]


def _road(atlas: Atlas, corridor: Place) -> Road:
    stops = atlas.stops_along(corridor)
    return Road(corridor, [stop for stop in stops if stop.kind in (StopKind.END, StopKind.NODE)])
