"""Who comes: holds and bookings, and what may be asked of them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from tourism.channel.schemas.availability import Availability
from tourism.channel.schemas.pricing import Pricing
from tourism.channel.schemas.products import (
    DeliveryFormat,
    DeliveryMethod,
    Option,
    Product,
    RedemptionMethod,
    Unit,
)
from tourism.channel.schemas.wire import Answer, Asked, Currency, Email, Id, Line, Note, Uuid

BookingStatus = Literal[
    "ON_HOLD", "CONFIRMED", "EXPIRED", "CANCELLED", "REDEEMED", "PENDING", "REJECTED"
]


class Contact(Answer):
    full_name: str | None
    first_name: str | None
    last_name: str | None
    email_address: str | None
    phone_number: str | None
    postal_code: str | None
    country: str | None
    notes: str | None
    locales: list[str]


class ContactAsked(Asked):
    full_name: Line | None = None
    first_name: Line | None = None
    last_name: Line | None = None
    email_address: Email | None = None
    phone_number: Line | None = None
    postal_code: Line | None = None
    country: Line | None = None
    notes: Note | None = None
    locales: Annotated[list[Line], Field(max_length=20)] = []


class UnitItemAsked(Asked):
    uuid: Uuid | None = None
    unit_id: Id
    reseller_reference: Line | None = None
    contact: ContactAsked | None = None


UnitItems = Annotated[list[UnitItemAsked], Field(max_length=300)]
Minutes = Annotated[int, Field(ge=1, le=1440)]


class Reserve(Asked):
    uuid: Uuid | None = None
    product_id: Id
    option_id: Id
    availability_id: Id
    unit_items: UnitItems
    expiration_minutes: Minutes | None = None
    notes: Note | None = None
    reseller_reference: Line | None = None
    contact: ContactAsked | None = None
    currency: Currency | None = None


class Extend(Asked):
    expiration_minutes: Minutes | None = None


class Confirm(Asked):
    contact: ContactAsked
    reseller_reference: Line | None = None
    email_receipt: bool | None = None
    unit_items: UnitItems | None = None


class Update(Asked):
    reseller_reference: Line | None = None
    product_id: Id | None = None
    option_id: Id | None = None
    availability_id: Id | None = None
    expiration_minutes: Minutes | None = None
    notes: Note | None = None
    email_receipt: bool | None = None
    unit_items: UnitItems | None = None
    contact: ContactAsked | None = None


class Cancel(Asked):
    reason: Note | None = None
    force: bool | None = None


class DeliveryOption(Answer):
    delivery_format: DeliveryFormat
    delivery_value: str


class Ticket(Answer):
    redemption_method: RedemptionMethod
    utc_redeemed_at: datetime | None
    delivery_options: list[DeliveryOption]


class UnitItem(Answer):
    uuid: str
    reseller_reference: str | None
    supplier_reference: str | None
    unit_id: str
    unit: Unit
    status: BookingStatus
    utc_redeemed_at: datetime | None
    contact: Contact
    ticket: Ticket | None
    pricing: Pricing | None = None


class Cancellation(Answer):
    refund: Literal["FULL", "PARTIAL", "NONE"]
    reason: str | None
    utc_cancelled_at: datetime


class Booking(Answer):
    id: str
    uuid: str
    test_mode: bool
    reseller_reference: str | None
    supplier_reference: str | None
    status: BookingStatus
    utc_created_at: datetime
    utc_updated_at: datetime
    utc_expires_at: datetime | None
    utc_redeemed_at: datetime | None
    utc_confirmed_at: datetime | None
    product_id: str
    product: Product
    option_id: str
    option: Option
    cancellable: bool
    cancellation: Cancellation | None
    freesale: bool
    availability_id: str | None
    availability: Availability | None
    contact: Contact
    notes: str | None
    delivery_methods: list[DeliveryMethod]
    voucher: Ticket | None
    unit_items: list[UnitItem]
    pricing: Pricing | None = None
