"""When something can be booked: by day, and by slot."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from flask import Blueprint, g
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tourism.bookings.sales import sold_places
from tourism.channel.catalogue import zone
from tourism.channel.errors import bad_request, no_availability, no_unit
from tourism.channel.offers import Offer, as_availability, as_calendar, offers
from tourism.channel.products import experience_asked_for
from tourism.channel.schemas.availability import AvailabilityQuery, CalendarQuery
from tourism.channel.seller import answer, current_channel, read
from tourism.core.clock import now
from tourism.experiences.models import Experience
from tourism.experiences.sellable import slots_between
from tourism.web.db import db_session
from tourism.web.holds import give_back_overdue_holds

bp = Blueprint("availability", __name__, url_prefix="/availability")
LONGEST_RANGE = 400  # days
_LATEST_YEAR = 2199


@bp.post("/calendar", strict_slashes=False)
def calendar() -> ResponseReturnValue:
    asked = read(CalendarQuery)
    experience = experience_asked_for(asked.product_id, asked.option_id)
    people = _people(experience, asked)
    days = _days(asked.local_date_start, asked.local_date_end)
    give_back_overdue_holds()
    return answer(as_calendar(experience, days, _between(experience, days[0], days[-1], people)))


@bp.post("", strict_slashes=False)
def index() -> ResponseReturnValue:
    asked = read(AvailabilityQuery)
    experience = experience_asked_for(asked.product_id, asked.option_id)
    people = _people(experience, asked)
    dates = (asked.local_date, asked.local_date_start, asked.local_date_end)
    if (asked.availability_ids is None) == (dates == (None, None, None)):
        raise bad_request(_("Say either between which dates or which ids, not both."))
    give_back_overdue_holds()
    if asked.availability_ids is not None:
        found = [find_offer(experience, key, people) for key in asked.availability_ids]
    else:
        found = _between(experience, *_span(asked), people)
    return answer([as_availability(each) for each in found])


def find_offer(experience: Experience, key: str, people: int) -> Offer:
    """The offer of that id. Raises OctoError."""
    try:
        start = datetime.fromisoformat(key)
        day = start.astimezone(zone()).date()
    except (ValueError, OverflowError) as error:
        raise no_availability(key) from error
    for each in _between(experience, day, day, people) if _is_sane(day) else ():
        if each.id == key:
            return each
    raise no_availability(key)


def _between(experience: Experience, first: date, last: date, people: int) -> list[Offer]:
    slots = slots_between(db_session(), experience, first, last, zone())
    moment = now()
    sold = sold_places(db_session(), current_channel().id, [slot.id for slot in slots], moment)
    return offers(slots, sold, people, moment.astimezone(zone()))


def _span(asked: AvailabilityQuery) -> tuple[date, date]:
    first, last = asked.local_date_start, asked.local_date_end
    if asked.local_date is not None and first is None and last is None:
        first = last = asked.local_date
    if first is None or last is None:
        raise bad_request(_("Say the first date and the last."))
    days = _days(first, last)
    return days[0], days[-1]


def _days(first: date, last: date) -> Sequence[date]:
    count = (last - first).days + 1
    if not (_is_sane(first) and _is_sane(last) and 1 <= count <= LONGEST_RANGE):
        raise bad_request(_("The dates are not in order, or too far apart."))
    return [first + timedelta(days=number) for number in range(count)]


def _is_sane(day: date) -> bool:
    return 2000 <= day.year <= _LATEST_YEAR


def _people(experience: Experience, asked: CalendarQuery | AvailabilityQuery) -> int:
    """How many are to come, of units that exist; checks the currency too."""
    known = {unit.code for unit in experience.units}
    for each in asked.units:
        if each.id not in known:
            raise no_unit(each.id)
    check_currency(asked.currency)
    return sum(each.quantity for each in asked.units)


def check_currency(currency: str | None) -> None:
    if currency not in (None, g.destination.currency):
        raise bad_request(_("Prices are in %(currency)s only.", currency=g.destination.currency))
