"""Who works for which operator, and what is therefore theirs to see and change."""

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from tourism.accounts.models import Role, User
from tourism.audit.operations import Actor, record
from tourism.experiences.errors import ExperienceNotFoundError, SlotNotFoundError
from tourism.experiences.models import Experience, Membership, Operator, Slot

_WHOLE = (
    joinedload(Experience.place),
    joinedload(Experience.operator),
    selectinload(Experience.units),
)


def all_operators(session: Session) -> Sequence[Operator]:
    """Every operator to choose from: those that are not archived."""
    query = sa.select(Operator).where(Operator.archived_at.is_(None))
    return session.scalars(query.order_by(Operator.slug)).all()


def operators_of(session: Session, user: User) -> Sequence[Operator]:
    """The operators that a person works for, but for those archived."""
    query = sa.select(Operator).where(
        Operator.id.in_(own_operators(user)), Operator.archived_at.is_(None)
    )
    return session.scalars(query.order_by(Operator.slug)).all()


def own_operators(user: User) -> sa.ScalarSelect[int]:
    """Their ids, to stand in another query."""
    query = sa.select(Membership.operator_id).where(Membership.user_id == user.id)
    return query.scalar_subquery()


def experiences_of(session: Session, user: User) -> Sequence[Experience]:
    """The experiences of the person's operators that are not archived, with place and units."""
    query = _experiences(user).where(Experience.archived_at.is_(None))
    return session.scalars(query.order_by(Experience.id)).all()


def all_experiences(session: Session) -> Sequence[Experience]:
    """Every experience, published or not, with place, operator and units."""
    return session.scalars(sa.select(Experience).options(*_WHOLE).order_by(Experience.id)).all()


def get_any_experience(session: Session, slug: str) -> Experience:
    """One of them. Raises ExperienceNotFoundError."""
    query = sa.select(Experience).where(Experience.slug == slug).options(*_WHOLE)
    found = session.scalar(query)
    if found is None:
        raise ExperienceNotFoundError(slug=slug)
    return found


def get_experience_of(session: Session, user: User, experience_id: int) -> Experience:
    """One of them. Raises ExperienceNotFoundError for every other, be it there or not."""
    found = session.scalar(_experiences(user).where(Experience.id == experience_id))
    if found is None:
        raise ExperienceNotFoundError(id=experience_id)
    return found


def is_theirs(user: User) -> sa.ColumnElement[bool]:
    """The condition that an experience is theirs to act on: their operators', an officer's all."""
    if user.role is Role.OFFICER:
        return sa.true()
    return Experience.operator_id.in_(own_operators(user))


def slots_of(session: Session, user: User, starts: datetime, ends: datetime) -> Sequence[Slot]:
    """Every slot of theirs that begins in [starts, ends), with experience, by that and time; but
    nothing of what is archived, for which nobody is booked."""
    query = (
        sa.select(Slot)
        .join(Slot.experience)
        .where(Slot.starts_at >= starts, Slot.starts_at < ends, is_theirs(user))
        .where(Experience.archived_at.is_(None))
        .options(contains_eager(Slot.experience))
        .order_by(Experience.id, Slot.starts_at)
    )
    return session.scalars(query).all()


def get_slot_of(session: Session, user: User, slot_id: int) -> Slot:
    """A slot of the person's operators, with experience, place and operator.

    Raises SlotNotFoundError for every other: whether it exists is not theirs to know.
    """
    whole = contains_eager(Slot.experience).options(
        joinedload(Experience.place), joinedload(Experience.operator)
    )
    query = (
        sa.select(Slot)
        .join(Slot.experience)
        .where(Slot.id == slot_id, Experience.operator_id.in_(own_operators(user)))
        .options(whole)
    )
    found = session.scalar(query)
    if found is None:
        raise SlotNotFoundError(slot_id=slot_id)
    return found


def set_memberships(
    session: Session, *, user: User, operator_ids: Collection[int], now: datetime, actor: Actor
) -> None:
    """Let somebody work for these operators and no others. Unknown ids are passed over."""
    before = {operator.id: operator for operator in operators_of(session, user)}
    after = {each.id: each for each in all_operators(session) if each.id in operator_ids}
    if before.keys() == after.keys():
        return
    gone = [key for key in before if key not in after]
    session.execute(
        sa.delete(Membership).where(Membership.user_id == user.id, Membership.operator_id.in_(gone))
    )
    session.add_all(
        Membership(user_id=user.id, operator_id=key) for key in after if key not in before
    )
    record(
        session,
        actor=actor,
        action="people.change_operators",
        subject=("user", user.id),
        at=now,
        before={"operators": [operator.slug for operator in before.values()]},
        after={"operators": [operator.slug for operator in after.values()]},
    )


def _experiences(user: User) -> sa.Select[Experience]:
    query = sa.select(Experience).where(Experience.operator_id.in_(own_operators(user)))
    return query.options(*_WHOLE)
