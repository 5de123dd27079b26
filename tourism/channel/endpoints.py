"""Everything that a channel can ask, with the examples that tests really ask."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _l

from tourism.channel.schemas.availability import (
    Availability,
    AvailabilityCalendar,
    AvailabilityQuery,
    CalendarQuery,
)
from tourism.channel.schemas.bookings import Booking, Cancel, Confirm, Extend, Reserve, Update
from tourism.channel.schemas.notifications import ChangeSubscription, Subscribe, Subscription
from tourism.channel.schemas.products import Product, Supplier
from tourism.channel.schemas.wire import Answer, Asked, Capability

EXAMPLE_UUID = "6f5a1f0e-3c1b-4f2e-9a64-0d8f2b7c5e11"
EXAMPLE_SUBSCRIPTION = "0b9c2f6e-58d1-4a37-b0d4-6a1f4c9e7d20"
EXAMPLE_DAY = "2027-05-30"
_PRODUCT: Mapping[str, Any] = {"productId": "cherry-picking", "optionId": "DEFAULT"}
_TWO_ADULTS: Mapping[str, Any] = {
    **_PRODUCT,
    "localDateStart": EXAMPLE_DAY,
    "localDateEnd": EXAMPLE_DAY,
    "units": [{"id": "adult", "quantity": 2}],
}
_CONTACT: Mapping[str, Any] = {
    "fullName": "Wang Xiaomei",
    "phoneNumber": "+86 138 0013 8000",
    "country": "CN",
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be asked. ``example`` is what a test really asks."""

    id: str
    method: str
    path: str
    summary: Any  # a lazy text
    answer: type[Answer]
    many: bool = False
    asked: type[Asked] | None = None
    query: Mapping[str, str] = field(default_factory=dict)  # name → format
    example: Mapping[str, Any] | None = None

    @property
    def example_path(self) -> str:
        """Its address as the example asks for it."""
        path = self.path.replace("{uuid}", EXAMPLE_UUID).replace("{id}", _PRODUCT["productId"])
        path = path.replace("{subscriptionId}", EXAMPLE_SUBSCRIPTION)
        return f"{path}?localDate={EXAMPLE_DAY}" if self.query else path


OPERATIONS: Sequence[Operation] = (
    Operation("getSupplier", "get", "/supplier", _l("Who sells: the township's office"), Supplier),
    Operation("listProducts", "get", "/products", _l("All that you may sell"), Product, many=True),
    Operation("getProduct", "get", "/products/{id}", _l("One product"), Product),
    Operation(
        "listCapabilities",
        "get",
        "/capabilities",
        _l("What this server can do beyond the core"),
        Capability,
        many=True,
    ),
    Operation(
        "listCalendar",
        "post",
        "/availability/calendar",
        _l("Which days have places: one entry for each day"),
        AvailabilityCalendar,
        asked=CalendarQuery,
        many=True,
        example=_TWO_ADULTS,
    ),
    Operation(
        "listAvailability",
        "post",
        "/availability",
        _l("Which times have places: by dates, or by ids to check once more"),
        Availability,
        asked=AvailabilityQuery,
        many=True,
        example=_TWO_ADULTS,
    ),
    Operation(
        "reserve",
        "post",
        "/bookings",
        _l("Hold places; the same uuid again gives the same booking"),
        Booking,
        asked=Reserve,
        example={
            "uuid": EXAMPLE_UUID,
            **_PRODUCT,
            "availabilityId": f"{EXAMPLE_DAY}T09:00:00+08:00",
            "unitItems": [{"unitId": "adult"}, {"unitId": "adult"}, {"unitId": "child"}],
            "resellerReference": "A-1042",
            "expirationMinutes": 10,
        },
    ),
    Operation(
        "extend",
        "post",
        "/bookings/{uuid}/extend",
        _l("Keep the places a little longer"),
        Booking,
        asked=Extend,
        example={"expirationMinutes": 20},
    ),
    Operation(
        "update",
        "patch",
        "/bookings/{uuid}",
        _l("Change the time, visitors, contact, notes or references"),
        Booking,
        asked=Update,
        example={"notes": "They come by coach."},
    ),
    Operation(
        "confirm",
        "post",
        "/bookings/{uuid}/confirm",
        _l("Turn the hold into a booking with a code for the gate"),
        Booking,
        asked=Confirm,
        example={"contact": _CONTACT, "resellerReference": "A-1042"},
    ),
    Operation(
        "getBooking", "get", "/bookings/{uuid}", _l("A booking of yours, as it is now"), Booking
    ),
    Operation(
        "listBookings",
        "get",
        "/bookings",
        _l("Your bookings, by a reference or by dates"),
        Booking,
        many=True,
        query={
            "resellerReference": "",
            "supplierReference": "",
            "localDate": "date",
            "localDateStart": "date",
            "localDateEnd": "date",
            "productId": "",
            "optionId": "",
        },
    ),
    Operation(
        "cancel",
        "post",
        "/bookings/{uuid}/cancel",
        _l("Give the places back"),
        Booking,
        asked=Cancel,
        example={"reason": "Rain is forecast."},
    ),
    Operation(
        "subscribe",
        "post",
        "/notifications/subscriptions",
        _l("Be told of changes at an address of yours; the same address again changes it"),
        Subscription,
        asked=Subscribe,
        example={
            "url": "https://agency.example.com/octo",
            "notificationTypes": ["BOOKING_UPDATE", "AVAILABILITY_UPDATE"],
            "headers": {"X-Agency-Token": "a word that you chose"},
        },
    ),
    Operation(
        "listSubscriptions",
        "get",
        "/notifications/subscriptions",
        _l("Where you are told of changes"),
        Subscription,
        many=True,
    ),
    Operation(
        "getSubscription",
        "get",
        "/notifications/subscriptions/{subscriptionId}",
        _l("One subscription of yours"),
        Subscription,
    ),
    Operation(
        "changeSubscription",
        "patch",
        "/notifications/subscriptions/{subscriptionId}",
        _l("Change its address, kinds or headers"),
        Subscription,
        asked=ChangeSubscription,
        example={"notificationTypes": ["BOOKING_UPDATE"]},
    ),
    Operation(
        "unsubscribe",
        "delete",
        "/notifications/subscriptions/{subscriptionId}",
        _l("Be told nothing more there; answers what it was"),
        Subscription,
    ),
)
