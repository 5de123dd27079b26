"""The kinds of visitors of an experience and what each pays."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tourism.audit.operations import Actor, change, record
from tourism.core.languages import EN, Texts
from tourism.core.slugs import slug_of
from tourism.experiences.errors import ExperienceInUseError, UnitNotFoundError
from tourism.experiences.models import Experience, Slot, Unit

LONGEST_CODE = 24


@dataclass(frozen=True, slots=True)
class NewUnit:
    """A kind of visitor; the names are those of its columns."""

    name: Texts
    hint: Texts
    price_amount: int | None
    price_currency: str | None
    comes_alone: bool


def add_unit(
    session: Session, *, experience: Experience, new: NewUnit, now: datetime, actor: Actor
) -> Unit:
    """Let one more kind of visitor come, last in the list."""
    taken = [unit.code for unit in experience.units]
    code = slug_of(new.name.get(EN, "")[: LONGEST_CODE - 3], "visitor", taken)
    rank = 1 + max((unit.rank for unit in experience.units), default=-1)
    unit = Unit(code=code, rank=rank, **asdict(new))
    experience.units.append(unit)
    session.flush()
    _record(session, experience, unit, "experience.unit", now, actor, None, asdict(new))
    return unit


def change_unit(
    session: Session,
    *,
    experience: Experience,
    unit: Unit,
    new: NewUnit,
    now: datetime,
    actor: Actor,
) -> None:
    """Change it for who books from now on; who has booked pays the old price."""
    changed = change(
        session,
        unit,
        asdict(new),
        actor=actor,
        action="experience.unit",
        subject=("experience", experience.id),
        at=now,
        facts={"unit": unit.code},
    )
    if changed:
        unit.sample = False


def remove_unit(
    session: Session, *, experience: Experience, unit: Unit, now: datetime, actor: Actor
) -> None:
    """Take it off the list. Raises ExperienceInUseError once there are times: somebody may have
    booked for it."""
    if session.scalar(sa.select(sa.exists().where(Slot.experience_id == experience.id))):
        raise ExperienceInUseError(experience_id=experience.id)
    before = {"name": unit.name, "price_amount": unit.price_amount}
    _record(session, experience, unit, "experience.unit", now, actor, before, None)
    session.delete(unit)
    session.flush()
    session.expire(experience, ["units"])


def get_unit(experience: Experience, unit_id: int) -> Unit:
    """One of the experience's. Raises UnitNotFoundError."""
    found = next((unit for unit in experience.units if unit.id == unit_id), None)
    if found is None:
        raise UnitNotFoundError(unit_id=unit_id)
    return found


def _record(
    session: Session,
    experience: Experience,
    unit: Unit,
    action: str,
    at: datetime,
    actor: Actor,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> None:
    facts = {"unit": unit.code}
    record(
        session,
        actor=actor,
        action=action,
        subject=("experience", experience.id),
        at=at,
        before=None if before is None else facts | before,
        after=None if after is None else facts | after,
    )
    session.flush()
