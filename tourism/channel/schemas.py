"""OCTO's words, as types: what channels ask and what they are answered.

`/openapi.json` is made from these classes, and so are the checks of every request. A field with a
default is there only under a capability; what may be null but must be there has none. Names are
OCTO's, written the Python way: `local_date_start` is `localDateStart` on the wire.
"""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

Id = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Line = Annotated[str, StringConstraints(max_length=100)]
Note = Annotated[str, StringConstraints(max_length=300)]
Uuid = Annotated[
    str,
    StringConstraints(
        pattern=r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"
    ),
]
Email = Annotated[
    str,
    StringConstraints(
        max_length=254,
        pattern=r"^[A-Za-z0-9_+'-]+(\.[A-Za-z0-9_+'-]+)*@([A-Za-z0-9][A-Za-z0-9-]*\.)+[A-Za-z]{2,}$",
    ),
]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Clock = Annotated[str, StringConstraints(pattern=r"^\d\d:\d\d$")]
Count = Annotated[int, Field(ge=0, le=9999)]
MinorUnits = Annotated[int, Field(description="In minor units of the currency")]

AvailabilityStatus = Literal["AVAILABLE", "FREESALE", "LIMITED", "SOLD_OUT", "CLOSED"]
AvailabilityType = Literal["START_TIME", "OPENING_HOURS"]
BookingStatus = Literal[
    "ON_HOLD", "CONFIRMED", "EXPIRED", "CANCELLED", "REDEEMED", "PENDING", "REJECTED"
]
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
ErrorCode = Literal[
    "INVALID_PRODUCT_ID",
    "INVALID_OPTION_ID",
    "INVALID_UNIT_ID",
    "INVALID_AVAILABILITY_ID",
    "INVALID_BOOKING_UUID",
    "BAD_REQUEST",
    "UNPROCESSABLE_ENTITY",
    "UNAUTHORIZED",
    "FORBIDDEN",
    "TOO_MANY_REQUESTS",
    "INTERNAL_SERVER_ERROR",
]


NotificationType = Literal["PRODUCT_UPDATE", "AVAILABILITY_UPDATE", "BOOKING_UPDATE"]
HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,64}$")]
HeaderValue = Annotated[str, StringConstraints(pattern=r"^[!-~]([ -~]{0,498}[!-~])?$")]


class Answer(BaseModel):
    """What we say: nothing but what is described."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        extra="forbid",
        frozen=True,
    )


class Asked(BaseModel):
    """What they say: unknown members are passed over, types are not guessed."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, validate_by_alias=True, strict=True
    )


class Error(Answer):
    error: ErrorCode
    error_message: str
    product_id: str | None = None
    option_id: str | None = None
    unit_id: str | None = None
    availability_id: str | None = None
    uuid: str | None = None


class Capability(Answer):
    id: str
    revision: int
    required: bool
    dependencies: list[str]
    docs: str | None


# Supplier


class SupplierContact(Answer):
    website: str | None
    email: str | None
    telephone: str | None
    address: str | None


class Media(Answer):
    src: str
    type: Literal["image/jpeg", "image/png", "video/mp4"]
    rel: Literal["LOGO", "COVER", "GALLERY"]
    title: str | None
    caption: str | None
    copyright: str | None


class Supplier(Answer):
    id: str
    name: str
    endpoint: str
    contact: SupplierContact
    short_description: str | None = None
    media: list[Media] = []


# Products


class Tax(Answer):
    name: str
    retail: MinorUnits
    original: MinorUnits
    net: MinorUnits | None


class Pricing(Answer):
    original: MinorUnits
    retail: MinorUnits
    net: MinorUnits | None
    currency: Currency
    currency_precision: int
    included_taxes: list[Tax]


class UnitPricing(Pricing):
    unit_id: str


class Feature(Answer):
    type: Literal[
        "INCLUSION",
        "EXCLUSION",
        "HIGHLIGHT",
        "PREBOOKING_INFORMATION",
        "PREARRIVAL_INFORMATION",
        "REDEMPTION_INSTRUCTION",
        "ACCESSIBILITY_INFORMATION",
        "ADDITIONAL_INFORMATION",
        "BOOKING_TERM",
        "CANCELLATION_TERM",
    ]
    short_description: str


class Faq(Answer):
    question: str
    answer: str


class PostalAddress(Answer):
    street_address: str | None
    address_locality: str | None
    address_region: str | None
    postal_code: str | None
    address_country: str | None
    post_office_box_number: str | None


class Identifiers(Answer):
    google_place_id: str | None = None
    apple_place_id: str | None = None
    tripadvisor_location_id: str | None = None
    yelp_place_id: str | None = None
    facebook_place_id: str | None = None
    foursquare_place_id: str | None = None
    baidu_place_id: str | None = None
    amap_place_id: str | None = None


class PlaceOfLocation(Answer):
    latitude: float
    longitude: float
    postal_address: PostalAddress
    identifiers: Identifiers
    same_as: list[str]


LocationType = Literal[
    "START", "ITINERARY_ITEM", "POINT_OF_INTEREST", "ADMISSION_INCLUDED", "END", "REDEMPTION"
]


class Location(Answer):
    title: str
    short_description: str | None
    types: list[LocationType]
    minutes_to: int | None
    minutes_at: int | None
    place: PlaceOfLocation


class Commentary(Answer):
    format: Literal["IN_PERSON", "RECORDED_AUDIO", "WRITTEN", "OTHER"]
    language: str


class Content(Answer):
    """What the content capability adds to products and options, in one language."""

    title: str = ""
    short_description: str | None = None
    description: str | None = None
    features: list[Feature] = []
    faqs: list[Faq] = []
    media: list[Media] = []
    locations: list[Location] = []
    category_labels: list[str] = []
    duration_minutes_from: int | None = None
    duration_minutes_to: int | None = None
    commentary: list[Commentary] = []


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


# Availability


class UnitQuantity(Asked):
    id: Id
    quantity: Count


class CalendarQuery(Asked):
    product_id: Id
    option_id: Id
    local_date_start: date
    local_date_end: date
    units: list[UnitQuantity] = []
    currency: Currency | None = None


class AvailabilityQuery(Asked):
    """Either both dates or some ids."""

    product_id: Id
    option_id: Id
    local_date: date | None = None
    local_date_start: date | None = None
    local_date_end: date | None = None
    availability_ids: Annotated[list[Id], Field(max_length=400)] | None = None
    units: list[UnitQuantity] = []
    currency: Currency | None = None


class OpeningHours(Answer):
    from_: Annotated[Clock, Field(alias="from")]
    to: Clock


class AvailabilityCalendar(Answer):
    local_date: date
    available: bool
    status: AvailabilityStatus
    vacancies: int | None
    capacity: int | None
    opening_hours: list[OpeningHours]
    unit_pricing_from: list[UnitPricing] = []
    pricing_from: Pricing | None = None


class Availability(Answer):
    id: str
    local_date_time_start: datetime
    local_date_time_end: datetime
    all_day: bool
    available: bool
    status: AvailabilityStatus
    vacancies: int | None
    capacity: int | None
    max_units: int | None
    utc_cutoff_at: datetime
    opening_hours: list[OpeningHours]
    unit_pricing: list[UnitPricing] = []
    pricing: Pricing | None = None
    title: str = ""
    short_description: str = ""


# Bookings


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


# Notifications


NotificationTypes = Annotated[list[NotificationType], Field(min_length=1, max_length=10)]
Url = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Headers = Annotated[dict[HeaderName, HeaderValue], Field(max_length=10)]


class Subscribe(Asked):
    url: Url
    notification_types: NotificationTypes
    headers: Headers = {}


class ChangeSubscription(Asked):
    url: Url | None = None
    notification_types: NotificationTypes | None = None
    headers: Headers | None = None


class Subscription(Answer):
    """``secret`` signs what is sent to it."""

    id: str
    url: str
    notification_types: list[NotificationType]
    headers: dict[str, str]
    secret: str


class NotificationKeys(Answer):
    """With what you fetch that which has changed."""

    uuid: str = ""
    product_id: str = ""
    local_date_start: date | None = None
    local_date_end: date | None = None


class Notification(Answer):
    """What is sent to a subscription; the same ``id`` is the same notification once more."""

    id: str
    type: NotificationType
    timestamp: datetime
    data: NotificationKeys


def dumped(answer: Answer) -> dict[str, Any]:
    """As it goes over the wire: OCTO's names, and only what was set."""
    return answer.model_dump(mode="json", by_alias=True, exclude_unset=True)
