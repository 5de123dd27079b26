"""Who sells, and what: supplier, products, options and units."""

from typing import Annotated, Literal

from pydantic import Field

from tourism.channel.schemas.content import Content, Feature, Media
from tourism.channel.schemas.pricing import Pricing
from tourism.channel.schemas.wire import Answer, Clock, Currency

AvailabilityType = Literal["START_TIME", "OPENING_HOURS"]
DeliveryFormat = Literal["PDF_URL", "QRCODE", "CODE128", "PKPASS_URL", "AZTECCODE"]
DeliveryMethod = Literal["VOUCHER", "TICKET"]
RedemptionMethod = Literal["DIGITAL", "PRINT", "MANIFEST"]
UnitType = Literal[
    "ADULT", "YOUTH", "CHILD", "INFANT", "FAMILY", "SENIOR", "STUDENT", "MILITARY", "OTHER"
]
ContactField = Literal[
    "firstName",
    "lastName",
    "emailAddress",
    "phoneNumber",
    "country",
    "notes",
    "locales",
    "allowMarketing",
    "postalCode",
]
CutoffUnit = Literal["minute", "hour", "day"]


class SupplierContact(Answer):
    website: str | None
    email: str | None
    telephone: str | None
    address: str | None


class Supplier(Answer):
    id: str
    name: str
    endpoint: str
    contact: SupplierContact
    short_description: str | None = None
    media: list[Media] = []


class UnitRestrictions(Answer):
    min_age: int
    max_age: int
    id_required: bool
    min_quantity: int | None
    max_quantity: int | None
    pax_count: int
    accompanied_by: list[str]


class Unit(Answer):
    id: str
    internal_name: str
    reference: str | None
    type: UnitType
    restrictions: UnitRestrictions
    required_contact_fields: list[ContactField]
    pricing_from: list[Pricing] = []
    pricing: list[Pricing] = []
    title: str = ""
    short_description: str = ""
    features: list[Feature] = []


class OptionRestrictions(Answer):
    min_units: int | None
    max_units: int | None


class Option(Content):
    id: str
    default: bool
    internal_name: str
    reference: str | None
    availability_local_start_times: Annotated[list[Clock], Field(min_length=1)]
    cancellation_cutoff: str
    cancellation_cutoff_amount: int
    cancellation_cutoff_unit: CutoffUnit
    required_contact_fields: list[ContactField]
    restrictions: OptionRestrictions
    units: list[Unit]


class Product(Content):
    id: str
    internal_name: str
    reference: str | None
    locale: str
    time_zone: str
    allow_freesale: bool
    instant_confirmation: bool
    instant_delivery: bool
    availability_required: bool
    availability_type: AvailabilityType
    delivery_formats: list[DeliveryFormat]
    delivery_methods: list[DeliveryMethod]
    redemption_method: RedemptionMethod
    options: Annotated[list[Option], Field(min_length=1)]
    default_currency: Currency | None = None
    available_currencies: list[Currency] = []
    pricing_per: Literal["BOOKING", "UNIT"] = "UNIT"
