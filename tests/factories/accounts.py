"""People with a password, with workable defaults."""

from datetime import UTC, datetime
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tourism.accounts.models import Role, User
from tourism.accounts.passwords import hash_password

PASSWORD = "correct horse battery"
_HASH = hash_password(PASSWORD)


def make_user(session: Session, role: Role = Role.VISITOR, **values: Any) -> User:
    """A person whose password is PASSWORD."""
    defaults: dict[str, Any] = {
        "email": f"{role}@example.org",
        "name": "王小妹",
        "role": role,
        "password_hash": _HASH,
        "created_at": datetime(2027, 5, 1, tzinfo=UTC),
    }
    user = User(**defaults | values)
    session.add(user)
    session.flush()
    return user


def sign_in(client: FlaskClient, user: User) -> None:
    """Let the browser be that person's, without the time that a password takes."""
    with client.session_transaction() as kept:
        kept.update(_user_id=user.get_id(), _fresh=True)
