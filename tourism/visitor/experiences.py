"""What can be booked, and on which days at what times there is room."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache, partial
from itertools import groupby

from flask import (
    Blueprint,
    current_app,
    g,
    get_template_attribute,
    render_template,
    request,
)
from flask.typing import ResponseReturnValue

from tourism.core.clock import now
from tourism.experiences.availability import Availability, availability, is_nearly_full, last_day
from tourism.experiences.models import Experience, Slot
from tourism.experiences.queries import (
    DayPlaces,
    get_experience,
    next_slots_of_each,
    places_by_day,
    published_experiences,
    slots_of_day,
)
from tourism.festivals.models import Festival
from tourism.visitor.festivals import Listing
from tourism.visitor.machines import voice
from tourism.web.db import db_session
from tourism.web.filters import local, local_time, text, zone
from tourism.web.kept import kept
from tourism.web.languages import current_language
from tourism.web.linked_data import FreeDays, experience_data
from tourism.web.pages import shared
from tourism.web.room import days_within, show_room

bp = Blueprint("experiences", __name__)
bp.add_app_template_test(is_nearly_full, "nearly_full")
_WEEK = 7
_MOST_ROWS = 2000


@dataclass(frozen=True, slots=True)
class Group:
    """The experiences of a festival, or those that belong to none."""

    festival: Festival | None
    listings: Sequence[Listing]


@dataclass(frozen=True, slots=True)
class Row:
    """What the list says of a slot, in plain values: it is written anew when one of them changes.
    A full slot names when the next of the day begins that has room."""

    slot_id: int
    begins: str
    until: str
    availability: Availability
    capacity: int
    places_left: int
    instead: str | None
    closed_for: str | None
    closed_words: str | None


@dataclass(frozen=True, slots=True)
class Days:
    """The bookable days around the chosen one, a week at a time."""

    chosen: date
    week: dict[date, DayPlaces]
    before: date | None  # a day of the week before, where there is one
    after: date | None
    next_with_places: date | None  # the first day after the chosen one that has room


@dataclass(frozen=True, slots=True)
class ExperiencePage:
    """All that the page of an experience shows."""

    experience: Experience
    today: date
    first_day: date
    last_day: date
    is_wrong_day: bool  # the address named a day that cannot be booked
    days: Days
    rows: Sequence[Row]
    hold: timedelta
    free: FreeDays


@bp.get("/experiences")
def index() -> ResponseReturnValue:
    session, current = db_session(), now()
    nexts = next_slots_of_each(session, current, 1)
    listings = [
        Listing(experience, next(iter(nexts.get(experience.id, ())), None))
        for experience in published_experiences(session)
    ]
    return render_template(
        "visitor/experiences/index.html", groups=_groups(listings), today=local(current).date()
    )


@bp.get("/experiences/<slug>")
@shared
def show(slug: str) -> ResponseReturnValue:
    experience = kept(("experience", slug), partial(get_experience, slug=slug))
    page = _page(experience, request.args.get("date"), now())
    status = 422 if page.is_wrong_day else 200
    linked_data = experience_data(page.experience, page.free, g.destination, voice())
    answer = render_template("visitor/experiences/show.html", page=page, linked_data=linked_data)
    return answer, status


def _groups(listings: Iterable[Listing]) -> list[Group]:
    """By festival in its order, what has room first; experiences without a festival last."""
    ordered = sorted(listings, key=lambda each: (*_festival_turn(each), each.slot is None))
    runs = groupby(ordered, key=_festival_turn)
    groups = ([*run] for _turn, run in runs)
    return [Group(run[0].experience.festival, run) for run in groups]


def _festival_turn(listing: Listing) -> tuple[bool, int, int]:
    festival = listing.experience.festival
    return (False, festival.rank, festival.id) if festival else (True, 0, 0)


def _page(experience: Experience, wanted: str | None, current: datetime) -> ExperiencePage:
    today = local(current).date()
    window = _days_between(today, last_day(experience, today))
    places = days_within(experience, _places(experience, window, current))
    asked = _date(wanted)
    chosen = asked if asked in places else _first_with_places(places) or today
    slots = slots_of_day(db_session(), experience, chosen, zone())
    show_room(slots)
    return ExperiencePage(
        experience=experience,
        today=today,
        first_day=window[0],
        last_day=window[-1],
        is_wrong_day=wanted is not None and asked not in places,
        days=_days(chosen, places),
        rows=_rows(slots, current),
        hold=current_app.config["TOURISM"].hold,
        free=_free(places),
    )


def _places(experience: Experience, window: list[date], current: datetime) -> dict[date, DayPlaces]:
    """What the days offer: the same in every language and whatever day is looked at."""
    read = partial(places_by_day, experience=experience, days=window, zone=zone(), now=current)
    return kept(("days", experience.id, window[0]), read)


def _free(places: dict[date, DayPlaces]) -> FreeDays:
    open_days = (day for day, each in places.items() if each.places_left or each.free_slots)
    first = next(open_days, None)
    return FreeDays(first, first is None and any(each.is_full for each in places.values()))


def _date(wanted: str | None) -> date | None:
    try:
        return date.fromisoformat(wanted or "")
    except ValueError:
        return None


def _days_between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _first_with_places(places: dict[date, DayPlaces], after: date = date.min) -> date | None:
    return next((day for day, each in places.items() if day > after and each.places_left), None)


def _days(chosen: date, places: dict[date, DayPlaces]) -> Days:
    days = list(places)
    start = days.index(chosen) // _WEEK * _WEEK
    week = days[start : start + _WEEK]
    return Days(
        chosen=chosen,
        week={day: places[day] for day in week},
        before=days[start - 1] if start else None,
        after=days[start + _WEEK] if start + _WEEK < len(days) else None,
        next_with_places=_first_with_places(places, chosen),
    )


def _rows(slots: Sequence[Slot], current: datetime) -> list[Row]:
    """The day's list, made from its end, so that each full slot knows who comes after it."""
    rows: list[Row] = []
    later: str | None = None
    for slot in reversed(slots):
        row = _row(slot, availability(slot, current), later)
        rows.append(row)
        if row.availability.is_bookable:
            later = row.begins
    return rows[::-1]


def _row(slot: Slot, state: Availability, later: str | None) -> Row:
    return Row(
        slot_id=slot.id,
        begins=local_time(slot.starts_at),
        until=local_time(slot.ends_at),
        availability=state,
        capacity=slot.capacity,
        places_left=slot.places_left,
        instead=later if state is Availability.FULL else None,
        closed_for=slot.closed_for,
        closed_words=text(slot.closed_words) if slot.closed_words else None,
    )


@bp.app_template_filter()
def written(row: Row) -> str:
    """The row as it stands in the page. From one second to the next most rows say the same."""
    return _written(row, current_language(), request.script_root)


@lru_cache(_MOST_ROWS)
def _written(row: Row, _language: str, _root: str) -> str:
    words: str = get_template_attribute("visitor/experiences/_slot.html", "slot_row")(row)
    return words
