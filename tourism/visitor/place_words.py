"""Words for what the data says about places by code: kinds, states, accuracies, facilities.

They are template filters, because the map, the place pages and the home page all need them.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from flask import Blueprint
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from tourism.destination.models import Accuracy, BuildStatus, Place, PlaceKind
from tourism.web.filters import month_name

KINDS: dict[PlaceKind, Any] = {
    PlaceKind.ZONE: _l("Scenic area"),
    PlaceKind.CORRIDOR: _l("Scenic road"),
    PlaceKind.NODE: _l("Village on the road"),
    PlaceKind.ORCHARD: _l("Orchard"),
    PlaceKind.GARDEN: _l("Garden"),
    PlaceKind.VIEWPOINT: _l("Viewpoint"),
    PlaceKind.MUSEUM: _l("Memorial site"),
    PlaceKind.RESERVOIR: _l("Reservoir"),
    PlaceKind.PIER: _l("Pier"),
    PlaceKind.FISHING: _l("Fishing"),
    PlaceKind.SERVICE_CENTRE: _l("Visitor service"),
    PlaceKind.PARKING: _l("Car park"),
    PlaceKind.MARKET: _l("Market"),
    PlaceKind.FARM_STAY: _l("Farm stay"),
    PlaceKind.SOLAR_PARK: _l("Solar park"),
    PlaceKind.VILLAGE: _l("Village"),
}
THEMES: tuple[tuple[Any, tuple[PlaceKind, ...]], ...] = (
    (_l("Orchards and gardens"), (PlaceKind.ORCHARD, PlaceKind.GARDEN)),
    (_l("By the water"), (PlaceKind.PIER, PlaceKind.FISHING, PlaceKind.RESERVOIR)),
    (_l("Worth a look"), (PlaceKind.VIEWPOINT, PlaceKind.MUSEUM, PlaceKind.SOLAR_PARK)),
    (
        _l("Arriving, eating, staying"),
        (
            PlaceKind.SERVICE_CENTRE,
            PlaceKind.PARKING,
            PlaceKind.MARKET,
            PlaceKind.FARM_STAY,
        ),
    ),
    (_l("Villages"), (PlaceKind.NODE, PlaceKind.VILLAGE)),
)
STATUSES: dict[BuildStatus, Any] = {
    BuildStatus.BUILT: _l("Built"),
    BuildStatus.UNDER_CONSTRUCTION: _l("Under construction"),
    BuildStatus.PLANNED: _l("Planned"),
    BuildStatus.IN_DOCUMENT: _l("Not verified"),
    BuildStatus.SAMPLE: _l("Sample"),
}
BADGES: dict[BuildStatus, str] = {
    BuildStatus.BUILT: "open",
    BuildStatus.UNDER_CONSTRUCTION: "building",
    BuildStatus.PLANNED: "planned",
    BuildStatus.IN_DOCUMENT: "unverified",
    BuildStatus.SAMPLE: "sample",
}
STATUS_SENTENCES: dict[BuildStatus, Any] = {
    BuildStatus.BUILT: _l("It has been built."),
    BuildStatus.UNDER_CONSTRUCTION: _l("Being built or rebuilt according to the town's report."),
    BuildStatus.PLANNED: _l(
        "The town's report plans it. Whether it has been built has not been verified."
    ),
    BuildStatus.IN_DOCUMENT: _l(
        "The town's report mentions it. What is there today has not been verified."
    ),
    BuildStatus.SAMPLE: _l("Sample data: the report gives neither place nor size."),
}
FACILITIES: dict[str, Any] = {
    "boating": _l("Boating"),
    "bus": _l("Buses"),
    "cherry-research": _l("Cherry research"),
    "cycling": _l("Cycling"),
    "dining": _l("Meals"),
    "farm-stay": _l("Rooms at farms"),
    "farmer-training": _l("Training for growers"),
    "fishing": _l("Fishing"),
    "flower-viewing": _l("Flower viewing"),
    "guided-tour": _l("Guided tours"),
    "landscape-belt": _l("Planted roadside"),
    "market": _l("Market"),
    "memorial-square": _l("Memorial square"),
    "museum": _l("Exhibition"),
    "night": _l("Open in the evening"),
    "park-services": _l("Orchard services"),
    "parking": _l("Parking"),
    "picking": _l("Fruit picking"),
    "playground": _l("Playground"),
    "produce-market": _l("Produce market"),
    "reception": _l("Visitor reception"),
    "reservoir-walk": _l("Walk by the reservoir"),
    "science-education": _l("Learning about nature"),
    "shopping": _l("Shops"),
    "signage": _l("Signposts"),
    "sports": _l("Sports"),
    "toilets": _l("Toilets"),
    "walking": _l("Walking"),
}


def init_blueprint(bp: Blueprint) -> None:
    for each in (
        kind_name,
        status_word,
        status_badge,
        status_sentence,
        accuracy_sentence,
        facility_word,
        distance,
        kilometres,
        month_ranges,
        phrases,
    ):
        bp.add_app_template_filter(each)


def kind_name(kind: PlaceKind) -> str:
    return str(KINDS[kind])


def status_word(status: BuildStatus) -> str:
    return str(STATUSES[status])


def status_badge(status: BuildStatus) -> str:
    """The modifier of the badge component."""
    return BADGES[status]


def status_sentence(status: BuildStatus) -> str:
    return str(STATUS_SENTENCES[status])


def facility_word(code: str) -> str:
    """A facility's name; another town's data may have one that has no translation yet."""
    return str(FACILITIES.get(code, code.replace("-", " ")))


def accuracy_sentence(place: Place) -> str:
    """How far the position on the map can be trusted, in words."""
    far = distance(place.accuracy_m)
    match place.accuracy:
        case Accuracy.SURVEYED:
            words = _("Its position was measured on the spot.")
        case Accuracy.GAZETTEER:
            words = _(
                "Its position comes from a published gazetteer and may be off by up to %(far)s.",
                far=far,
            )
        case Accuracy.TOWNSHIP_ESTIMATE:
            words = _(
                "Its position is estimated from descriptions and may be off by about %(far)s.",
                far=far,
            )
        case Accuracy.SCHEMATIC:
            words = _("Its position is a sketch and may be off by several kilometres.")
    return str(words)


def distance(metres: float) -> str:
    """500 m, 2 km, 2.5 km."""
    if metres < 1000:
        return str(_("%(number)s m", number=round(metres)))
    return str(_("%(number)s km", number=f"{metres / 1000:.1f}".removesuffix(".0")))


def kilometres(metres: float) -> str:
    """3.8: a distance along a drawn line, to one decimal and no finer."""
    return f"{metres / 1000:.1f}" if metres else "0"


def month_ranges(months: Sequence[int]) -> str:
    """Months in words: 4月、6月至10月."""
    return phrases(_range(run[0], run[-1]) for run in _runs(sorted(set(months))))


def phrases(words: Iterable[str]) -> str:
    """Words as a list, joined as the language does."""
    return str(_(", ")).join(words)


def _runs(months: Sequence[int]) -> list[list[int]]:
    runs: list[list[int]] = [[months[0]]] if months else []
    for before, month in pairwise(months):
        if month == before + 1:
            runs[-1].append(month)
        else:
            runs.append([month])
    return runs


def _range(first: int, last: int) -> str:
    if first == last:
        return month_name(first)
    return str(_("%(first)s to %(last)s", first=month_name(first), last=month_name(last)))
