"""Reading the audit."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tourism.audit.models import AuditEntry


def latest_entries(
    session: Session, *, limit: int = 50, before_id: int | None = None
) -> Sequence[AuditEntry]:
    """The newest entries first; page on with the last id seen."""
    return find_entries(session, Wanted(), limit=limit, before_id=before_id)


def entries_of(session: Session, kind: str, identity: object) -> Sequence[AuditEntry]:
    """All that was done to one subject, oldest first."""
    query = sa.select(AuditEntry).where(
        AuditEntry.subject_kind == kind, AuditEntry.subject_id == str(identity)
    )
    return session.scalars(query.order_by(AuditEntry.id)).all()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries: by any of these actors, of actions that begin so, in [starts, ends)."""

    actors: Collection[str] | None = None
    action: str = ""
    starts: datetime | None = None
    ends: datetime | None = None


def find_entries(
    session: Session, wanted: Wanted, *, limit: int = 50, before_id: int | None = None
) -> Sequence[AuditEntry]:
    """The newest entries that are wanted first; page on with the last id seen."""
    query = sa.select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
    if wanted.actors is not None:
        query = query.where(AuditEntry.actor.in_(wanted.actors))
    if wanted.action:
        query = query.where(AuditEntry.action.istartswith(wanted.action, autoescape=True))
    if wanted.starts:
        query = query.where(AuditEntry.at >= wanted.starts)
    if wanted.ends:
        query = query.where(AuditEntry.at < wanted.ends)
    if before_id is not None:
        query = query.where(AuditEntry.id < before_id)
    return session.scalars(query).all()
