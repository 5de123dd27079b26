"""The guest list: found, shown, printed and taken away; numbers open one by one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from tourism.bookings.guests import (
    Show,
    Wanted,
    arrived,
    count_guests,
    export_guests,
    find_guests,
)
from tourism.bookings.models import Booking, BookingStatus
from tourism.bookings.queries import get_booking_of
from tourism.core.clock import now
from tourism.experiences.models import Experience, Slot
from tourism.experiences.ownership import experiences_of, get_experience_of, get_slot_of
from tourism.experiences.queries import midnight
from tourism.web.auth import actor, wanted_address
from tourism.web.days import asked_day
from tourism.web.db import db_session, transaction
from tourism.web.downloads import csv_download, xlsx_download
from tourism.web.filters import local, reference, text, zone
from tourism.web.forms import clean
from tourism.web.phones import open_number, opened_numbers

bp = Blueprint("guests", __name__, url_prefix="/guests")
bp.add_app_template_filter(arrived, "people_in")
_DAY = timedelta(days=1)
_PAGE = 50
_MOST = 5000  # on paper or in a file
_LONGEST_WORDS = 80
SHOWS = {
    Show.EVERYBODY: _l("Everybody who comes"),
    Show.ARRIVED: _l("In already"),
    Show.EXPECTED: _l("Still to come"),
    Show.WALK_IN: _l("Came without booking"),
    Show.CANCELLED: _l("Cancelled"),
}


@dataclass(frozen=True, slots=True)
class GuestsPage:
    """A part of the list, what was asked for, and where it goes on."""

    wanted: Wanted
    day: date
    slot: Slot | None
    guests: Sequence[Booking]
    parties: int
    people: int
    number: int  # of the page, from 1
    experiences: Sequence[Experience]
    opened: frozenset[str]
    at: datetime

    @property
    def pages(self) -> int:
        return max(1, -(-self.parties // _PAGE))

    @property
    def before(self) -> date:
        return self.day - _DAY

    @property
    def after(self) -> date:
        return self.day + _DAY

    @property
    def asked(self) -> dict[str, object]:
        """What was asked for, to stand in the address of a neighbouring page or a file."""
        values = {
            "day": self.day.isoformat(),
            "slot": self.wanted.slot_id,
            "experience": self.wanted.experience_id,
            "show": self.wanted.show.value,
            "q": self.wanted.words,
        }
        return {name: value for name, value in values.items() if value}


@bp.get("/")
def index() -> ResponseReturnValue:
    number = max(1, min(request.args.get("page", 1, type=int), _MOST))
    page = _page(number, _PAGE)
    return render_template("desk/guests/index.html", page=page, shows=SHOWS)


@bp.get("/print")
def paper() -> ResponseReturnValue:
    """The whole list in large type, for a clipboard at the gate."""
    page = _page(1, _MOST)
    return render_template("desk/guests/print.html", page=page, shows=SHOWS)


@bp.get("/guests.csv")
def as_csv() -> ResponseReturnValue:
    wanted, day = _wanted()
    return csv_download(f"guests-{day}.csv", _table(_taken_away(wanted, day)))


@bp.get("/guests.xlsx")
def as_workbook() -> ResponseReturnValue:
    wanted, day = _wanted()
    return xlsx_download(f"guests-{day}.xlsx", _table(_taken_away(wanted, day)))


@bp.post("/<reference>/phone")
def open_phone(reference: str) -> ResponseReturnValue:
    """Show the number of a party, to call it."""
    booking = get_booking_of(db_session(), current_user, reference)
    open_number(booking, actor(), now())
    back = wanted_address(request.form.get("back", "")) or url_for(".index")
    return redirect(f"{back}#{booking.reference}", 303)


def _page(number: int, size: int) -> GuestsPage:
    wanted, day = _wanted()
    db, at = db_session(), now()
    parties, people = count_guests(db, wanted)
    number = min(number, max(1, -(-parties // size)))
    return GuestsPage(
        wanted=wanted,
        day=day,
        slot=get_slot_of(db, current_user, wanted.slot_id) if wanted.slot_id else None,
        guests=find_guests(db, wanted, limit=size, offset=(number - 1) * size),
        parties=parties,
        people=people,
        number=number,
        experiences=experiences_of(db, current_user),
        opened=opened_numbers(at),
        at=at,
    )


def _wanted() -> tuple[Wanted, date]:
    """What the address asks for. A slot decides the day; one that is not theirs is not found."""
    slot_id = request.args.get("slot", type=int)
    experience_id = request.args.get("experience", type=int)
    day = asked_day(local(now()).date())
    if slot_id:
        day = local(get_slot_of(db_session(), current_user, slot_id).starts_at).date()
    if experience_id:
        get_experience_of(db_session(), current_user, experience_id)
    asked = request.args.get("show", "")
    wanted = Wanted(
        user=current_user,
        starts=midnight(day, zone()),
        ends=midnight(day + _DAY, zone()),
        show=Show(asked) if asked in set(Show) else Show.EVERYBODY,
        words=clean(request.args.get("q"))[:_LONGEST_WORDS],
        slot_id=slot_id or None,
        experience_id=experience_id or None,
    )
    return wanted, day


def _taken_away(wanted: Wanted, day: date) -> Sequence[Booking]:
    with transaction() as session:
        return export_guests(session, wanted, day=day, limit=_MOST, now=now(), actor=actor())


def _table(guests: Sequence[Booking]) -> Iterator[Sequence[object]]:
    """No more of a phone number than its end: a file is passed on, and nobody sees by whom."""
    yield (
        _("Day"),
        _("From"),
        _("To"),
        _("Experience"),
        _("Booking number"),
        _("Status"),
        _("Name"),
        _("Phone ends in"),
        _("Head count"),
        _("In"),
        _("Price"),
        _("Currency"),
        _("Note"),
    )
    for booking in guests:
        yield _line(booking)


def _line(booking: Booking) -> Sequence[object]:
    starts, ends = local(booking.slot.starts_at), local(booking.slot.ends_at)
    total = booking.total
    return (
        starts.date().isoformat(),
        f"{starts:%H:%M}",
        f"{ends:%H:%M}",
        text(booking.slot.experience.name),
        reference(booking.reference),
        _state(booking),
        booking.name,
        (booking.phone or "")[-4:],
        booking.party_size,
        arrived(booking),
        None if total is None else total.amount / 100,
        total.currency if total else None,
        booking.note,
    )


def _state(booking: Booking) -> str:
    if booking.status is BookingStatus.CANCELLED:
        return str(_("Cancelled"))
    if booking.walk_in:
        return str(_("Came without booking"))
    return str(_("In already") if arrived(booking) else _("Still to come"))
