"""Finding people."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tourism.accounts.models import User


def find_user_by_email(session: Session, email: str) -> User | None:
    return session.scalar(sa.select(User).where(User.email == email.strip().lower()))


def find_user_by_session(session: Session, session_id: str) -> User | None:
    """The person of a session cookie, unless disabled or the password has changed since."""
    identity, _, nonce = session_id.partition(".")
    user = session.get(User, int(identity)) if identity.isdecimal() else None
    return user if user and user.is_enabled and user.session_nonce == nonce else None
