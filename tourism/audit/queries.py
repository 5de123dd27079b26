"""Reading the audit."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tourism.audit.models import AuditEntry


def latest_entries(
    session: Session, *, limit: int = 50, before_id: int | None = None
) -> Sequence[AuditEntry]:
    """The newest entries first; page on with the last id seen."""
    query = sa.select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
    if before_id is not None:
        query = query.where(AuditEntry.id < before_id)
    return session.scalars(query).all()


def entries_of(session: Session, kind: str, identity: object) -> Sequence[AuditEntry]:
    """All that was done to one subject, oldest first."""
    query = sa.select(AuditEntry).where(
        AuditEntry.subject_kind == kind, AuditEntry.subject_id == str(identity)
    )
    return session.scalars(query.order_by(AuditEntry.id)).all()
