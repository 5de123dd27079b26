"""The party form: how many of each unit come, as typed, counted and corrected."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from tourism.bookings.errors import (
    PartyEmptyError,
    PartyError,
    PartyNeedsCompanyError,
    PartyTooLargeError,
)
from tourism.bookings.party import Party
from tourism.experiences.models import Experience, Unit

_FIELD = re.compile(r"unit_(\d{1,9})")
_MOST_DIGITS = 4
DEFAULT_ADULTS = 2


@dataclass(frozen=True, slots=True)
class Row:
    """One unit in the form."""

    unit: Unit
    typed: str
    number: int
    error: str | None
    can_have_more: bool

    @property
    def field(self) -> str:
        return field_of(self.unit.id)


@dataclass(frozen=True, slots=True)
class PartyForm:
    """The form as it is shown: rows, and what is wrong with the party as a whole."""

    rows: Sequence[Row]
    error: str | None = None

    @property
    def size(self) -> int:
        return sum(row.number for row in self.rows)

    @property
    def party(self) -> Party:
        return Party([(row.unit, row.number) for row in self.rows if row.number])

    @property
    def asked(self) -> dict[str, int]:
        """The party as the query of an address that leads to its form."""
        return {row.field: row.number for row in self.rows if row.number}

    @property
    def are_prices_known(self) -> bool:
        return all(row.unit.price is not None for row in self.rows)

    @property
    def faults(self) -> dict[str, str]:
        """Each error by the id of the field that it is about."""
        faults = {row.field: row.error for row in self.rows if row.error}
        if self.error and self.rows:
            faults.setdefault(self.rows[0].field, self.error)
        return faults


def field_of(unit_id: int) -> str:
    return f"unit_{unit_id}"


def typed_quantities(values: Mapping[str, str]) -> dict[int, str]:
    """What the request says for each unit id, as typed."""
    found = ((_FIELD.fullmatch(name), text) for name, text in values.items())
    return {int(match[1]): text for match, text in found if match}


def quantities(typed: Mapping[int, str]) -> dict[int, int] | None:
    """The numbers of people by unit id; nothing if one of them is no number."""
    numbers = {key: _number(text) for key, text in typed.items()}
    known = {key: number for key, number in numbers.items() if number is not None}
    return known if len(known) == len(numbers) else None


def addressed(booked: Iterable[tuple[int, int]]) -> dict[str, int]:
    """A party by unit id, as the query of an address that leads to its form."""
    return {field_of(unit_id): quantity for unit_id, quantity in booked}


def pressed_step(values: Mapping[str, str]) -> tuple[int, int] | None:
    """The key of a stepper that was pressed: whose number goes up or down."""
    for name, change in (("more", 1), ("less", -1)):
        if values.get(name, "").isdecimal():
            return int(values[name]), change
    return None


def party_form(
    experience: Experience,
    typed: Mapping[int, str],
    step: tuple[int, int] | None = None,
    error: PartyError | None = None,
) -> PartyForm:
    """The form for what was typed; nothing typed is a couple. A step is a unit id and ±1."""
    if not typed:
        typed = {experience.units[0].id: str(DEFAULT_ADULTS)} if experience.units else {}
    largest = experience.largest_party
    shown = {
        unit.id: _shown(unit, typed.get(unit.id, ""), step, largest) for unit in experience.units
    }
    size = sum(_number(text) or 0 for text in shown.values())
    rows = [_row(unit, shown[unit.id], largest, size) for unit in experience.units]
    return PartyForm(rows, _words(error, experience) if error else None)


def _shown(unit: Unit, typed: str, step: tuple[int, int] | None, largest: int) -> str:
    number = _number(typed)
    if number is None:
        return typed.strip()
    if step and step[0] == unit.id:
        number += step[1]
    return str(max(0, min(number, largest) if step else number))


def _row(unit: Unit, text: str, largest: int, size: int) -> Row:
    number = _number(text)
    error = None if number is not None else _("A whole number, from 0 to %(most)s.", most=largest)
    return Row(unit, text, number or 0, error, can_have_more=size < largest)


def _number(text: str) -> int | None:
    """A whole number of people; nothing typed is nobody."""
    digits = text.strip() or "0"
    return int(digits) if digits.isdecimal() and len(digits) <= _MOST_DIGITS else None


def _words(error: PartyError, experience: Experience) -> str:
    words: str
    match error:
        case PartyEmptyError():
            words = _("Nobody is coming yet: at least one person.")
        case PartyTooLargeError():
            words = _(
                "At most %(most)s people on one booking. Please split a larger group.",
                most=experience.largest_party,
            )
        case PartyNeedsCompanyError():
            words = _("They cannot come alone: add at least one person who looks after them.")
        case _:
            words = _("Please choose again who is coming.")
    return words
