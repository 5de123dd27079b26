"""Who works for an operator, and how somebody ceases to."""

import secrets
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager

from tourism.accounts.models import Role, User
from tourism.audit.operations import Actor, record
from tourism.experiences.errors import LastOwnerError, MemberNotFoundError
from tourism.experiences.models import Membership, Operator
from tourism.experiences.ownership import own_operators


def members_of(session: Session, user: User) -> Sequence[Membership]:
    """Everybody who works for the person's operators: by operator, owners first."""
    query = _of(user).order_by(Operator.slug, User.role != Role.OWNER, User.name, User.id)
    return session.scalars(query).all()


def get_member_of(session: Session, user: User, operator_id: int, user_id: int) -> Membership:
    """One of them. Raises MemberNotFoundError for every other."""
    is_it = Membership.operator_id == operator_id, Membership.user_id == user_id
    found = session.scalar(_of(user).where(*is_it))
    if found is None:
        raise MemberNotFoundError(user_id=user_id)
    return found


def is_last_owner(session: Session, membership: Membership) -> bool:
    """Whether nobody else could act for the operator."""
    if membership.user.role is not Role.OWNER:
        return False
    others = (
        sa.select(Membership.user_id)
        .join(Membership.user)
        .where(
            Membership.operator_id == membership.operator_id,
            Membership.user_id != membership.user_id,
            User.role == Role.OWNER,
            User.is_enabled,
        )
    )
    return session.execute(others).first() is None


def remove_member(session: Session, *, membership: Membership, now: datetime, actor: Actor) -> None:
    """End somebody's work for an operator, and every session of theirs, at once. Who works nowhere
    any more is a visitor. Raises LastOwnerError."""
    _lock(session, membership.operator_id)
    if is_last_owner(session, membership):
        raise LastOwnerError(operator_id=membership.operator_id)
    person, operator = membership.user, membership.operator
    session.delete(membership)
    session.flush()
    person.session_nonce = secrets.token_urlsafe(16)
    before = {"operator": operator.slug, "role": person.role.value}
    if not _works(session, person):
        person.role = Role.VISITOR
    subject = ("user", person.id)
    record(session, actor=actor, action="people.remove", subject=subject, at=now, before=before)
    session.flush()


def _of(user: User) -> sa.Select[Membership]:
    return (
        sa.select(Membership)
        .join(Membership.user)
        .join(Membership.operator)
        .where(Membership.operator_id.in_(own_operators(user)))
        .options(contains_eager(Membership.user), contains_eager(Membership.operator))
    )


def _lock(session: Session, operator_id: int) -> None:
    """Two owners who remove each other at the same instant: one of them stays."""
    rows = sa.select(Membership.user_id).where(Membership.operator_id == operator_id)
    session.execute(rows.with_for_update()).all()


def _works(session: Session, person: User) -> bool:
    query = sa.select(Membership.operator_id).where(Membership.user_id == person.id)
    return session.execute(query).first() is not None
