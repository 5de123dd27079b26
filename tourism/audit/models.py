"""One entry for each act of a person, device, channel or of the system itself."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from tourism.core.db import Base, int_pk


class AuditEntry(Base):
    """Who did what to which subject, from what to what, when. Never changed, never deleted."""

    __tablename__ = "audit_entries"
    __table_args__ = (sa.Index(None, "subject_kind", "subject_id", "at"),)

    id: Mapped[int_pk]
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(sa.String(80))
    action: Mapped[str] = mapped_column(sa.String(40))
    subject_kind: Mapped[str] = mapped_column(sa.String(24))
    subject_id: Mapped[str] = mapped_column(sa.String(40))
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
