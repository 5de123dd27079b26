"""What an officer types about an experience and its price list, read into typed values."""

from collections.abc import Container
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from flask import g
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField

from tourism.core.languages import LANGUAGES, Texts
from tourism.destination.queries import all_places
from tourism.experiences.catalogue import Facts
from tourism.experiences.models import Experience, ExperienceKind, Unit
from tourism.experiences.price_lists import NewUnit
from tourism.festivals.queries import crops_by_slug, festivals
from tourism.web.forms import LineField, TextField, required
from tourism.web.typed_forms import TypedForm, in_three, three_languages

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
LONGEST_SUMMARY = 300
KINDS = {
    ExperienceKind.PICKING: _l("Picking"),
    ExperienceKind.VISIT: _l("Guided visit"),
    ExperienceKind.BOAT_TRIP: _l("Boat trip"),
}
_USUAL = {
    "stay": "120",
    "booking_cutoff": "15",
    "cancel_cutoff": "2",
    "days_ahead": "30",
    "kind": ExperienceKind.PICKING.value,
    "arrival": "times",
}


@three_languages(
    "name", _l("What it is called"), most=80, first=required(_l("Enter what it is called."))
)
@three_languages(
    "summary",
    _l("One sentence about it"),
    most=LONGEST_SUMMARY,
    first=required(_l("Say in one sentence what visitors do there.")),
    kind=TextField,
)
class ExperienceForm(TypedForm):
    kind = LineField(_l("What it is"))
    place = LineField(_l("Place"))
    festival = LineField(_l("Festival"))
    crop = LineField(_l("Fruit or flower"))
    arrival = LineField(_l("When people come"))
    stay = LineField(_l("How long people stay (minutes)"))
    booking_cutoff = LineField(_l("Booking ends before the end of a time (minutes)"))
    cancel_cutoff = LineField(_l("Free cancelling ends before a time begins (hours)"))
    days_ahead = LineField(_l("Can be booked ahead (days)"))

    def read(self, session: "Session", kept: Experience | None = None) -> Facts | None:
        """What was typed, or None when something was refused. A place or festival that was kept
        may stay although nobody could choose it now."""
        places = {str(each.id): each.id for each in all_places(session)}
        known_festivals = {str(each.id): each.id for each in festivals(session)}
        if kept is not None:
            places[str(kept.place_id)] = kept.place_id
        self._one_of("kind", {*ExperienceKind}, _("Choose one of these."))
        self._one_of("place", places, _("Choose the place."))
        self._one_of("festival", {"", *known_festivals}, _("Choose one of these."))
        known_crops = {"", *crops_by_slug(session), kept.crop if kept and kept.crop else ""}
        self._one_of("crop", known_crops, _("Choose one of these."))
        self._one_of("arrival", {"times", "day"}, _("Choose one of these."))
        stay, booking = self.number("stay", 5, 1440), self.number("booking_cutoff", 0, 10_080)
        cancel, ahead = self.number("cancel_cutoff", 0, 720), self.number("days_ahead", 1, 366)
        if self.errors:
            return None
        return Facts(
            kind=ExperienceKind(str(self.kind.data)),
            place_id=places[str(self.place.data)],
            festival_id=known_festivals.get(self.festival.data or ""),
            crop=self.crop.data or None,
            name=self.texts("name"),
            summary=self.texts("summary"),
            stay=(stay or 0) * _MINUTE,
            booking_cutoff=(booking or 0) * _MINUTE,
            cancel_cutoff=(cancel or 0) * _HOUR,
            days_ahead=ahead or 1,
            all_day=self.arrival.data == "day",
        )

    def _one_of(self, name: str, known: Container[str], words: str) -> None:
        if (self[name].data or "") not in known:
            self.refuse(name, words)


def usual_values() -> dict[str, str]:
    """What an empty form proposes."""
    return dict(_USUAL)


def kept_values(experience: Experience) -> dict[str, str]:
    """An experience as the form has it."""
    values = {
        "kind": experience.kind.value,
        "place": experience.place_id,
        "festival": experience.festival_id or "",
        "crop": experience.crop or "",
        "arrival": "day" if experience.all_day else "times",
        "stay": round(experience.stay / _MINUTE),
        "booking_cutoff": round(experience.booking_cutoff / _MINUTE),
        "cancel_cutoff": round(experience.cancel_cutoff / _HOUR),
        "days_ahead": experience.days_ahead,
    }
    texts = in_three(experience.name, "name") | in_three(experience.summary, "summary")
    return {name: str(value) for name, value in values.items()} | texts


@three_languages(
    "name", _l("What it is called"), most=40, first=required(_l("Enter what it is called."))
)
@three_languages("hint", _l("Who that is"), most=80)
class UnitForm(TypedForm):
    cost = LineField(_l("Price"))
    comes_alone = BooleanField(_l("May come without anybody else"))

    def read(self) -> NewUnit | None:
        """What was typed, or None when something was refused."""
        price = self.price("cost")
        if self.errors:
            return None
        return NewUnit(
            name=self.texts("name"),
            hint=self.texts("hint"),
            price_amount=price,
            price_currency=None if price is None else g.destination.currency,
            comes_alone=bool(self.comes_alone.data),
        )


def unit_values(unit: Unit) -> dict[str, object]:
    """A kind of visitor as the form has it."""
    cost = "" if unit.price_amount is None else f"{Decimal(unit.price_amount) / 100:f}"
    texts = in_three(unit.name, "name") | in_three(unit.hint, "hint")
    return texts | {"cost": cost, "comes_alone": unit.comes_alone}


def usual_units() -> list[NewUnit]:
    """Whom a new experience begins with: adults, and children who come with them. No price is
    known yet."""
    adult = NewUnit(_in_all(_l("Adult")), {}, None, None, comes_alone=True)
    child = NewUnit(_in_all(_l("Child")), {}, None, None, comes_alone=False)
    return [adult, child]


def _in_all(words: object) -> Texts:
    """Words of our catalogues in each language."""
    texts = {}
    for tag in LANGUAGES:
        with force_locale(tag.replace("-", "_")):
            texts[tag] = str(words)
    return texts
