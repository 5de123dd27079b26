"""What the content capability adds, in one language."""

from typing import Literal

from tourism.channel.schemas.wire import Answer


class Media(Answer):
    src: str
    type: Literal["image/jpeg", "image/png", "video/mp4"]
    rel: Literal["LOGO", "COVER", "GALLERY"]
    title: str | None
    caption: str | None
    copyright: str | None


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
