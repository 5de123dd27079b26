"""What can be booked at all: experiences are made, published, withdrawn and archived here."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from tourism.audit.operations import Actor, change, plain, record
from tourism.core.languages import EN, Texts
from tourism.core.slugs import slug_of
from tourism.experiences.ceilings import count_anew
from tourism.experiences.errors import (
    ExperienceIncompleteError,
    ExperienceInUseError,
    ExperienceNotFoundError,
)
from tourism.experiences.models import Experience, ExperienceKind, Operator, Schedule, Slot
from tourism.experiences.price_lists import NewUnit, add_unit


@dataclass(frozen=True, slots=True)
class Facts:
    """All about an experience that may change; the names are those of its columns."""

    kind: ExperienceKind
    place_id: int
    festival_id: int | None
    crop: str | None
    name: Texts
    summary: Texts
    stay: timedelta
    booking_cutoff: timedelta
    cancel_cutoff: timedelta
    days_ahead: int
    all_day: bool


@dataclass(frozen=True, slots=True)
class Times:
    """How many of its times are still to come, and how many people come to them."""

    slots: int
    people: int
    last: datetime | None


def create_experience(
    session: Session,
    *,
    operator: Operator,
    facts: Facts,
    units: Sequence[NewUnit],
    now: datetime,
    actor: Actor,
) -> Experience:
    """Make a draft with these kinds of visitors; nobody but the office and the desk sees it."""
    taken = session.scalars(sa.select(Experience.slug)).all()
    slug = slug_of(facts.name.get(EN, ""), facts.kind, taken)
    experience = Experience(
        slug=slug, operator_id=operator.id, is_published=False, units=[], **asdict(facts)
    )
    session.add(experience)
    session.flush()
    noted = {"operator": operator.slug, **plain(asdict(facts))}
    _record(session, experience, "experience.create", now, actor, after=noted)
    for unit in units:
        add_unit(session, experience=experience, new=unit, now=now, actor=actor)
    return experience


def change_experience(
    session: Session, *, experience: Experience, facts: Facts, now: datetime, actor: Actor
) -> None:
    """Change it for who books from now on.

    Raises ExperienceInUseError when whole days should become times of arrival, or the other way
    round, after times were made; CeilingFullError when, with another stay or place, too many
    would be somewhere at once.
    """
    if facts.all_day != experience.all_day and has_times(session, experience):
        raise ExperienceInUseError(experience_id=experience.id)
    changed = _change(session, experience, asdict(facts), now, actor)
    if changed & {"stay", "place_id"}:
        count_anew(session)


def publish_experience(
    session: Session, *, experience: Experience, now: datetime, actor: Actor
) -> None:
    """Show it to visitors and channels. Raises ExperienceIncompleteError."""
    if experience.is_published:
        return
    alone = any(unit.comes_alone for unit in experience.units)
    if experience.archived_at or experience.operator.archived_at or not alone:
        raise ExperienceIncompleteError(experience_id=experience.id)
    experience.is_published = True
    _record(session, experience, "experience.publish", now, actor)


def withdraw_experience(
    session: Session, *, experience: Experience, now: datetime, actor: Actor
) -> None:
    """Nobody new books it. Who has booked is not touched: their tickets stay good."""
    if experience.is_published:
        experience.is_published = False
        _record(session, experience, "experience.withdraw", now, actor)


def archive_experience(
    session: Session, *, experience: Experience, now: datetime, actor: Actor
) -> None:
    """Withdraw it and take it out of every list; its past stays.

    Raises ExperienceInUseError while somebody is booked for a time to come: those parties are
    for a closure, which asks them.
    """
    if experience.archived_at is not None:
        return
    if times_ahead(session, experience, now).people:
        raise ExperienceInUseError(experience_id=experience.id)
    experience.is_published, experience.archived_at = False, now
    _record(session, experience, "experience.archive", now, actor)


def restore_experience(
    session: Session, *, experience: Experience, now: datetime, actor: Actor
) -> None:
    """Bring it back as a draft. Raises ExperienceIncompleteError while its operator is archived."""
    if experience.archived_at is None:
        return
    if experience.operator.archived_at is not None:
        raise ExperienceIncompleteError(experience_id=experience.id)
    experience.archived_at = None
    _record(session, experience, "experience.restore", now, actor)


def get_whole_experience(session: Session, experience_id: int) -> Experience:
    """A draft, a published or an archived one, with all that its page shows. Raises
    ExperienceNotFoundError."""
    query = sa.select(Experience).where(Experience.id == experience_id)
    whole = (
        joinedload(Experience.operator),
        joinedload(Experience.place),
        joinedload(Experience.festival),
        selectinload(Experience.units),
    )
    found = session.scalar(query.options(*whole))
    if found is None:
        raise ExperienceNotFoundError(experience_id=experience_id)
    return found


def times_ahead(session: Session, experience: Experience, now: datetime) -> Times:
    """What is still to come of it. Places held back for people on the spot are nobody's."""
    people = sa.func.coalesce(sa.func.sum(Slot.taken - Slot.held_back), 0)
    query = sa.select(sa.func.count(), people, sa.func.max(Slot.starts_at))
    query = query.where(Slot.experience_id == experience.id, Slot.ends_at > now)
    return Times(*session.execute(query).one())


def has_times(session: Session, experience: Experience) -> bool:
    """Whether a time was ever made of it."""
    return (
        session.scalar(sa.select(sa.exists().where(Slot.experience_id == experience.id))) or False
    )


def has_schedule(session: Session, experience: Experience) -> bool:
    known = sa.exists().where(Schedule.experience_id == experience.id)
    return session.scalar(sa.select(known)) or False


def _change(
    session: Session, experience: Experience, wanted: dict[str, Any], at: datetime, actor: Actor
) -> set[str]:
    subject = ("experience", experience.id)
    return change(
        session, experience, wanted, actor=actor, action="experience.change", subject=subject, at=at
    )


def _record(
    session: Session,
    experience: Experience,
    action: str,
    at: datetime,
    actor: Actor,
    *,
    after: dict[str, Any] | None = None,
) -> None:
    subject = ("experience", experience.id)
    record(session, actor=actor, action=action, subject=subject, at=at, after=after)
    session.flush()
