"""The township's day at a glance, the week ahead, and the day's bookings to take away."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tourism.bookings.models import BookingStatus
from tourism.core.clock import now
from tourism.core.languages import in_language
from tourism.core.money import Money
from tourism.experiences.harvests import sold_between
from tourism.experiences.models import Experience
from tourism.experiences.queries import midnight
from tourism.statistics.exports import export_bookings
from tourism.statistics.queries import (
    BookingRow,
    Load,
    by_day,
    by_experience,
    count_slots,
    load,
)
from tourism.web.auth import actor
from tourism.web.days import asked_day
from tourism.web.db import db_session, transaction
from tourism.web.downloads import csv_download
from tourism.web.filters import local, zone
from tourism.web.languages import current_language

bp = Blueprint("statistics", __name__)
_DAY = timedelta(days=1)
_AHEAD = 8


@dataclass(frozen=True, slots=True)
class Overview:
    """All that the overview shows: the days from today on, and one of them by experience."""

    today: date
    day: date
    days: Sequence[tuple[date, Load]]
    sums: Load
    experiences: Sequence[tuple[Experience, Load]]
    sold_g: int  # fruit weighed at the exits that day


@bp.get("/")
def index() -> ResponseReturnValue:
    today = local(now()).date()
    return render_template("office/statistics/index.html", page=_overview(today, asked_day(today)))


@bp.get("/bookings/<day:day>.csv")
def download(day: date) -> ResponseReturnValue:
    starts, ends = _bounds(day)
    with transaction() as session:
        rows = export_bookings(session, day=day, starts=starts, ends=ends, now=now(), actor=actor())
    return csv_download(f"bookings-{day}.csv", _table(rows))


def _overview(today: date, day: date) -> Overview:
    session = db_session()
    days = [today + number * _DAY for number in range(_AHEAD)]
    week = by_day(
        count_slots(session, midnight(days[0], zone()), midnight(days[-1] + _DAY, zone())),
        days,
        zone(),
    )
    chosen = week[day] if day in week else count_slots(session, *_bounds(day))
    return Overview(
        today=today,
        day=day,
        days=[(each, load(counts)) for each, counts in week.items()],
        sums=load(chosen),
        experiences=[(experience, load(counts)) for experience, counts in by_experience(chosen)],
        sold_g=sum(each.net_g for each in sold_between(session, day, day).values()),
    )


def _bounds(day: date) -> tuple[datetime, datetime]:
    return midnight(day, zone()), midnight(day + _DAY, zone())


def _table(rows: Sequence[BookingRow]) -> Iterator[Sequence[object]]:
    yield (
        _("Day"),
        _("From"),
        _("To"),
        _("Experience"),
        _("Place"),
        _("Host"),
        _("Booking number"),
        _("Status"),
        _("Name"),
        _("Phone ends in"),
        _("Head count"),
        _("In"),
        _("Price"),
        _("Currency"),
        _("Language"),
        _("Note"),
    )
    for row in rows:
        yield _line(row)


def _line(row: BookingRow) -> Sequence[object]:
    slot, guest, experience = row.slot, row.guest, row.slot.experience
    starts, ends, language = local(slot.starts_at), local(slot.ends_at), current_language()
    return (
        starts.date(),
        f"{starts:%H:%M}",
        f"{ends:%H:%M}",
        in_language(experience.name, language),
        in_language(experience.place.name, language),
        in_language(experience.operator.name, language),
        guest.reference,
        status_word(guest.status),
        guest.name,
        guest.phone_end,
        guest.people,
        guest.arrived,
        _amount(row.total),
        row.total.currency if row.total else None,
        row.language,
        guest.note,
    )


def status_word(status: BookingStatus) -> str:
    words = {
        BookingStatus.HELD: _("Held"),
        BookingStatus.CONFIRMED: _("Confirmed"),
        BookingStatus.COMPLETED: _("Completed"),
        BookingStatus.CANCELLED: _("Cancelled"),
        BookingStatus.EXPIRED: _("Expired"),
    }
    return str(words[status])


def _amount(total: Money | None) -> str | None:
    """A plain number, in units of the currency, for a spreadsheet to add up."""
    return None if total is None else f"{total.amount / 100:.2f}"
