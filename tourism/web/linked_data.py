"""What a page tells machines about its subject: JSON-LD in the words of schema.org.

Only what is known: no position that was drawn or guessed, no date or price that is a sample, no
attraction that is not there yet. A builder gives None where nothing remains to be said.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tourism.core.languages import LANGUAGES, Texts, in_language
from tourism.core.money import Money
from tourism.destination.models import BuildStatus, Destination, Place, PlaceKind
from tourism.experiences.models import Experience, Operator
from tourism.festivals.models import Festival

LinkedData = dict[str, Any]
_CONTEXT = "https://schema.org"
# Kinds that people come to see; the others serve them, or are where people live.
_ATTRACTIONS = frozenset(PlaceKind) - {
    PlaceKind.VILLAGE,
    PlaceKind.SERVICE_CENTRE,
    PlaceKind.PARKING,
    PlaceKind.MARKET,
    PlaceKind.FARM_STAY,
}


@dataclass(frozen=True, slots=True)
class Voice:
    """The language in which a page speaks, and the full addresses of pages in it."""

    language: str
    address: Callable[..., str]  # of an endpoint and its values

    def text(self, texts: Texts) -> str:
        return in_language(texts, self.language)

    def names(self, texts: Texts) -> LinkedData:
        """The name in the page's language, and in the others."""
        name = self.text(texts)
        others = {texts[tag] for tag in LANGUAGES if texts.get(tag)} - {name}
        return {"name": name} | ({"alternateName": sorted(others)} if others else {})

    def place(self, place: Place) -> LinkedData:
        """A place in a few words, as another thing mentions it."""
        return {
            "@type": _place_type(place),
            "name": self.text(place.name),
            "url": self.address("visitor.places.show", slug=place.slug),
        }


@dataclass(frozen=True, slots=True)
class FreeDays:
    """Of the days that can be booked the first with places; or whether all are taken."""

    first: date | None
    is_booked_out: bool


def destination_data(destination: Destination, places: Iterable[Place], voice: Voice) -> LinkedData:
    """The township with the attractions that are there today."""
    there = [voice.place(place) for place in places if _is_attraction(place)]
    return {
        "@context": _CONTEXT,
        "@type": "TouristDestination",
        **voice.names(destination.name),
        "url": voice.address("visitor.home.index"),
        "address": _address(destination, voice),
        "hasMap": voice.address("visitor.places.index"),
        **({"includesAttraction": there} if there else {}),
    }


def place_data(
    place: Place, parents: Sequence[Place], destination: Destination, voice: Voice
) -> LinkedData | None:
    """A place with its state and, where it is good enough to go by, its position."""
    if place.status is BuildStatus.SAMPLE:
        return None
    summary = voice.text(place.summary)
    return {
        "@context": _CONTEXT,
        **voice.place(place),
        **voice.names(place.name),
        **({"description": summary} if summary else {}),
        "address": _address(destination, voice),
        "containedInPlace": _surroundings(parents, destination, voice),
        **_position(place),
        "additionalProperty": _properties(place),
    }


def festival_data(
    festival: Festival, title: str, venues: Sequence[Place], destination: Destination, voice: Voice
) -> LinkedData | None:
    """A festival whose days the town has announced."""
    if festival.sample or festival.starts_on is None or festival.ends_on is None:
        return None
    venue = [
        {**voice.place(place), "address": _address(destination, voice)}
        for place in venues
        if place.status is not BuildStatus.SAMPLE
    ]
    return {
        "@context": _CONTEXT,
        "@type": "Festival",
        "name": title,
        "url": voice.address("visitor.festivals.show", slug=festival.slug),
        "startDate": festival.starts_on.isoformat(),
        "endDate": festival.ends_on.isoformat(),
        "eventStatus": f"{_CONTEXT}/EventScheduled",
        "eventAttendanceMode": f"{_CONTEXT}/OfflineEventAttendanceMode",
        "location": venue or _whole(destination, voice),
        "inLanguage": voice.language,
    }


def experience_data(
    experience: Experience, free: FreeDays, destination: Destination, voice: Voice
) -> LinkedData | None:
    """What can be booked, with an offer for each price that is known, and whether there is room."""
    if experience.sample or experience.place.status is BuildStatus.SAMPLE:
        return None
    url = voice.address("visitor.experiences.show", slug=experience.slug)
    summary = voice.text(experience.summary)
    offers = [
        _offer(voice.text(unit.name), unit.price, url) | _availability(free)
        for unit in experience.units
        if unit.price is not None and not unit.sample
    ]
    return {
        "@context": _CONTEXT,
        "@type": "Service",
        **voice.names(experience.name),
        **({"description": summary} if summary else {}),
        "url": url,
        "serviceType": experience.kind.value,
        "areaServed": {
            **voice.place(experience.place),
            "address": _address(destination, voice),
        },
        **_provider(experience.operator, voice),
        **({"offers": offers} if offers else {}),
    }


def _place_type(place: Place) -> str:
    return "TouristAttraction" if _is_attraction(place) else "Place"


def _is_attraction(place: Place) -> bool:
    return place.status is BuildStatus.BUILT and place.kind in _ATTRACTIONS


def _address(destination: Destination, voice: Voice) -> LinkedData:
    return {
        "@type": "PostalAddress",
        "addressLocality": voice.text(destination.name),
        "addressRegion": voice.text(destination.region),
        "addressCountry": destination.country,
    }


def _surroundings(parents: Sequence[Place], destination: Destination, voice: Voice) -> LinkedData:
    """The place right above, or the township."""
    return voice.place(parents[-1]) if parents else _whole(destination, voice)


def _whole(destination: Destination, voice: Voice) -> LinkedData:
    return {
        "@type": "TouristDestination",
        "name": voice.text(destination.name),
        "url": voice.address("visitor.home.index"),
        "address": _address(destination, voice),
    }


def _position(place: Place) -> LinkedData:
    if not place.is_navigable:
        return {}
    point = {"latitude": place.latitude, "longitude": place.longitude}
    return {"geo": {"@type": "GeoCoordinates", **point}}


def _properties(place: Place) -> list[LinkedData]:
    """How far the place exists; with a position, how far that can be trusted."""
    found = [_property("buildStatus", place.status.value)]
    if place.is_navigable:
        found.append(_property("positionAccuracy", place.accuracy_m) | {"unitCode": "MTR"})
    return found


def _property(name: str, value: str | int) -> LinkedData:
    return {"@type": "PropertyValue", "propertyID": name, "value": value}


def _offer(name: str, price: Money, url: str) -> LinkedData:
    return {
        "@type": "Offer",
        "name": name,
        "price": f"{price.amount // 100}.{price.amount % 100:02}",
        "priceCurrency": price.currency,
        "url": url,
    }


def _availability(free: FreeDays) -> LinkedData:
    if free.first is not None:
        room = {"availability": f"{_CONTEXT}/InStock"}
        return room | {"availabilityStarts": free.first.isoformat()}
    return {"availability": f"{_CONTEXT}/SoldOut"} if free.is_booked_out else {}


def _provider(operator: Operator, voice: Voice) -> LinkedData:
    if operator.sample:
        return {}
    return {"provider": {"@type": "Organization", "name": voice.text(operator.name)}}
