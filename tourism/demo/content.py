"""The file that describes a township's sample layer, checked before any of it is used."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any

from tourism.accounts.models import Role
from tourism.core.checking import Entry, Fault, is_number, is_whole, refuse_if_faulty
from tourism.experiences.models import ExperienceKind

_FILE = ("windows", "window_minutes", "units", "operators", "experiences", "gates", "people")
_BOOKINGS = ("guests", "parties", "fill")
_EXPERIENCE = ("id", "kind", "operator", "place", "name", "summary")
_NUMBERS = ("stay_minutes", "capacity")
_HOURS = ("opens", "closes")  # both: open all day, without arrival windows
_OPTIONAL = ("festival", "crop", *_HOURS)


@dataclass(frozen=True, slots=True)
class Known:
    """What a sample may stand on, as slugs."""

    places: Collection[str]
    festivals: Collection[str]


def check(document: object, known: Known) -> list[Fault]:
    """Every fault of a sample file."""
    faults: list[Fault] = []
    file = Entry("file", faults)
    members = file.members("", document, _FILE, ("note", *_BOOKINGS))
    _check_windows(file, members)
    entries = {key: _objects(file, key, members.get(key)) for key in _FILE[2:]}
    codes = [str(unit.get("code")) for unit in entries["units"]]
    operators = [str(operator.get("id")) for operator in entries["operators"]]
    for unit in entries["units"]:
        _check_unit(Entry(f"unit {unit.get('code')}", faults), unit)
    for operator in entries["operators"]:
        _check_named(Entry(str(operator.get("id")), faults), operator, ("id", "name"), ("phone",))
    for experience in entries["experiences"]:
        entry = Entry(str(experience.get("id")), faults)
        _check_experience(entry, experience, codes, operators, known)
    for gate in entries["gates"]:
        entry = Entry(str(gate.get("id")), faults)
        _check_named(entry, gate, ("id", "name", "place"), ("operator",))
        entry.one_of("place", gate.get("place"), known.places)
        entry.one_of("operator", gate.get("operator"), operators)
    for person in entries["people"]:
        entry = Entry(str(person.get("email")), faults)
        entry.members("", person, ("email", "name", "role"), ("operator",))
        entry.one_of("role", person.get("role"), Role)
        entry.one_of("operator", person.get("operator"), operators)
    _check_bookings(file, members, codes)
    return faults


def checked(document: Any, known: Known) -> dict[str, Any]:
    """The document; raises BadFileError with every fault."""
    refuse_if_faulty(check(document, known))
    content: dict[str, Any] = document
    return content


def _objects(file: Entry, key: str, value: object) -> list[dict[str, Any]]:
    items = file.items(key, value)
    for number, item in enumerate(items):
        if not isinstance(item, dict):
            file.fault(f"{key}[{number}]", "is not an object {…}")
    return [item for item in items if isinstance(item, dict)]


def _check_windows(file: Entry, members: Mapping[str, Any]) -> None:
    for number, text in enumerate(file.items("windows", members.get("windows"))):
        try:
            time.fromisoformat(str(text))
        except ValueError:
            file.fault(f"windows[{number}]", "must be a time of day, like 08:00")
    if not is_whole(members.get("window_minutes", 1), 1):
        file.fault("window_minutes", "must be a whole number of minutes")


def _check_hours(entry: Entry, value: Mapping[str, Any]) -> None:
    given = [str(value[key]) for key in _HOURS if key in value]
    try:
        hours = [time.fromisoformat(text) for text in given]
    except ValueError:
        hours = []
    if given and not (len(hours) == len(_HOURS) and hours[0] < hours[1]):
        entry.fault("opens", "and closes must be two times of day in order, like 09:00 and 17:00")


def _check_bookings(file: Entry, members: Mapping[str, Any], codes: Collection[str]) -> None:
    """Bookings need people, parties and shares: all three or none."""
    if any(key in members for key in _BOOKINGS):
        for key in (key for key in _BOOKINGS if not members.get(key)):
            file.fault(key, "is missing, as bookings need it")
    for number, guest in enumerate(file.items("guests", members.get("guests"))):
        file.members(f"guests[{number}]", guest, ("name", "phone"))
    for number, party in enumerate(file.items("parties", members.get("parties"))):
        where = f"parties[{number}]"
        for code, people in file.members(where, party, (), codes).items():
            if not is_whole(people, 1):
                file.fault(f"{where}.{code}", "must be a whole number, at least 1")
    for number, shares in enumerate(file.items("fill", members.get("fill"))):
        where = f"fill[{number}]"
        if not all(is_number(share) and 0 <= share <= 1 for share in file.items(where, shares)):
            file.fault(where, "must hold shares from 0 to 1, one for each window")


def _check_named(
    entry: Entry, value: object, required: Collection[str], optional: Collection[str] = ()
) -> None:
    members = entry.members("", value, required, optional)
    entry.slug("id", members.get("id"))
    entry.texts("name", members.get("name"))


def _check_unit(entry: Entry, unit: Mapping[str, Any]) -> None:
    entry.members("", unit, ("code", "name", "comes_alone"), ("hint",))
    entry.slug("code", unit.get("code"))
    entry.texts("name", unit.get("name"))
    entry.texts("hint", unit.get("hint"))


def _check_experience(
    entry: Entry,
    value: Mapping[str, Any],
    codes: Collection[str],
    operators: Collection[str],
    known: Known,
) -> None:
    _check_named(entry, value, (*_EXPERIENCE, *_NUMBERS, "prices"), _OPTIONAL)
    _check_hours(entry, value)
    entry.texts("summary", value.get("summary"))
    entry.one_of("kind", value.get("kind"), ExperienceKind)
    entry.one_of("operator", value.get("operator"), operators)
    entry.one_of("place", value.get("place"), known.places)
    entry.one_of("festival", value.get("festival"), known.festivals)
    for key in _NUMBERS:
        if value.get(key) is not None and not is_whole(value[key], 1):
            entry.fault(key, "must be a whole number, at least 1")
    prices = value.get("prices")
    if not isinstance(prices, dict):
        return
    for code, price in prices.items():
        entry.one_of("prices", code, codes)
        if not is_whole(price, 0):
            entry.fault(f"prices.{code}", "must be in whole minor units, at least 0")
