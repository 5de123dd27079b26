"""Who comes on one booking: which parties are taken, and what they pay."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tourism.bookings.errors import (
    PartyEmptyError,
    PartyError,
    PartyNeedsCompanyError,
    PartyTooLargeError,
    UnknownUnitError,
)
from tourism.core.money import Money
from tourism.experiences.models import Experience, Unit


@dataclass(frozen=True, slots=True)
class Party:
    """A party that may come: each unit with how many of it, none of them zero."""

    units: Sequence[tuple[Unit, int]]

    @property
    def size(self) -> int:
        return sum(quantity for _, quantity in self.units)

    @property
    def total(self) -> Money | None:
        """What they pay together; nothing while one price is unknown."""
        prices = [unit.price and unit.price * quantity for unit, quantity in self.units]
        known = [price for price in prices if price is not None]
        if len(known) < len(prices) or len({price.currency for price in known}) != 1:
            return None
        return sum(known[1:], known[0])


def checked_party(experience: Experience, wanted: Mapping[int, int]) -> Party:
    """The party of these quantities by unit id. Raises a PartyError that says what is wrong."""
    known = {unit.id: unit for unit in experience.units}
    if unknown := wanted.keys() - known.keys():
        raise UnknownUnitError(units=sorted(unknown))
    if min(wanted.values(), default=0) < 0:
        raise PartyError(least=min(wanted.values()))
    party = Party([(unit, wanted[key]) for key, unit in known.items() if wanted.get(key)])
    if not party.units:
        raise PartyEmptyError
    if party.size > experience.largest_party:
        raise PartyTooLargeError(largest=experience.largest_party)
    if not any(unit.comes_alone for unit, _ in party.units):
        raise PartyNeedsCompanyError
    return party
