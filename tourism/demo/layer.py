"""The sample layer: operators, experiences with slots, gates and people to try the site with.

All of it is marked `sample`. It is dated to run now, on whatever day it is put on; the season
calendar keeps the true months.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tourism.audit.operations import SYSTEM, record
from tourism.demo.bookings import make_bookings
from tourism.demo.content import Known, checked
from tourism.demo.people import DemoPerson, add_people
from tourism.demo.slots import open_slots
from tourism.demo.stock import add_experiences, add_gates, add_operators
from tourism.destination.models import Destination, Place
from tourism.destination.queries import get_destination
from tourism.festivals.models import Festival

DAYS_AHEAD = 30


@dataclass(frozen=True, slots=True)
class Laid:
    """What was done: the people made (none the second time), and how much was added."""

    people: Sequence[DemoPerson]
    slots: int
    bookings: int
    last_day: date


def lay(session: Session, *, document: Any, key_id: int, now: datetime) -> Laid:
    """Put the sample layer on or, where it lies already, open slots up to 30 days from today.

    ``key_id`` is the key that signs tickets. Asked twice on one day it changes nothing. Raises
    NoDestinationError, BadFileError.
    """
    destination = get_destination(session)
    places = {place.slug: place for place in session.scalars(sa.select(Place))}
    festivals = {festival.slug: festival for festival in session.scalars(sa.select(Festival))}
    content = checked(document, Known(list(places), list(festivals)))
    zone = ZoneInfo(destination.time_zone)
    today = now.astimezone(zone).date()
    last = today + timedelta(days=DAYS_AHEAD)
    people: list[DemoPerson] = []
    if not destination.demo_loaded:
        operators = add_operators(session, content["operators"])
        add_experiences(session, content, destination, operators, places, festivals, DAYS_AHEAD)
        add_gates(session, content["gates"], operators, places)
        people = add_people(session, content["people"], operators, now)
        destination.demo_loaded = True
    _date_festivals(festivals.values(), today, last)
    session.flush()
    slots = open_slots(session, content, zone, today, last)
    session.flush()
    bookings = make_bookings(session, content, zone=zone, today=today, key_id=key_id, now=now)
    laid = Laid(people, slots, bookings, last)
    if people or slots or bookings:
        _record(session, destination, laid, now)
    session.flush()
    return laid


def _date_festivals(festivals: Iterable[Festival], today: date, last: date) -> None:
    """Festivals without dates of their own run now; a sample one that is over begins anew."""
    for festival in festivals:
        if festival.ends_on is None or (festival.sample and festival.ends_on < today):
            festival.starts_on, festival.ends_on, festival.sample = today, last, True
        elif festival.sample and festival.ends_on < last:
            festival.ends_on = last


def _record(session: Session, destination: Destination, laid: Laid, now: datetime) -> None:
    emails = [person.email for person in laid.people]
    record(
        session,
        actor=SYSTEM,
        action="demo.loaded",
        subject=("destination", destination.slug),
        at=now,
        after={"people": emails, "slots": laid.slots, "bookings": laid.bookings},
    )
