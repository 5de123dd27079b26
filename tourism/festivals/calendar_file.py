"""A calendar file (JSON) of crops and festivals: check it whole and turn it into rows.

`docs/destination-file.md` describes the format. What the file itself calls unconfirmed never
becomes a column: an edition's number and its dates stay empty until the file confirms them, and
the usual window of a festival is not read at all.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from tourism.core.checking import Entry, Fault, doubles, is_whole
from tourism.festivals.models import Confidence, CropKind
from tourism.festivals.seasons import DayOfYear

_CROP = ("id", "kind", "name", "window", "peak", "confidence")
_FESTIVAL = ("id", "name", "venues", "next_edition")
_FESTIVAL_OPTIONAL = ("crop", "editions", "window", "programme", "source", "note")
_EDITION_CONFIDENCE = ("documented", "inferred")
_KEPT_OF_EDITION = ("edition", "year", "confidence", "opening")


def check(document: object, *, places: Collection[str]) -> list[Fault]:
    """Every fault of a calendar file; ``places`` are the slugs where a festival may be held."""
    faults: list[Fault] = []
    entry = Entry("file", faults)
    members = entry.members("", document, ("crops", "festivals"), ("schema", "sources", "note"))
    crops = _entries(entry, "crops", members.get("crops"), faults)
    festivals = _entries(entry, "festivals", members.get("festivals"), faults)
    fruits = [name for name, crop in crops if crop.get("kind") == CropKind.FRUIT]
    sources = members.get("sources")
    known = list(sources) if isinstance(sources, dict) else []
    for name, crop in crops:
        _check_crop(Entry(name, faults), crop, fruits)
        _check_sources(Entry(name, faults), crop, known)
    for name, festival in festivals:
        _check_festival(Entry(name, faults), festival, [name for name, _ in crops], places)
        _check_sources(Entry(name, faults), festival, known)
    return faults


def _entries(
    file: Entry, key: str, value: object, faults: list[Fault]
) -> list[tuple[str, dict[str, Any]]]:
    """The objects of a list with the names their faults go by."""
    found: list[tuple[str, dict[str, Any]]] = []
    for number, item in enumerate(file.items(key, value), 1):
        slug = item.get("id") if isinstance(item, dict) else None
        name = slug if isinstance(slug, str) and slug else f"{key} {number}"
        if isinstance(item, dict):
            found.append((name, item))
            Entry(name, faults).slug("id", slug)
        else:
            file.fault(f"{key}[{number - 1}]", "is not an object {…}")
    for slug in doubles(name for name, _ in found):
        faults.append(Fault(slug, "id", f"is used more than once among the {key}"))
    return found


def _check_crop(entry: Entry, crop: Mapping[str, Any], fruits: Sequence[str]) -> None:
    entry.members("", crop, _CROP, ("of", "source", "note"))
    entry.texts("name", crop.get("name"))
    entry.one_of("kind", crop.get("kind"), CropKind)
    entry.one_of("confidence", crop.get("confidence"), Confidence)
    entry.one_of("of", crop.get("of"), fruits)
    window, peak = (_days(entry, key, crop.get(key)) for key in ("window", "peak"))
    if window and peak and not all(_within(day, window) for day in peak):
        entry.fault("peak", "reaches beyond the window")


def _days(entry: Entry, where: str, value: object) -> tuple[DayOfYear, DayOfYear] | None:
    try:
        if isinstance(value, list) and len(value) == 2:
            return DayOfYear.parse(str(value[0])), DayOfYear.parse(str(value[1]))
    except ValueError:
        pass
    if value is not None:
        entry.fault(where, 'must be two days of the year, like ["05-20", "06-20"]')
    return None


def _within(day: DayOfYear, window: tuple[DayOfYear, DayOfYear]) -> bool:
    first, last = window
    return first <= day <= last if first <= last else day >= first or day <= last


def _check_festival(
    entry: Entry, festival: Mapping[str, Any], crops: Sequence[str], places: Collection[str]
) -> None:
    entry.members("", festival, _FESTIVAL, _FESTIVAL_OPTIONAL)
    entry.texts("name", festival.get("name"))
    entry.one_of("crop", festival.get("crop"), crops)
    entry.slugs("venues", festival.get("venues"))
    for venue in entry.items("venues", festival.get("venues")):
        if isinstance(venue, str) and venue not in places:
            entry.fault("venues", f"names “{venue}”, which is no place of the destination")
    _check_editions(entry, festival.get("editions"))
    _check_next(entry, festival.get("next_edition"))
    for number, item in enumerate(entry.items("programme", festival.get("programme"))):
        where = f"programme[{number}]"
        value = entry.members(where, item, ("id", "name"), ("source", "note"))
        entry.slug(f"{where}.id", value.get("id"))
        entry.texts(f"{where}.name", value.get("name"))


def _check_editions(entry: Entry, value: object) -> None:
    """Editions that were held, oldest first."""
    last = (0, 0)
    for number, item in enumerate(entry.items("editions", value)):
        where = f"editions[{number}]"
        edition = entry.members(
            where, item, ("edition", "year", "confidence"), ("opening", "source", "why")
        )
        entry.one_of(f"{where}.confidence", edition.get("confidence"), _EDITION_CONFIDENCE)
        if "opening" in edition:
            _days(entry, f"{where}.opening", [edition["opening"]] * 2)
        this: Any = (edition.get("edition"), edition.get("year"))
        if not all(is_whole(each, 1) for each in this):
            entry.fault(where, "needs an edition and a year as whole numbers")
        elif this[0] <= last[0] or this[1] <= last[1]:
            entry.fault(where, "does not follow the one before: write the oldest first")
        else:
            last = this


def _check_next(entry: Entry, value: object) -> None:
    where = "next_edition"
    edition = entry.members(where, value, ("confirmed",), ("number", "from", "to", "note"))
    if not isinstance(edition.get("confirmed"), bool):
        entry.fault(f"{where}.confirmed", "must be true or false")
    number = edition.get("number")
    if number is None and edition.get("confirmed") is True:
        entry.fault(f"{where}.number", "is missing from a confirmed edition")
    elif number is not None and not is_whole(number, 1):
        entry.fault(f"{where}.number", "must be a whole number, at least 1")
    first, last = (_date(entry, f"{where}.{key}", edition.get(key)) for key in ("from", "to"))
    if (first is None) != (last is None):
        entry.fault(where, "needs both “from” and “to”, or neither")
    elif first and last and last < first:
        entry.fault(where, "ends before it begins")


def _date(entry: Entry, where: str, value: object) -> date | None:
    try:
        return None if value is None else date.fromisoformat(str(value))
    except ValueError:
        entry.fault(where, "must be a date, like 2027-05-20")
        return None


def _check_sources(entry: Entry, value: object, known: Sequence[str]) -> None:
    """Every `source`, however deep, names one of the file's sources."""
    if isinstance(value, list):
        for item in value:
            _check_sources(entry, item, known)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key != "source":
                _check_sources(entry, item, known)
                continue
            for name in entry.items("source", item):
                if name not in known:
                    entry.fault("source", f"names “{name}”, which is not among the sources")


def crop_values(crop: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a crop but for its rank, from a checked file."""
    return {
        "slug": crop["id"],
        "kind": CropKind(crop["kind"]),
        "fruit_slug": crop.get("of"),
        "name": crop["name"],
        "starts": crop["window"][0],
        "ends": crop["window"][1],
        "peak_starts": crop["peak"][0],
        "peak_ends": crop["peak"][1],
        "confidence": Confidence(crop["confidence"]),
    }


def festival_values(festival: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a festival but for its crop and rank. Number and dates are among them only
    when the file confirms them; what the office has announced is otherwise left alone."""
    values = {
        "slug": festival["id"],
        "name": festival["name"],
        "venues": festival["venues"],
        "programme": [
            {"id": item["id"], "name": item["name"]} for item in festival.get("programme") or []
        ],
        "past_editions": [
            {key: item[key] for key in _KEPT_OF_EDITION if key in item}
            for item in festival.get("editions") or []
        ],
    }
    coming = festival["next_edition"]
    if not coming["confirmed"]:
        return values
    values["edition"] = coming["number"]
    if coming.get("from"):
        dates = {"starts_on": coming["from"], "ends_on": coming["to"]}
        values |= {key: date.fromisoformat(day) for key, day in dates.items()} | {"sample": False}
    return values
