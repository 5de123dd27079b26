"""Who hosts visitors: the office adds, changes and archives them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tourism.accounts.models import Role, User
from tourism.audit.operations import Actor, change, record
from tourism.core.languages import EN, Texts
from tourism.core.slugs import slug_of
from tourism.experiences.errors import OperatorInUseError, OperatorNotFoundError
from tourism.experiences.models import Experience, Invitation, Membership, Operator


@dataclass(frozen=True, slots=True)
class Details:
    """What an operator is called and how it is reached: ``phone`` by visitors, ``contact`` by the
    office."""

    name: Texts
    phone: str | None
    contact: str | None


def create_operator(session: Session, *, details: Details, now: datetime, actor: Actor) -> Operator:
    """Add an operator; nobody works for it yet."""
    taken = session.scalars(sa.select(Operator.slug)).all()
    slug = slug_of(details.name.get(EN, ""), "operator", taken)
    operator = Operator(slug=slug, **asdict(details))
    session.add(operator)
    session.flush()
    _record(session, operator, "operators.create", now, actor, after=asdict(details))
    return operator


def change_operator(
    session: Session, *, operator: Operator, details: Details, now: datetime, actor: Actor
) -> None:
    """Change what it is called and how it is reached; its address on the site stays."""
    change(
        session,
        operator,
        asdict(details),
        actor=actor,
        action="operators.change",
        subject=("operator", operator.id),
        at=now,
    )


def archive_operator(session: Session, *, operator: Operator, now: datetime, actor: Actor) -> None:
    """Take it out of every list to choose from; its past stays. Doing it again changes nothing.

    Raises OperatorInUseError while it has an experience that is not archived.
    """
    if operator.archived_at is not None:
        return
    if any(each.archived_at is None for each in experiences_with(session, operator)):
        raise OperatorInUseError(operator_id=operator.id)
    operator.archived_at = now
    _record(session, operator, "operators.archive", now, actor)


def restore_operator(session: Session, *, operator: Operator, now: datetime, actor: Actor) -> None:
    """Bring it back. Doing it again changes nothing."""
    if operator.archived_at is not None:
        operator.archived_at = None
        _record(session, operator, "operators.restore", now, actor)


def every_operator(session: Session) -> Sequence[Operator]:
    """All of them: the archived ones last."""
    query = sa.select(Operator).order_by(Operator.archived_at.is_not(None), Operator.slug)
    return session.scalars(query).all()


def get_operator(session: Session, operator_id: int) -> Operator:
    """Raises OperatorNotFoundError."""
    found = session.get(Operator, operator_id)
    if found is None:
        raise OperatorNotFoundError(operator_id=operator_id)
    return found


def experiences_with(session: Session, operator: Operator) -> Sequence[Experience]:
    """All it has, with their places: the archived ones last."""
    return [each for each in every_experience(session) if each.operator_id == operator.id]


def every_experience(session: Session) -> Sequence[Experience]:
    """Those of all operators, with their places: the archived ones last."""
    query = sa.select(Experience).options(joinedload(Experience.place))
    query = query.order_by(Experience.archived_at.is_not(None), Experience.id)
    return session.scalars(query).all()


def people_of(session: Session, operator: Operator) -> Sequence[User]:
    """Who works for it, owners first."""
    query = (
        sa.select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.operator_id == operator.id)
        .order_by(User.role != Role.OWNER, User.name, User.id)
    )
    return session.scalars(query).all()


def invitations_to(session: Session, operator: Operator) -> Sequence[Invitation]:
    """Those that nobody has taken up or taken back, newest first."""
    query = sa.select(Invitation).where(
        Invitation.operator_id == operator.id,
        Invitation.used_at.is_(None),
        Invitation.revoked_at.is_(None),
    )
    return session.scalars(query.order_by(Invitation.id.desc())).all()


def _record(
    session: Session,
    operator: Operator,
    action: str,
    at: datetime,
    actor: Actor,
    *,
    after: dict[str, Any] | None = None,
) -> None:
    subject = ("operator", operator.id)
    record(session, actor=actor, action=action, subject=subject, at=at, after=after)
    session.flush()
