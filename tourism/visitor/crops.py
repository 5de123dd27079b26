"""Which crops grow here, and which are only planned: no page promises fruit that nobody planted."""

from collections.abc import Iterable, Sequence

from tourism.destination.models import BuildStatus, Place
from tourism.festivals.models import Crop


def planned_crops(crops: Iterable[Crop], places: Sequence[Place]) -> set[str]:
    """The slugs of crops that the map knows only at places still to be built."""
    planned = _grown_at(place for place in places if place.status is BuildStatus.PLANNED)
    grown = _grown_at(place for place in places if place.status is not BuildStatus.PLANNED)
    return {crop.slug for crop in crops if _fruit(crop) in planned - grown}


def _grown_at(places: Iterable[Place]) -> set[str]:
    return {slug for place in places for slug in place.crops}


def _fruit(crop: Crop) -> str:
    """A bloom stands where its fruit does."""
    return crop.fruit_slug or crop.slug
