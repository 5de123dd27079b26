"""The desk's first page: a day at the orchard, slot by slot, with what may be changed in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from tourism.core.clock import now
from tourism.desk import undo
from tourism.experiences.models import Experience, Operator, Slot
from tourism.experiences.ownership import operators_of
from tourism.experiences.queries import midnight
from tourism.statistics.queries import Load, SlotCount, by_experience, count_slots, load
from tourism.web.days import asked_day
from tourism.web.db import db_session
from tourism.web.filters import local, zone

bp = Blueprint("arrivals", __name__)
_DAY = timedelta(days=1)
STEPS, DAY_STEPS = (-10, -5, 5, 10), (-50, -10, 10, 50)


@dataclass(frozen=True, slots=True)
class Row:
    """A slot of the day: its counts, whether it is now or next, and what is one tap away."""

    count: SlotCount
    is_now: bool
    is_next: bool
    is_over: bool

    @property
    def slot(self) -> Slot:
        return self.count.slot

    @property
    def parts(self) -> list[tuple[str, float, float]]:
        """The bar: what each stretch means, where it begins and how long it is, in percent."""
        count, slot = self.count, self.slot
        whole = max(slot.capacity, slot.taken, count.arrived, 1)
        walked = count.booked + count.walk_ins
        stretches = (
            ("booked", 0, count.booked),
            ("walked", count.booked, count.walk_ins),
            ("kept", walked, slot.held_back),
            ("arrived", 0, count.arrived),
        )
        return [
            (name, round(100 * start / whole, 1), round(100 * length / whole, 1))
            for name, start, length in stretches
            if length
        ]

    @property
    def capacities(self) -> list[tuple[int, int]]:
        """Capacities one tap away: the step and what it leads to. They name the result and not
        the step, so that a second tap changes nothing."""
        steps = DAY_STEPS if self.slot.experience.all_day else STEPS
        capacity = self.slot.wanted_capacity or self.slot.capacity
        reached = ((step, capacity + step) for step in steps)
        return [(step, total) for step, total in reached if total >= 1]

    @property
    def kept_places(self) -> list[int]:
        """How many places may be held back, one tap away."""
        most = self.slot.held_back + max(0, self.slot.places_left)
        near = {0, self.slot.held_back + 2, self.slot.held_back + 5, self.slot.held_back - 2}
        return sorted(each for each in near if 0 <= each <= most and each != self.slot.held_back)


@dataclass(frozen=True, slots=True)
class DayPage:
    """All that the page of a day shows."""

    today: date
    day: date
    at: datetime
    operators: Sequence[Operator]
    sums: Load
    walk_ins: int
    experiences: Sequence[tuple[Experience, Sequence[Row]]]

    @property
    def before(self) -> date:
        return self.day - _DAY

    @property
    def after(self) -> date:
        return self.day + _DAY


@bp.get("/")
def index() -> ResponseReturnValue:
    return render_template("desk/arrivals/index.html", page=_page(), done=undo.take())


@bp.get("/live")
def live() -> ResponseReturnValue:
    """The day's numbers alone, for a page that keeps itself up to date; 304 while they stand."""
    answer = make_response(render_template("desk/arrivals/_day.html", page=_page(), done=None))
    answer.add_etag()
    return answer.make_conditional(request)


def _page() -> DayPage:
    session, at = db_session(), now()
    today = local(at).date()
    day = asked_day(today)
    starts, ends = midnight(day, zone()), midnight(day + _DAY, zone())
    counts = count_slots(session, starts, ends, of=current_user)
    return DayPage(
        today=today,
        day=day,
        at=at,
        operators=operators_of(session, current_user),
        sums=load(counts),
        walk_ins=sum(each.walk_ins for each in counts),
        experiences=[(each, rows(slots, at)) for each, slots in by_experience(counts)],
    )


def rows(counts: Sequence[SlotCount], at: datetime) -> list[Row]:
    """The slots of one experience, the running ones and, today, the next one marked."""
    coming = (each.slot.id for each in counts if at < each.slot.starts_at <= at + _DAY)
    following = next(coming, None) if _is_of_day(counts, at) else None
    return [
        Row(
            count=each,
            is_now=each.slot.starts_at <= at < each.slot.ends_at,
            is_next=each.slot.id == following,
            is_over=each.slot.ends_at <= at,
        )
        for each in counts
    ]


def _is_of_day(counts: Sequence[SlotCount], at: datetime) -> bool:
    return bool(counts) and local(counts[0].slot.starts_at).date() == local(at).date()
