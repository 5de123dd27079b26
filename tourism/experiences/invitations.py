"""One-time links with which somebody begins to work for an operator."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tourism.accounts.models import Role, User
from tourism.audit.operations import Actor, record
from tourism.experiences.errors import (
    AccountTakenError,
    InvitationNotFoundError,
    InvitationOverError,
)
from tourism.experiences.models import Invitation, Membership, Operator
from tourism.experiences.ownership import own_operators

LIVES = timedelta(days=3)
ROLES = (Role.OWNER, Role.STEWARD)


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """The only moment at which the link's token is known."""

    invitation: Invitation
    token: str


def invite_member(
    session: Session, *, operator: Operator, role: Role, name: str, by: User, now: datetime
) -> NewInvitation:
    """Make a link for somebody who is to work for the operator."""
    token = _token()
    invitation = Invitation(
        operator_id=operator.id,
        role=role,
        name=name,
        token_hash=hash_of(token),
        created_by=by.id,
        created_at=now,
        expires_at=now + LIVES,
    )
    session.add(invitation)
    session.flush()
    _record(session, invitation, "people.invite_member", Actor("user", str(by.id)), now)
    return NewInvitation(invitation, token)


def renew_invitation(
    session: Session, *, invitation: Invitation, now: datetime, actor: Actor
) -> NewInvitation:
    """Another link in place of the one that was lost, which stops working.

    Raises InvitationOverError once it was taken up or taken back.
    """
    if invitation.used_at or invitation.revoked_at:
        raise InvitationOverError(invitation_id=invitation.id)
    token = _token()
    invitation.token_hash, invitation.expires_at = hash_of(token), now + LIVES
    _record(session, invitation, "people.renew_invitation", actor, now)
    return NewInvitation(invitation, token)


def revoke_invitation(
    session: Session, *, invitation: Invitation, now: datetime, actor: Actor
) -> None:
    """Let a link work no more; doing it again changes nothing. Raises InvitationOverError once it
    was taken up."""
    if invitation.used_at:
        raise InvitationOverError(invitation_id=invitation.id)
    if invitation.revoked_at is None:
        invitation.revoked_at = now
        _record(session, invitation, "people.revoke_invitation", actor, now)


def accept_invitation(session: Session, *, token: str, user: User, now: datetime) -> None:
    """Begin to work for the operator; the link is spent.

    Raises InvitationNotFoundError, InvitationOverError, or AccountTakenError where the account
    already does other work: nobody becomes owner of one orchard by an invitation of another.
    """
    invitation = get_invitation(session, token)
    if user.role is not invitation.role:
        _check_free(session, user, invitation)
    spent = session.scalar(
        sa.update(Invitation)
        .where(Invitation.id == invitation.id, Invitation.token_hash == hash_of(token))
        .where(Invitation.used_at.is_(None), Invitation.revoked_at.is_(None))
        .where(Invitation.expires_at > now)
        .values(used_at=now, used_by=user.id)
        .returning(Invitation.id),
        execution_options={"synchronize_session": False},
    )
    if spent is None:
        raise InvitationOverError(invitation_id=invitation.id)
    session.merge(Membership(operator_id=invitation.operator_id, user_id=user.id))
    user.role = invitation.role
    facts = {"operator": invitation.operator.slug, "role": invitation.role.value}
    actor = Actor("user", str(user.id))
    record(
        session, actor=actor, action="people.join", subject=("user", user.id), at=now, after=facts
    )
    session.flush()


def get_invitation(session: Session, token: str) -> Invitation:
    """The invitation of a link, with its operator. Raises InvitationNotFoundError."""
    query = sa.select(Invitation).where(Invitation.token_hash == hash_of(token))
    found = session.scalar(query.options(joinedload(Invitation.operator)))
    if found is None:
        raise InvitationNotFoundError
    return found


def get_invitation_of(session: Session, user: User, invitation_id: int) -> Invitation:
    """One to the person's operators, an officer's any. Raises InvitationNotFoundError for every
    other."""
    found = session.scalar(_of(user).where(Invitation.id == invitation_id))
    if found is None:
        raise InvitationNotFoundError(invitation_id=invitation_id)
    return found


def pending_invitations(session: Session, user: User) -> Sequence[Invitation]:
    """Those to the person's operators that nobody has taken up or taken back, newest first."""
    query = _of(user).where(Invitation.used_at.is_(None), Invitation.revoked_at.is_(None))
    return session.scalars(query.order_by(Invitation.id.desc())).all()


def hash_of(token: str) -> str:
    """How links are kept. They are random, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def _token() -> str:
    return secrets.token_urlsafe(24)


def _of(user: User) -> sa.Select[Invitation]:
    query = sa.select(Invitation)
    if user.role is not Role.OFFICER:
        query = query.where(Invitation.operator_id.in_(own_operators(user)))
    return query.options(joinedload(Invitation.operator))


def _check_free(session: Session, user: User, invitation: Invitation) -> None:
    """Another job is given to visitors, and to a steward of this very operator alone."""
    places = session.scalars(
        sa.select(Membership.operator_id).where(Membership.user_id == user.id)
    ).all()
    rises = user.role is Role.STEWARD and set(places) <= {invitation.operator_id}
    if user.role is not Role.VISITOR and not rises:
        raise AccountTakenError(role=user.role)


def _record(
    session: Session, invitation: Invitation, action: str, actor: Actor, at: datetime
) -> None:
    after = {"operator": invitation.operator_id, "role": invitation.role.value}
    subject = ("invitation", invitation.id)
    record(session, actor=actor, action=action, subject=subject, at=at, after=after)
