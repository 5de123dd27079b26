"""A day at the orchard: who is booked, who has come, how many more may."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from tourism.core.clock import now
from tourism.experiences.models import Experience, Operator
from tourism.experiences.ownership import operators_of
from tourism.experiences.queries import midnight
from tourism.statistics.queries import Load, SlotCount, by_experience, count_slots, load
from tourism.web.days import asked_day
from tourism.web.db import db_session
from tourism.web.filters import local, zone

bp = Blueprint("arrivals", __name__)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DayPage:
    """All that the page of a day shows."""

    today: date
    day: date
    before: date
    after: date
    operators: Sequence[Operator]
    sums: Load
    experiences: Sequence[tuple[Experience, Sequence[SlotCount]]]
    now_ids: frozenset[int]
    next_ids: frozenset[int]


@bp.get("/")
def index() -> ResponseReturnValue:
    at = now()
    today = local(at).date()
    return render_template("desk/arrivals/index.html", page=_page(asked_day(today), today, at))


def _page(day: date, today: date, at: datetime) -> DayPage:
    session = db_session()
    starts, ends = midnight(day, zone()), midnight(day + _DAY, zone())
    counts = count_slots(session, starts, ends, of=current_user)
    experiences = by_experience(counts)
    nexts = (_next(slots, at) for _, slots in experiences) if day == today else ()
    return DayPage(
        today=today,
        day=day,
        before=day - _DAY,
        after=day + _DAY,
        operators=operators_of(session, current_user),
        sums=load(counts),
        experiences=experiences,
        now_ids=frozenset(each.slot.id for each in counts if _is_now(each, at)),
        next_ids=frozenset(each.slot.id for each in nexts if each),
    )


def _is_now(count: SlotCount, at: datetime) -> bool:
    return count.slot.starts_at <= at < count.slot.ends_at


def _next(counts: Sequence[SlotCount], at: datetime) -> SlotCount | None:
    return next((each for each in counts if each.slot.starts_at > at), None)
