"""Finding people."""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tourism.accounts.emails import folded_email
from tourism.accounts.errors import UserNotFoundError
from tourism.accounts.models import Role, User
from tourism.accounts.passwords import check_password


def get_user(session: Session, user_id: int) -> User:
    """Raises UserNotFoundError."""
    user = session.get(User, user_id)
    if user is None:
        raise UserNotFoundError(user_id=user_id)
    return user


def get_user_by_email(session: Session, email: str) -> User:
    """Raises UserNotFoundError."""
    user = find_user_by_email(session, email)
    if user is None:
        raise UserNotFoundError(email=email)
    return user


def find_user_by_email(session: Session, email: str) -> User | None:
    return session.scalar(sa.select(User).where(User.email == folded_email(email)))


def find_user_by_session(session: Session, session_id: str) -> User | None:
    """The person of a session cookie, unless disabled or the password has changed since."""
    identity, _, nonce = session_id.partition(".")
    user = session.get(User, int(identity)) if identity.isdecimal() else None
    return user if user and user.is_enabled and user.session_nonce == nonce else None


def find_user_by_password(session: Session, email: str, password: str) -> User | None:
    """The person whose password this is, unless disabled.

    It takes equally long whether the address is known or not, so time tells a stranger nothing.
    """
    user = find_user_by_email(session, email)
    known = user if user and user.is_enabled else None
    return known if check_password(known.password_hash if known else None, password) else None


def find_people(
    session: Session,
    *,
    words: str = "",
    role: Role | None = None,
    after_id: int = 0,
    limit: int = 50,
) -> Sequence[User]:
    """People whose name or address contains the words, oldest account first; page on by id."""
    query = sa.select(User).where(User.id > after_id).order_by(User.id).limit(limit)
    if words:
        query = query.where(_matches(words))
    if role:
        query = query.where(User.role == role)
    return session.scalars(query).all()


def ids_of_people(session: Session, words: str, limit: int = 100) -> Sequence[int]:
    """The ids of those whose name or address contains the words."""
    return session.scalars(sa.select(User.id).where(_matches(words)).limit(limit)).all()


def names_of(session: Session, ids: Iterable[int]) -> dict[int, str]:
    """What these people are called, by id."""
    query = sa.select(User.id, User.name).where(User.id.in_(list(ids)))
    return {row.id: row.name for row in session.execute(query)}


def _matches(words: str) -> sa.ColumnElement[bool]:
    return sa.or_(
        User.email.icontains(folded_email(words), autoescape=True),
        User.name.icontains(words.strip(), autoescape=True),
    )
