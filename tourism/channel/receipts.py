"""Our bookings as OCTO's: states, time stamps, the visitors one by one, and the code to show.

A party has one ticket, so OCTO's VOUCHER carries the code and the unit items carry none.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from flask_babel import gettext as _

from tourism.admissions.queries import find_first_admission
from tourism.bookings.models import Booking, BookingStatus, Sale
from tourism.bookings.models import Offer as Asked
from tourism.bookings.offers import open_offers
from tourism.bookings.sales import may_change, sold_places
from tourism.channel.catalogue import OPTION, option, pricing, product, unit_of
from tourism.channel.offers import Offer, as_availability, offers
from tourism.channel.schemas import bookings as octo
from tourism.channel.schemas.availability import Availability
from tourism.channel.seller import CONTENT, PRICING, current_channel, current_key, has
from tourism.core.money import Money
from tourism.experiences.models import Unit
from tourism.tickets.models import Ticket
from tourism.web.codes import ticket_code
from tourism.web.db import db_session
from tourism.web.filters import full_day, local, local_time

_CONTACT: dict[str, Any] = {
    "full_name": None,
    "first_name": None,
    "last_name": None,
    "email_address": None,
    "phone_number": None,
    "postal_code": None,
    "country": None,
    "notes": None,
    "locales": [],
}


def receipt(sale: Sale, now: datetime) -> octo.Booking:
    """A sale (with all of its booking loaded) as its channel sees it."""
    return receipts([sale], now)[0]


def receipts(sales: Sequence[Sale], now: datetime) -> list[octo.Booking]:
    """As `receipt`, for several."""
    asked = open_offers(db_session(), [sale.booking_id for sale in sales])
    return [_receipt(sale, now, asked.get(sale.booking_id)) for sale in sales]


def _receipt(sale: Sale, now: datetime, asked: Asked | None) -> octo.Booking:
    booking = sale.booking
    slot = booking.slot
    experience = slot.experience
    redeemed = _redeemed_at(booking)
    (offer,) = offers([slot], _sold(booking, now), 0, local(now))
    priced: dict[str, Any] = {}
    if has(PRICING) and booking.total is not None:
        priced = {"pricing": pricing(booking.total)}
    return octo.Booking(
        id=booking.reference,
        uuid=sale.uuid,
        test_mode=current_key().is_test,
        reseller_reference=sale.reseller_reference,
        supplier_reference=booking.reference,
        status=status_of(booking, now),
        utc_created_at=second(booking.created_at),
        utc_updated_at=second(sale.updated_at),
        utc_expires_at=booking.hold_expires_at and second(booking.hold_expires_at),
        utc_redeemed_at=redeemed if _is_all_in(booking) else None,
        utc_confirmed_at=booking.confirmed_at and second(booking.confirmed_at),
        product_id=experience.slug,
        product=product(experience, [slot.starts_at]),
        option_id=OPTION,
        option=option(experience, [slot.starts_at]),
        cancellable=may_change(booking, now, asked),
        cancellation=_cancellation(sale),
        freesale=False,
        availability_id=offer.id,
        availability=_availability(offer, asked),
        contact=contact(sale.contact),
        notes=booking.note or None,
        delivery_methods=["VOUCHER"],
        voucher=_voucher(booking, redeemed),
        unit_items=_items(sale, redeemed, now),
        **priced,
    )


def _availability(offer: Offer, asked: Asked | None) -> Availability:
    """The time of a booking; after a closure it says, with the content capability, what is kept
    for the party instead."""
    found = as_availability(offer)
    if asked is None or not has(CONTENT):
        return found
    return found.model_copy(update={"short_description": _offered(asked, offer)})


def _offered(asked: Asked, offer: Offer) -> str:
    until = f"{full_day(asked.answer_by)} {local_time(asked.answer_by)}"
    if asked.slot is None:
        words = _("The party cannot come then: move it or cancel it until %(until)s.", until=until)
        return str(words)
    (kept,) = offers([asked.slot], {}, 0, offer.at)
    words = _(
        "The party cannot come then. Places are kept for it at %(id)s: move it there or to"
        " another time, or cancel it, until %(until)s.",
        id=kept.id,
        until=until,
    )
    return str(words)


def status_of(booking: Booking, now: datetime) -> octo.BookingStatus:
    match booking.status:
        case BookingStatus.HELD:
            return "ON_HOLD" if booking.is_held_at(now) else "EXPIRED"
        case BookingStatus.EXPIRED:
            return "EXPIRED"
        case BookingStatus.CANCELLED:
            return "CANCELLED"
    return "REDEEMED" if _is_all_in(booking) else "CONFIRMED"


def contact(kept: Mapping[str, Any]) -> octo.Contact:
    return octo.Contact(**_CONTACT | dict(kept))


def second(instant: datetime) -> datetime:
    """OCTO's instants have no fractions of a second."""
    return instant.astimezone(UTC).replace(microsecond=0)


def _sold(booking: Booking, now: datetime) -> dict[int, int]:
    """What the channel has of the slot; it matters only where its share is limited."""
    channel = current_channel()
    if channel.share_percent is None:
        return {}
    return sold_places(db_session(), channel.id, [booking.slot_id], now)


def _cancellation(sale: Sale) -> octo.Cancellation | None:
    at = sale.booking.cancelled_at
    if at is None:
        return None
    return octo.Cancellation(refund="FULL", reason=sale.cancel_reason, utc_cancelled_at=second(at))


def _ticket(booking: Booking) -> Ticket | None:
    return next((ticket for ticket in booking.tickets if ticket.admits), None)


def _voucher(booking: Booking, redeemed: datetime | None) -> octo.Ticket:
    ticket = _ticket(booking)
    code = [
        octo.DeliveryOption(delivery_format="QRCODE", delivery_value=ticket_code(ticket))
        for ticket in ([ticket] if ticket else [])
    ]
    return octo.Ticket(
        redemption_method="DIGITAL",
        utc_redeemed_at=redeemed if _is_all_in(booking) else None,
        delivery_options=code,
    )


def _is_all_in(booking: Booking) -> bool:
    ticket = _ticket(booking)
    return ticket is not None and ticket.admitted >= ticket.party_size


def _redeemed_at(booking: Booking) -> datetime | None:
    """When the first of them came in."""
    ticket = _ticket(booking)
    if ticket is None or not ticket.admitted:
        return None
    first = find_first_admission(db_session(), ticket.id)
    return None if first is None else second(first.at)


def _items(sale: Sale, redeemed: datetime | None, now: datetime) -> list[octo.UnitItem]:
    """The visitors in the order in which the channel named them: as many as are in count as
    redeemed, for a gate counts a party's heads and asks for no names."""
    booking = sale.booking
    units = {unit.id: unit for unit in booking.slot.experience.units}
    prices = {each.unit_id: each.price_amount for each in booking.units}
    ticket = _ticket(booking)
    inside = ticket.admitted if ticket else 0
    status = status_of(booking, now)
    return [
        octo.UnitItem(
            uuid=item["uuid"],
            reseller_reference=item["reseller_reference"],
            supplier_reference=booking.reference,
            unit_id=units[item["unit_id"]].code,
            unit=unit_of(units[item["unit_id"]], list(units.values()), "pricing"),
            status="REDEEMED" if number < inside else status,
            utc_redeemed_at=redeemed if number < inside else None,
            contact=contact(item["contact"]),
            ticket=None,
            **_item_pricing(units[item["unit_id"]], prices.get(item["unit_id"])),
        )
        for number, item in enumerate(sale.items)
    ]


def _item_pricing(unit: Unit, amount: int | None) -> dict[str, Any]:
    """The price of the day of booking, which a later change of price leaves alone."""
    if not has(PRICING) or amount is None or unit.price_currency is None:
        return {}
    return {"pricing": pricing(Money(amount, unit.price_currency))}
