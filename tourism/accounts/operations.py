"""What happens to accounts: made, signed in to, given another password or role, disabled."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tourism.accounts.emails import normal_email
from tourism.accounts.errors import (
    EmailTakenError,
    NameMissingError,
    OwnAccountError,
    WrongPasswordError,
)
from tourism.accounts.models import Role, User
from tourism.accounts.passwords import (
    check_password,
    hash_password,
    is_outdated,
    random_password,
    refuse_weak,
)
from tourism.accounts.queries import find_user_by_email, find_user_by_password
from tourism.audit.operations import Actor, record

LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class NewMember:
    """The only moment at which a member's first password is known."""

    user: User
    password: str


def register(
    session: Session,
    *,
    email: str,
    name: str,
    password: str,
    role: Role = Role.VISITOR,
    now: datetime,
    actor: Actor,
    phone: str | None = None,
) -> User:
    """Make an account. Raises EmailInvalidError, EmailTakenError, NameMissingError or
    WeakPasswordError."""
    email, name = normal_email(email), name.strip()[:LONGEST_NAME]
    if not name:
        raise NameMissingError
    refuse_weak(password, email, name)
    if find_user_by_email(session, email):
        raise EmailTakenError(email=email)
    user = User(
        email=email,
        name=name,
        phone=phone,
        role=role,
        password_hash=hash_password(password),
        created_at=now,
    )
    _add(session, user)
    # Neither name nor address: the audit is never deleted, a person may ask to be.
    _record(session, user, "people.register", actor, now, after={"role": role.value})
    return user


def invite(
    session: Session, *, email: str, name: str, role: Role, now: datetime, actor: Actor
) -> NewMember:
    """Make an account for somebody, with a password that must be changed at the first sign-in.

    Refuses what `register` refuses.
    """
    password = random_password()
    user = register(
        session, email=email, name=name, password=password, role=role, now=now, actor=actor
    )
    user.password_is_temporary = True
    return NewMember(user, password)


def authenticate(session: Session, *, email: str, password: str, now: datetime) -> User | None:
    """Sign somebody in: the person whose password this is, or None for whatever reason.

    A hash made with older parameters is renewed while the password is at hand.
    """
    user = find_user_by_password(session, email, password)
    if user:
        note_sign_in(session, user=user, password=password, now=now)
    return user


def note_sign_in(session: Session, *, user: User, password: str, now: datetime) -> None:
    """Keep that somebody has signed in with this (checked) password."""
    if is_outdated(user.password_hash):
        user.password_hash = hash_password(password)
    _record(session, user, "people.sign_in", Actor("user", str(user.id)), now)


def change_password(
    session: Session, *, user: User, current: str, new: str, now: datetime, actor: Actor
) -> None:
    """Set a new password and sign every other browser out.

    Raises WrongPasswordError or WeakPasswordError.
    """
    if not check_password(user.password_hash, current):
        raise WrongPasswordError
    set_password(session, user=user, new=new, now=now, actor=actor)


def set_password(session: Session, *, user: User, new: str, now: datetime, actor: Actor) -> None:
    """Set a password without asking for the old one. Raises WeakPasswordError."""
    refuse_weak(new, user.email, user.name)
    _replace_password(user, new, temporary=False)
    _record(session, user, "people.change_password", actor, now)


def reset_password(session: Session, *, user: User, now: datetime, actor: Actor) -> str:
    """Give a new first password, to be changed at the next sign-in, and sign the person out.

    Raises OwnAccountError: one's own is changed with the old one.
    """
    _refuse_own(user, actor)
    password = random_password()
    _replace_password(user, password, temporary=True)
    _record(session, user, "people.reset_password", actor, now)
    return password


def set_role(session: Session, *, user: User, role: Role, now: datetime, actor: Actor) -> None:
    """Let somebody do another job from the next request on. Raises OwnAccountError."""
    if user.role is role:
        return
    _refuse_own(user, actor)
    before, user.role = user.role, role
    _record(
        session,
        user,
        "people.change_role",
        actor,
        now,
        before={"role": before.value},
        after={"role": role.value},
    )


def set_enabled(
    session: Session, *, user: User, is_enabled: bool, now: datetime, actor: Actor
) -> None:
    """Open or shut an account; a shut one is signed out at once. Raises OwnAccountError."""
    if user.is_enabled is is_enabled:
        return
    _refuse_own(user, actor)
    user.is_enabled = is_enabled
    _record(session, user, "people.enable" if is_enabled else "people.disable", actor, now)


def _add(session: Session, user: User) -> None:
    """Two who sign up with one address at the same instant: the table's key decides."""
    try:
        with session.begin_nested():
            session.add(user)
    except IntegrityError as error:
        raise EmailTakenError(email=user.email) from error


def _replace_password(user: User, password: str, *, temporary: bool) -> None:
    user.password_hash = hash_password(password)
    user.password_is_temporary = temporary
    user.session_nonce = secrets.token_urlsafe(16)


def _refuse_own(user: User, actor: Actor) -> None:
    if actor == Actor("user", str(user.id)):
        raise OwnAccountError


def _record(
    session: Session,
    user: User,
    action: str,
    actor: Actor,
    at: datetime,
    *,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
) -> None:
    subject = ("user", user.id)
    record(session, actor=actor, action=action, subject=subject, at=at, before=before, after=after)
