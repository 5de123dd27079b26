"""Reading experiences and their slots."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from tourism.core.db import UtcDateTime
from tourism.experiences.errors import ExperienceNotFoundError, SlotNotFoundError
from tourism.experiences.models import Ceiling, Experience, Slot, SlotState

_WHOLE_EXPERIENCE = (
    joinedload(Experience.operator),
    joinedload(Experience.place),
    joinedload(Experience.festival),
    selectinload(Experience.units),
)
# No arrival window lasts longer; the bound lets the index pass over all the years gone by.
_LONGEST_WINDOW = timedelta(days=1)
_HAS_ROOM = sa.and_(Slot.state == SlotState.OPEN, Slot.taken < Slot.capacity)


@dataclass(frozen=True, slots=True)
class DayPlaces:
    """What one local day offers: places left in open slots, and how many slots of which state."""

    places_left: int = 0
    open_slots: int = 0
    closed_slots: int = 0
    free_slots: int = 0

    @property
    def is_full(self) -> bool:
        return bool(self.open_slots) and not self.places_left and not self.free_slots

    @property
    def is_closed(self) -> bool:
        return bool(self.closed_slots) and not self.open_slots and not self.free_slots

    @property
    def is_empty(self) -> bool:
        return not (self.open_slots or self.closed_slots or self.free_slots)


def get_experience(session: Session, slug: str) -> Experience:
    """A published experience with operator, place, festival and units."""
    query = sa.select(Experience).where(Experience.slug == slug, Experience.is_published)
    found = session.scalar(query.options(*_WHOLE_EXPERIENCE))
    if found is None:
        raise ExperienceNotFoundError(slug=slug)
    return found


def published_experiences(session: Session) -> Sequence[Experience]:
    """Every published experience with its place and festival."""
    return session.scalars(_published()).all()


def experiences_of_places(session: Session, place_ids: Iterable[int]) -> Sequence[Experience]:
    """Published experiences at any of these places, with place and festival."""
    return session.scalars(_published().where(Experience.place_id.in_(list(place_ids)))).all()


def experiences_of_festival(session: Session, festival_id: int) -> Sequence[Experience]:
    """Published experiences of a festival, with place and festival."""
    return session.scalars(_published().where(Experience.festival_id == festival_id)).all()


def get_slot(session: Session, slot_id: int) -> Slot:
    """A slot of a published experience, with all of `get_experience`."""
    whole = joinedload(Slot.experience).options(*_WHOLE_EXPERIENCE)
    query = sa.select(Slot).join(Slot.experience).where(Slot.id == slot_id, Experience.is_published)
    found = session.scalar(query.options(whole))
    if found is None:
        raise SlotNotFoundError(slot_id=slot_id)
    return found


def get_slot_alone(session: Session, slot_id: int) -> Slot:
    """A slot, whatever its experience."""
    found = session.get(Slot, slot_id)
    if found is None:
        raise SlotNotFoundError(slot_id=slot_id)
    return found


def get_experience_to_book(session: Session, experience_id: int) -> Experience:
    """A published experience with its units alone."""
    units = selectinload(Experience.units)
    query = sa.select(Experience).where(Experience.id == experience_id, Experience.is_published)
    found = session.scalar(query.options(units))
    if found is None:
        raise ExperienceNotFoundError(experience_id=experience_id)
    return found


def has_ceilings(session: Session) -> bool:
    """Whether anything above the slots is limited."""
    return session.scalar(sa.select(sa.exists(sa.select(Ceiling.id)))) or False


def slots_of_day(session: Session, experience: Experience, day: date, zone: ZoneInfo) -> list[Slot]:
    """Every slot that begins on that local day, whatever its state. Its experience is the one
    given."""
    query = sa.select(Slot).where(
        Slot.experience_id == experience.id,
        Slot.starts_at >= midnight(day, zone),
        Slot.starts_at < midnight(day + timedelta(days=1), zone),
    )
    slots = list(session.scalars(query.order_by(Slot.starts_at)))
    for slot in slots:
        set_committed_value(slot, "experience", experience)
    return slots


def open_slots(
    session: Session, experience_id: int, from_: datetime, until: datetime
) -> Sequence[Slot]:
    """Slots of an experience that begin in [from_, until), are open and have places left."""
    query = sa.select(Slot).where(
        Slot.experience_id == experience_id,
        Slot.starts_at >= from_,
        Slot.starts_at < until,
        _HAS_ROOM,
    )
    return session.scalars(query.order_by(Slot.starts_at)).all()


def next_open_slots(session: Session, now: datetime, limit: int) -> Sequence[Slot]:
    """The next slots with room of all published experiences that can be booked at that instant,
    each with its experience and place."""
    bookable = _bookable(session, now)
    query = _with_experience(sa.select(Slot)).where(bookable, _HAS_ROOM)
    return session.scalars(query.order_by(Slot.starts_at, Slot.id).limit(limit)).all()


def next_slots_of_each(session: Session, now: datetime, count: int) -> dict[int, list[Slot]]:
    """For each published experience, by id, its next bookable slots with room: at most `count`,
    each with its experience and place. An experience without any is absent."""
    turn = sa.func.row_number().over(partition_by=Slot.experience_id, order_by=Slot.starts_at)
    ranked = (
        sa.select(Slot.id, turn.label("turn"))
        .join(Slot.experience)
        .where(_bookable(session, now), _HAS_ROOM)
        .subquery()
    )
    query = (
        _with_experience(sa.select(Slot))
        .join(ranked, ranked.c.id == Slot.id)
        .where(ranked.c.turn <= count)
        .order_by(Slot.experience_id, Slot.starts_at)
    )
    slots = session.scalars(query)
    return {key: list(each) for key, each in groupby(slots, lambda slot: slot.experience_id)}


def places_by_day(
    session: Session, experience: Experience, days: Sequence[date], zone: ZoneInfo, now: datetime
) -> dict[date, DayPlaces]:
    """What each of these days (consecutive local days) offers to somebody who books now.

    One grouped query over an index range: the days' boundaries are computed here, because a
    database does not know the township's time zone.
    """
    edges = [midnight(day, zone) for day in (*days, days[-1] + timedelta(days=1))]
    values: dict[str, Any] = {f"edge_{number}": edge for number, edge in enumerate(edges)}
    values |= {"experience_id": experience.id, "ends_after": now + experience.booking_cutoff}
    rows = session.execute(_places_of_days(len(days)), values)
    found = {days[row[0]]: DayPlaces(*row[1:]) for row in rows}
    return {day: found.get(day, DayPlaces()) for day in days}


@cache
def _places_of_days(count: int) -> sa.Select[Any]:
    """The statement behind `places_by_day`, made once: its making costs more than its run."""
    edges = [sa.bindparam(f"edge_{number}", type_=UtcDateTime()) for number in range(count + 1)]
    day = sa.case(*((Slot.starts_at < end, number) for number, end in enumerate(edges[1:])))
    return (
        sa.select(
            day.label("day"),
            _total(Slot.capacity - Slot.taken, Slot.state == SlotState.OPEN),
            *(_total(1, Slot.state == state) for state in SlotState),
        )
        .where(
            Slot.experience_id == sa.bindparam("experience_id"),
            Slot.starts_at >= edges[0],
            Slot.starts_at < edges[-1],
            Slot.ends_at > sa.bindparam("ends_after", type_=UtcDateTime()),
        )
        .group_by("day")
    )


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a local day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _published() -> sa.Select[Experience]:
    query = sa.select(Experience).where(Experience.is_published).order_by(Experience.id)
    return query.options(joinedload(Experience.place), joinedload(Experience.festival))


def _with_experience(query: sa.Select[Slot]) -> sa.Select[Slot]:
    whole = contains_eager(Slot.experience).joinedload(Experience.place)
    return query.join(Slot.experience).options(whole)


def _bookable(session: Session, now: datetime) -> sa.ColumnElement[bool]:
    """Not too late and not too early, for published experiences.

    The lengths differ from experience to experience; they are read first and the instants
    computed here, because the two databases add time in two ways.
    """
    rules: dict[tuple[timedelta, int], list[int]] = {}
    columns = (Experience.id, Experience.booking_cutoff, Experience.days_ahead)
    for key, cutoff, days_ahead in session.execute(
        sa.select(*columns).where(Experience.is_published)
    ):
        rules.setdefault((cutoff, days_ahead), []).append(key)
    return sa.or_(
        sa.false(),
        *(
            sa.and_(
                Slot.experience_id.in_(keys),
                Slot.ends_at > now + cutoff,
                Slot.starts_at > now - _LONGEST_WINDOW,
                Slot.starts_at < now + timedelta(days=days_ahead),
            )
            for (cutoff, days_ahead), keys in rules.items()
        ),
    )


def _total(
    value: sa.ColumnElement[int] | int, where: sa.ColumnElement[bool]
) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((where, value))), 0)
