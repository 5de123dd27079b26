"""People who sign in, and what each may do."""

import secrets
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from flask_login import UserMixin
from sqlalchemy.orm import Mapped, mapped_column

from tourism.core.db import Base, enum_column, int_pk


class Role(StrEnum):
    VISITOR = "visitor"
    STEWARD = "steward"
    OWNER = "owner"
    OFFICER = "officer"


class User(UserMixin, Base):  # type: ignore[misc]
    """A person with a password. Tourists need none: a booking opens by its own link."""

    __tablename__ = "users"

    id: Mapped[int_pk]
    email: Mapped[str] = mapped_column(sa.String(254), unique=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    phone: Mapped[str | None] = mapped_column(sa.String(20))
    role: Mapped[Role] = mapped_column(enum_column(Role))
    password_hash: Mapped[str] = mapped_column(sa.String(200))
    # Changes with the password, so that every other browser is signed out.
    session_nonce: Mapped[str] = mapped_column(
        sa.String(22), default=lambda: secrets.token_urlsafe(16)
    )
    # Given by somebody else: nothing is open to this person until it has been changed.
    password_is_temporary: Mapped[bool] = mapped_column(default=False)
    is_enabled: Mapped[bool] = mapped_column(default=True)
    sample: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]

    @property
    def is_active(self) -> bool:
        return self.is_enabled

    def get_id(self) -> str:
        return f"{self.id}.{self.session_nonce}"
