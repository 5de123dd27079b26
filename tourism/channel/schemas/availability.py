"""When there are places: days and times."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from tourism.channel.schemas.pricing import Pricing, UnitPricing
from tourism.channel.schemas.wire import Answer, Asked, Clock, Count, Currency, Id

AvailabilityStatus = Literal["AVAILABLE", "FREESALE", "LIMITED", "SOLD_OUT", "CLOSED"]


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
