"""Our slots as OCTO's availability.

A slot of an experience with arrival windows is one start time. One of an all-day experience is a
whole day with opening hours: it is called by its midnight. A slot that needs no booking is nothing
to sell, so it is closed to channels.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tourism.channel.catalogue import unit_pricing
from tourism.channel.schemas import availability as octo
from tourism.channel.seller import CONTENT, PRICING, current_channel, has
from tourism.channels.models import Channel
from tourism.experiences.availability import Availability, availability, last_day
from tourism.experiences.models import Experience, Slot
from tourism.web.filters import text

_RANK: Sequence[octo.AvailabilityStatus] = ("AVAILABLE", "LIMITED", "SOLD_OUT", "CLOSED")


@dataclass(frozen=True, slots=True)
class Offer:
    """A slot as one channel may sell it to so many people; its experience is loaded."""

    slot: Slot
    channel: Channel
    sold: int  # places of it that this channel has sold
    people: int
    at: datetime  # in the destination's time zone

    @property
    def zone(self) -> ZoneInfo:
        zone = self.at.tzinfo
        assert isinstance(zone, ZoneInfo)
        return zone

    @property
    def capacity(self) -> int:
        return self.channel.share_of(self.slot.capacity)

    @property
    def vacancies(self) -> int:
        if self._is_shut:
            return 0
        return max(0, min(self.slot.places_left, self.capacity - self.sold))

    @property
    def max_units(self) -> int:
        return min(self.vacancies, self.slot.experience.largest_party)

    @property
    def is_available(self) -> bool:
        return max(1, self.people) <= self.max_units

    @property
    def status(self) -> octo.AvailabilityStatus:
        if self._is_shut:
            return "CLOSED"
        if not self.is_available:
            return "SOLD_OUT"
        return "LIMITED" if self.vacancies * 2 < self.capacity else "AVAILABLE"

    @property
    def day(self) -> date:
        return self.slot.starts_at.astimezone(self.zone).date()

    @property
    def starts_at(self) -> datetime:
        if self.slot.experience.all_day:
            return _midnight(self.day, self.zone)
        return self.slot.starts_at.astimezone(self.zone)

    @property
    def ends_at(self) -> datetime:
        if self.slot.experience.all_day:
            return _midnight(self.day + timedelta(days=1), self.zone)
        return self.slot.ends_at.astimezone(self.zone)

    @property
    def id(self) -> str:
        return self.starts_at.isoformat()

    @property
    def opening_hours(self) -> octo.OpeningHours:
        return _hours(self.slot.starts_at, self.slot.ends_at, self.zone)

    @property
    def _is_shut(self) -> bool:
        state = availability(self.slot, self.at)
        too_early = self.day > last_day(self.slot.experience, self.at.date())
        return too_early or state in (Availability.OVER, Availability.CLOSED, Availability.FREE)


def offers(
    slots: Sequence[Slot], sold: Mapping[int, int], people: int, local_now: datetime
) -> list[Offer]:
    """These slots as the asking channel may sell them; ``sold`` is what it has, by slot."""
    channel = current_channel()
    return [Offer(slot, channel, sold.get(slot.id, 0), people, local_now) for slot in slots]


def as_availability(offer: Offer) -> octo.Availability:
    slot = offer.slot
    return octo.Availability(
        id=offer.id,
        local_date_time_start=offer.starts_at,
        local_date_time_end=offer.ends_at,
        all_day=slot.experience.all_day,
        available=offer.is_available,
        status=offer.status,
        vacancies=offer.vacancies,
        capacity=offer.capacity,
        max_units=offer.max_units,
        utc_cutoff_at=(slot.ends_at - slot.experience.booking_cutoff).astimezone(UTC),
        opening_hours=[offer.opening_hours],
        **_capable(slot.experience, "unit_pricing"),
    )


def as_calendar(
    experience: Experience, days: Sequence[date], found: Collection[Offer]
) -> list[octo.AvailabilityCalendar]:
    """One entry for each day, also for those on which nothing happens."""
    return [_day(experience, day, [each for each in found if each.day == day]) for day in days]


def _day(experience: Experience, day: date, found: Sequence[Offer]) -> octo.AvailabilityCalendar:
    hours = [
        _hours(
            min(each.slot.starts_at for each in found),
            max(each.slot.ends_at for each in found),
            found[0].zone,
        )
        for _once in found[:1]
    ]
    prices: dict[str, Any] = {}
    if has(PRICING):
        prices = {"unit_pricing_from": unit_pricing(experience.units)}
    return octo.AvailabilityCalendar(
        local_date=day,
        available=any(each.is_available for each in found),
        status=min((each.status for each in found), key=_RANK.index, default="CLOSED"),
        vacancies=max((each.vacancies for each in found), default=0),
        capacity=max((each.capacity for each in found), default=0),
        opening_hours=hours,
        **prices,
    )


def _capable(experience: Experience, priced: str) -> dict[str, Any]:
    prices = {priced: unit_pricing(experience.units)} if has(PRICING) else {}
    return {**prices, **(_content(experience) if has(CONTENT) else {})}


def _content(experience: Experience) -> dict[str, str]:
    summary = text(experience.summary)
    return {"title": text(experience.name)} | ({"short_description": summary} if summary else {})


def _hours(start: datetime, end: datetime, zone: ZoneInfo) -> octo.OpeningHours:
    return octo.OpeningHours(
        from_=f"{start.astimezone(zone):%H:%M}", to=f"{end.astimezone(zone):%H:%M}"
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)
