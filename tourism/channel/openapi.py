"""The API described for machines: OpenAPI 3.1, made from the types that the code itself uses."""

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from tourism.channel import schemas

PREFIX = "/octo"
VERSION = "1.0"
_SCHEMAS = "#/components/schemas/"
EXAMPLE_UUID = "6f5a1f0e-3c1b-4f2e-9a64-0d8f2b7c5e11"
EXAMPLE_SUBSCRIPTION = "0b9c2f6e-58d1-4a37-b0d4-6a1f4c9e7d20"
EXAMPLE_DAY = "2027-05-30"
_PRODUCT: Mapping[str, Any] = {"productId": "cherry-picking", "optionId": "DEFAULT"}
_DAYS: Mapping[str, Any] = {"localDateStart": EXAMPLE_DAY, "localDateEnd": EXAMPLE_DAY}
_CONTACT: Mapping[str, Any] = {
    "fullName": "Wang Xiaomei",
    "phoneNumber": "+86 138 0013 8000",
    "country": "CN",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One thing that can be asked. ``example`` is what a test really asks."""

    id: str
    method: str
    path: str
    summary: Any  # a lazy text
    answer: type[schemas.Answer]
    many: bool = False
    asked: type[schemas.Asked] | None = None
    query: Mapping[str, str] = field(default_factory=dict)  # name → format
    example: Mapping[str, Any] | None = None

    @property
    def example_path(self) -> str:
        """Its address as the example asks for it."""
        path = self.path.replace("{uuid}", EXAMPLE_UUID).replace("{id}", _PRODUCT["productId"])
        path = path.replace("{subscriptionId}", EXAMPLE_SUBSCRIPTION)
        return f"{path}?localDate={EXAMPLE_DAY}" if self.query else path


OPERATIONS: Sequence[Operation] = (
    Operation(
        id="getSupplier",
        method="get",
        path="/supplier",
        summary=_l("Who sells: the township's office"),
        answer=schemas.Supplier,
    ),
    Operation(
        id="listProducts",
        method="get",
        path="/products",
        summary=_l("All that you may sell"),
        answer=schemas.Product,
        many=True,
    ),
    Operation(
        id="getProduct",
        method="get",
        path="/products/{id}",
        summary=_l("One product"),
        answer=schemas.Product,
    ),
    Operation(
        id="listCapabilities",
        method="get",
        path="/capabilities",
        summary=_l("What this server can do beyond the core"),
        answer=schemas.Capability,
        many=True,
    ),
    Operation(
        id="listCalendar",
        method="post",
        path="/availability/calendar",
        summary=_l("Which days have places: one entry for each day"),
        asked=schemas.CalendarQuery,
        answer=schemas.AvailabilityCalendar,
        many=True,
        example={**_PRODUCT, **_DAYS, "units": [{"id": "adult", "quantity": 2}]},
    ),
    Operation(
        id="listAvailability",
        method="post",
        path="/availability",
        summary=_l("Which times have places: by dates, or by ids to check once more"),
        asked=schemas.AvailabilityQuery,
        answer=schemas.Availability,
        many=True,
        example={**_PRODUCT, **_DAYS, "units": [{"id": "adult", "quantity": 2}]},
    ),
    Operation(
        id="reserve",
        method="post",
        path="/bookings",
        summary=_l("Hold places; the same uuid again gives the same booking"),
        asked=schemas.Reserve,
        answer=schemas.Booking,
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
        id="extend",
        method="post",
        path="/bookings/{uuid}/extend",
        summary=_l("Keep the places a little longer"),
        asked=schemas.Extend,
        answer=schemas.Booking,
        example={"expirationMinutes": 20},
    ),
    Operation(
        id="update",
        method="patch",
        path="/bookings/{uuid}",
        summary=_l("Change contact, notes and references"),
        asked=schemas.Update,
        answer=schemas.Booking,
        example={"notes": "They come by coach."},
    ),
    Operation(
        id="confirm",
        method="post",
        path="/bookings/{uuid}/confirm",
        summary=_l("Turn the hold into a booking with a code for the gate"),
        asked=schemas.Confirm,
        answer=schemas.Booking,
        example={"contact": _CONTACT, "resellerReference": "A-1042"},
    ),
    Operation(
        id="getBooking",
        method="get",
        path="/bookings/{uuid}",
        summary=_l("A booking of yours, as it is now"),
        answer=schemas.Booking,
    ),
    Operation(
        id="listBookings",
        method="get",
        path="/bookings",
        summary=_l("Your bookings, by a reference or by dates"),
        answer=schemas.Booking,
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
        id="cancel",
        method="post",
        path="/bookings/{uuid}/cancel",
        summary=_l("Give the places back"),
        asked=schemas.Cancel,
        answer=schemas.Booking,
        example={"reason": "Rain is forecast."},
    ),
    Operation(
        id="subscribe",
        method="post",
        path="/notifications/subscriptions",
        summary=_l("Be told of changes at an address of yours; the same address again changes it"),
        asked=schemas.Subscribe,
        answer=schemas.Subscription,
        example={
            "url": "https://agency.example.com/octo",
            "notificationTypes": ["BOOKING_UPDATE", "AVAILABILITY_UPDATE"],
            "headers": {"X-Agency-Token": "a word that you chose"},
        },
    ),
    Operation(
        id="listSubscriptions",
        method="get",
        path="/notifications/subscriptions",
        summary=_l("Where you are told of changes"),
        answer=schemas.Subscription,
        many=True,
    ),
    Operation(
        id="getSubscription",
        method="get",
        path="/notifications/subscriptions/{subscriptionId}",
        summary=_l("One subscription of yours"),
        answer=schemas.Subscription,
    ),
    Operation(
        id="changeSubscription",
        method="patch",
        path="/notifications/subscriptions/{subscriptionId}",
        summary=_l("Change its address, kinds or headers"),
        asked=schemas.ChangeSubscription,
        answer=schemas.Subscription,
        example={"notificationTypes": ["BOOKING_UPDATE"]},
    ),
    Operation(
        id="unsubscribe",
        method="delete",
        path="/notifications/subscriptions/{subscriptionId}",
        summary=_l("Be told nothing more there; answers what it was"),
        answer=schemas.Subscription,
    ),
)


def document(server: str) -> dict[str, Any]:
    """The whole description, in the language of the request."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _described(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": _("Channel API"),
            "version": VERSION,
            "description": _("Sell the town's times through OCTO (https://www.octo.travel)."),
        },
        "servers": [{"url": server + PREFIX}],
        "security": [{"key": []}],
        "paths": paths,
        "webhooks": {"notification": {"post": _webhook()}},
        "components": {
            "schemas": deepcopy(_schemas()),
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "parameters": {"capabilities": _capabilities(), "language": _language()},
            "headers": {"Octo-Capabilities": {"schema": {"type": "string"}}},
            "responses": {
                "refused": _answer(_("Refused; the code says why"), _ref(schemas.Error)),
                "tooMany": _answer(_("Too many requests; wait a moment"), _ref(schemas.Error)),
            },
        },
    }


@cache
def _schemas() -> dict[str, Any]:
    """Every type that an operation asks for or answers with, by name."""
    kinds: list[type[BaseModel]] = [schemas.Error, schemas.Notification]
    for operation in OPERATIONS:
        kinds += [operation.answer, *([operation.asked] if operation.asked else [])]
    _refs, made = models_json_schema(
        [(kind, "validation") for kind in dict.fromkeys(kinds)], ref_template=_SCHEMAS + "{model}"
    )
    defs: dict[str, Any] = made["$defs"]
    for schema in defs.values():
        for member in schema.get("properties", {}).values():
            member.pop("title", None)  # the name once more, in worse spelling
    return defs


def _described(operation: Operation) -> dict[str, Any]:
    schema = _ref(operation.answer)
    if operation.many:
        schema = {"type": "array", "items": schema}
    described: dict[str, Any] = {
        "operationId": operation.id,
        "summary": str(operation.summary),
        "parameters": list(_parameters(operation)),
        "responses": {
            "200": _answer(_("Done"), schema),
            "400": {"$ref": "#/components/responses/refused"},
            "429": {"$ref": "#/components/responses/tooMany"},
        },
    }
    if operation.asked:
        media: dict[str, Any] = {"schema": _ref(operation.asked)}
        if operation.example is not None:
            media["example"] = operation.example
        described["requestBody"] = {"required": True, "content": {"application/json": media}}
    return described


def _webhook() -> dict[str, Any]:
    """What we send to a subscription."""
    headers = ("webhook-id", "webhook-timestamp", "webhook-signature")
    return {
        "operationId": "notification",
        "summary": _("What is sent to a subscription of yours; answer with any 2xx"),
        "parameters": [
            {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
            for name in headers
        ],
        "requestBody": {
            "content": {"application/json": {"schema": _ref(schemas.Notification)}},
        },
        "responses": {"200": {"description": _("Understood")}},
    }


def _parameters(operation: Operation) -> Iterable[dict[str, Any]]:
    for name in ("id", "uuid", "subscriptionId"):
        if f"{{{name}}}" in operation.path:
            yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    for name, form in operation.query.items():
        schema = {"type": "string", "format": form} if form else {"type": "string"}
        yield {"name": name, "in": "query", "schema": schema}
    yield {"$ref": "#/components/parameters/capabilities"}
    yield {"$ref": "#/components/parameters/language"}


def _capabilities() -> dict[str, Any]:
    return {
        "name": "Octo-Capabilities",
        "in": "header",
        "schema": {"type": "string"},
        "description": _("Capabilities wanted, with commas between: octo/pricing, octo/content"),
    }


def _language() -> dict[str, Any]:
    return {
        "name": "Accept-Language",
        "in": "header",
        "schema": {"type": "string"},
        "description": _("zh-Hans, zh-Hant or en"),
    }


def _answer(words: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "description": words,
        "headers": {"Octo-Capabilities": {"$ref": "#/components/headers/Octo-Capabilities"}},
        "content": {"application/json": {"schema": schema}},
    }


def _ref(kind: type[BaseModel]) -> dict[str, Any]:
    return {"$ref": _SCHEMAS + kind.__name__}
