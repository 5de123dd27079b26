"""A ticket as an event for the visitor's own calendar (iCalendar, RFC 5545)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event

from tourism.core.geo import Position

REMIND_BEFORE = timedelta(hours=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What the event says, in words of the reader's language."""

    identity: str  # never changes and never appears: the UID is derived from it
    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo
    summary: str
    description: str
    location: str
    position: Position | None  # only where directions may be offered
    url: str
    changes: int  # how often it has been changed before
    is_cancelled: bool


def calendar_file(visit: Visit, *, now: datetime) -> bytes:
    """A calendar with this one event. Loaded again after a change it replaces the event."""
    calendar = Calendar()
    calendar.add("prodid", "-//tourism//ticket//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(_event(visit, now))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _event(visit: Visit, now: datetime) -> Event:
    event = Event()
    # Calendars are shared; the ticket's id, which opens its page, must not be read off the UID.
    event.add("uid", str(uuid5(NAMESPACE_URL, visit.identity)))
    event.add("dtstamp", now)
    event.add("dtstart", visit.starts_at.astimezone(visit.zone))
    event.add("dtend", visit.ends_at.astimezone(visit.zone))
    event.add("summary", visit.summary)
    event.add("description", visit.description)
    event.add("location", visit.location)
    if visit.position:
        event.add("geo", (visit.position.latitude, visit.position.longitude))
    event.add("url", visit.url)
    event.add("sequence", visit.changes + visit.is_cancelled)
    event.add("status", "CANCELLED" if visit.is_cancelled else "CONFIRMED")
    if not visit.is_cancelled:
        event.add_component(_alarm(visit))
    return event


def _alarm(visit: Visit) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", visit.summary)
    alarm.add("trigger", -REMIND_BEFORE)
    return alarm
