"""What outside sellers may offer: experiences of their operators, and those experiences' slots."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from tourism.experiences.errors import ExperienceNotFoundError
from tourism.experiences.models import Experience, Slot
from tourism.experiences.queries import midnight

_WHOLE = (
    joinedload(Experience.operator),
    joinedload(Experience.place),
    joinedload(Experience.festival),
    selectinload(Experience.units),
)


def sellable_experiences(
    session: Session, operator_ids: Collection[int] | None
) -> Sequence[Experience]:
    """Published experiences of these operators (None: of all), with all that describes them."""
    return session.scalars(_sellable(operator_ids).order_by(Experience.id)).all()


def get_sellable(session: Session, operator_ids: Collection[int] | None, slug: str) -> Experience:
    """One of them. Raises ExperienceNotFoundError for every other, be it there or not."""
    found = session.scalar(_sellable(operator_ids).where(Experience.slug == slug))
    if found is None:
        raise ExperienceNotFoundError(slug=slug)
    return found


def slots_between(
    session: Session, experience: Experience, first: date, last: date, zone: ZoneInfo
) -> list[Slot]:
    """Every slot that begins on these local days, both included, in order of time. Their
    experience is the one given: the loader finds it in the session, without a query."""
    query = sa.select(Slot).where(
        Slot.experience_id == experience.id,
        Slot.starts_at >= midnight(first, zone),
        Slot.starts_at < midnight(last + timedelta(days=1), zone),
    )
    return list(session.scalars(query.order_by(Slot.starts_at)))


def starts_ahead(
    session: Session, experience_ids: Collection[int], now: datetime
) -> dict[int, list[datetime]]:
    """When the coming slots of each of these experiences begin."""
    query = sa.select(Slot.experience_id, Slot.starts_at).where(
        Slot.experience_id.in_(experience_ids), Slot.starts_at > now
    )
    starts: dict[int, list[datetime]] = {}
    for experience_id, start in session.execute(query.order_by(Slot.starts_at)):
        starts.setdefault(experience_id, []).append(start)
    return starts


def _sellable(operator_ids: Collection[int] | None) -> sa.Select[Experience]:
    query = sa.select(Experience).where(Experience.is_published).options(*_WHOLE)
    return query if operator_ids is None else query.where(Experience.operator_id.in_(operator_ids))
