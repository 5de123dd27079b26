"""Our experiences as OCTO's products."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from flask import g, request
from flask_babel import gettext as _
from flask_babel import ngettext

from tourism.channel.schemas import products as octo
from tourism.channel.schemas.content import (
    Feature,
    Identifiers,
    Location,
    PlaceOfLocation,
    PostalAddress,
)
from tourism.channel.schemas.pricing import Pricing, UnitPricing
from tourism.channel.seller import CONTENT, PRICING, current_channel, has
from tourism.core.money import Money
from tourism.destination.models import Place
from tourism.experiences.models import Experience, ExperienceKind, Unit
from tourism.web.filters import text
from tourism.web.languages import current_language

OPTION = "DEFAULT"
PRECISION = 2  # CNY and its like; the destination's currency decides
_TYPES = {
    "adult": "ADULT",
    "youth": "YOUTH",
    "child": "CHILD",
    "infant": "INFANT",
    "family": "FAMILY",
    "senior": "SENIOR",
    "student": "STUDENT",
}
_LABELS = {
    ExperienceKind.PICKING: ["outdoors", "food", "family-friendly"],
    ExperienceKind.VISIT: ["outdoors"],
    ExperienceKind.BOAT_TRIP: ["outdoors"],
}


def zone() -> ZoneInfo:
    return ZoneInfo(g.destination.time_zone)


def supplier() -> octo.Supplier:
    """The township is who sells; operators are behind its products."""
    destination = g.destination
    content: dict[str, Any] = {}
    if has(CONTENT):
        content = {"short_description": text(destination.region), "media": []}
    return octo.Supplier(
        id=destination.slug,
        name=text(destination.site_name),
        endpoint=f"{request.root_url.rstrip('/')}/octo",
        contact=octo.SupplierContact(
            website=request.root_url, email=None, telephone=None, address=text(destination.region)
        ),
        **content,
    )


def product(experience: Experience, starts: Iterable[datetime]) -> octo.Product:
    """An experience whose coming slots begin at these instants."""
    return octo.Product(
        id=experience.slug,
        internal_name=text(experience.name),
        reference=experience.slug,
        locale=current_language(),
        time_zone=g.destination.time_zone,
        allow_freesale=False,
        instant_confirmation=True,
        instant_delivery=True,
        availability_required=True,
        availability_type="OPENING_HOURS" if experience.all_day else "START_TIME",
        delivery_formats=["QRCODE"],
        delivery_methods=["VOUCHER"],
        redemption_method="DIGITAL",
        options=[option(experience, starts)],
        **_product_pricing(),
        **_content(experience),
    )


def option(experience: Experience, starts: Iterable[datetime]) -> octo.Option:
    amount, unit = _cutoff(experience.cancel_cutoff)
    return octo.Option(
        id=OPTION,
        default=True,
        internal_name=text(experience.name),
        reference=None,
        availability_local_start_times=_start_times(experience, starts),
        cancellation_cutoff=_cutoff_words(amount, unit),
        cancellation_cutoff_amount=amount,
        cancellation_cutoff_unit=unit,
        required_contact_fields=[],
        restrictions=octo.OptionRestrictions(min_units=1, max_units=experience.largest_party),
        units=[unit_of(each, experience.units, "pricing_from") for each in experience.units],
        **_content(experience),
    )


def unit_of(
    unit: Unit, all_units: Collection[Unit], priced: Literal["pricing_from", "pricing"]
) -> octo.Unit:
    """A unit as it stands in a product, or (``priced="pricing"``) in a booking."""
    alone = [each.code for each in all_units if each.comes_alone]
    prices: dict[str, Any] = {priced: _prices(unit)} if has(PRICING) else {}
    return octo.Unit.model_validate(
        {
            "id": unit.code,
            "internal_name": text(unit.name),
            "reference": None,
            "type": _TYPES.get(unit.code, "OTHER"),
            "restrictions": octo.UnitRestrictions(
                min_age=0,
                max_age=100,
                id_required=False,
                min_quantity=None,
                max_quantity=None,
                pax_count=1,
                accompanied_by=[] if unit.comes_alone else alone,
            ),
            "required_contact_fields": [],
            **prices,
            **_unit_content(unit),
        }
    )


def pricing(price: Money) -> Pricing:
    return Pricing(**_amounts(price))


def unit_pricing(units: Sequence[Unit]) -> list[UnitPricing]:
    """What each unit costs; one whose price is not known is left out."""
    return [
        UnitPricing(unit_id=unit.code, **_amounts(unit.price))
        for unit in units
        if unit.price is not None
    ]


def _prices(unit: Unit) -> list[Pricing]:
    return [] if unit.price is None else [pricing(unit.price)]


def _amounts(price: Money) -> dict[str, Any]:
    """The shown price contains everything; the net one leaves the channel its commission."""
    commission = current_channel().commission_percent
    return {
        "original": price.amount,
        "retail": price.amount,
        "net": None if commission is None else price.amount * (100 - commission) // 100,
        "currency": price.currency,
        "currency_precision": PRECISION,
        "included_taxes": [],
    }


def _product_pricing() -> dict[str, Any]:
    if not has(PRICING):
        return {}
    currency = g.destination.currency
    return {
        "default_currency": currency,
        "available_currencies": [currency],
        "pricing_per": "UNIT",
    }


def _content(experience: Experience) -> dict[str, Any]:
    if not has(CONTENT):
        return {}
    return {
        "title": text(experience.name),
        "short_description": text(experience.summary) or None,
        "description": text(experience.place.summary) or None,
        "features": _features(experience),
        "faqs": [],
        "media": [],
        "locations": [_location(place) for place in [experience.place] if place.is_navigable],
        "category_labels": _LABELS[experience.kind],
        "duration_minutes_from": experience.stay // timedelta(minutes=1),
        "duration_minutes_to": None,
        "commentary": [],
    }


def _features(experience: Experience) -> list[Feature]:
    amount, unit = _cutoff(experience.cancel_cutoff)
    features = [
        Feature(
            type="REDEMPTION_INSTRUCTION",
            short_description=_("Show the QR code of the ticket at the entrance."),
        ),
        Feature(type="CANCELLATION_TERM", short_description=_cutoff_words(amount, unit)),
    ]
    if experience.sample:
        sample = _("Sample data: not a real offer.")
        features.append(Feature(type="PREBOOKING_INFORMATION", short_description=sample))
    return features


def _unit_content(unit: Unit) -> dict[str, Any]:
    if not has(CONTENT):
        return {}
    hint = {"short_description": text(unit.hint)} if text(unit.hint) else {}
    return {"title": text(unit.name), "features": [], **hint}


def _location(place: Place) -> Location:
    """Only of a place whose position is sure: to one that is drawn somebody would drive."""
    return Location(
        title=text(place.name),
        short_description=text(place.summary) or None,
        types=["START", "REDEMPTION"],
        minutes_to=None,
        minutes_at=None,
        place=PlaceOfLocation(
            latitude=place.latitude,
            longitude=place.longitude,
            postal_address=_address(),
            identifiers=Identifiers(**dict.fromkeys(Identifiers.model_fields)),
            same_as=[],
        ),
    )


def _address() -> PostalAddress:
    return PostalAddress(
        street_address=None,
        address_locality=text(g.destination.name),
        address_region=text(g.destination.region),
        postal_code=None,
        address_country=g.destination.country,
        post_office_box_number=None,
    )


def _start_times(experience: Experience, starts: Iterable[datetime]) -> list[str]:
    if experience.all_day:
        return ["00:00"]
    here = zone()
    return sorted({f"{start.astimezone(here):%H:%M}" for start in starts}) or ["00:00"]


def _cutoff(length: timedelta) -> tuple[int, octo.CutoffUnit]:
    minutes = length // timedelta(minutes=1)
    if minutes and minutes % 1440 == 0:
        return minutes // 1440, "day"
    if minutes and minutes % 60 == 0:
        return minutes // 60, "hour"
    return minutes, "minute"


def _cutoff_words(amount: int, unit: octo.CutoffUnit) -> str:
    words = {
        "day": ngettext(
            "Free to cancel until %(num)s day before.",
            "Free to cancel until %(num)s days before.",
            amount,
        ),
        "hour": ngettext(
            "Free to cancel until %(num)s hour before.",
            "Free to cancel until %(num)s hours before.",
            amount,
        ),
        "minute": ngettext(
            "Free to cancel until %(num)s minute before.",
            "Free to cancel until %(num)s minutes before.",
            amount,
        ),
    }
    return str(words[unit])
