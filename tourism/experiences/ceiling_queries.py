"""Reading ceilings: which there are, what lies below each, and how full it will be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tourism.destination.models import Place
from tourism.experiences.errors import CeilingNotFoundError
from tourism.experiences.models import Ceiling, CeilingCount, CeilingKind, Experience, Slot

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DayLoad:
    """How many are booked on a local day where the ceiling is fullest, and when that is."""

    day: date
    taken: int
    capacity: int
    at: datetime

    @property
    def left(self) -> int:
        return max(0, self.capacity - self.taken)

    @property
    def over_by(self) -> int:
        return max(0, self.taken - self.capacity)

    @property
    def percent(self) -> int:
        return min(100, self.taken * 100 // self.capacity)


@dataclass(frozen=True, slots=True)
class Below:
    """An experience that a ceiling stands above, with how many of its coming slots."""

    experience: Experience
    slots: int


def all_ceilings(session: Session) -> Sequence[Ceiling]:
    """Every ceiling, the township's first."""
    return session.scalars(sa.select(Ceiling).order_by(Ceiling.depth, Ceiling.id)).all()


def get_ceiling(session: Session, ceiling_id: int) -> Ceiling:
    """Raises CeilingNotFoundError."""
    found = session.get(Ceiling, ceiling_id)
    if found is None:
        raise CeilingNotFoundError(ceiling_id=ceiling_id)
    return found


def find_ceiling(session: Session, kind: CeilingKind, place_id: int | None) -> Ceiling | None:
    """The ceiling of that kind on a place, or on the township."""
    query = sa.select(Ceiling).where(Ceiling.kind == kind, Ceiling.place_id == place_id)
    return session.scalars(query.order_by(Ceiling.id)).first()


def fullest(session: Session, ceiling: Ceiling, now: datetime) -> int:
    """How many are booked where a ceiling is fullest, from the present day on."""
    query = sa.select(sa.func.max(CeilingCount.taken)).where(
        CeilingCount.ceiling_id == ceiling.id, CeilingCount.starts_at > now - _DAY
    )
    return session.scalar(query) or 0


def loads(
    session: Session, ceilings: Sequence[Ceiling], first: date, days: int, zone: ZoneInfo
) -> dict[int, list[DayLoad]]:
    """How full each ceiling is on these local days, by its id; one query."""
    start = datetime(first.year, first.month, first.day, tzinfo=zone)
    query = sa.select(CeilingCount.ceiling_id, CeilingCount.starts_at, CeilingCount.taken).where(
        CeilingCount.ceiling_id.in_([each.id for each in ceilings]),
        CeilingCount.starts_at >= start,
        CeilingCount.starts_at < start + days * _DAY,
    )
    fullest_of: dict[tuple[int, date], tuple[int, datetime]] = {}
    for ceiling_id, at, taken in session.execute(query.order_by(CeilingCount.starts_at)):
        key = ceiling_id, at.astimezone(zone).date()
        if taken > fullest_of.get(key, (0,))[0]:
            fullest_of[key] = taken, at
    wanted = [first + number * _DAY for number in range(days)]
    return {
        each.id: [
            DayLoad(day, taken, each.capacity, at)
            for day in wanted
            for taken, at in [fullest_of.get((each.id, day), (0, start))]
        ]
        for each in ceilings
    }


def below(session: Session, ceiling: Ceiling, now: datetime) -> list[Below]:
    """The experiences whose slots count there, with how many slots are still to come."""
    coming = sa.func.count(Slot.id)
    query = (
        sa.select(Experience, coming)
        .join(Slot, sa.and_(Slot.experience_id == Experience.id, Slot.ends_at > now), isouter=True)
        .group_by(Experience.id)
        .order_by(Experience.id)
        .options(joinedload(Experience.place), joinedload(Experience.operator))
    )
    if ceiling.place_id is not None:
        query = query.where(Experience.place_id.in_(_at_or_below(ceiling.place_id)))
    return [Below(*row) for row in session.execute(query)]


def _at_or_below(place_id: int) -> sa.Select[int]:
    """A place and all that lie below it."""
    down = sa.select(Place.id).where(Place.id == place_id).cte("down", recursive=True)
    down = down.union(sa.select(Place.id).where(Place.parent_id == down.c.id))
    return sa.select(down.c.id)
