"""Writing the audit: one call from inside each operation, in its transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from tourism.audit.models import AuditEntry


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a kind (user, device, channel, visitor, system) and its id, if it has one."""

    kind: str
    id: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}" if self.id else self.kind


SYSTEM = Actor("system")
VISITOR = Actor("visitor")


def record(
    session: Session,
    *,
    actor: Actor,
    action: str,
    subject: tuple[str, object],
    at: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Add one entry; it is kept or lost together with the act itself."""
    kind, identity = subject
    session.add(
        AuditEntry(
            at=at,
            actor=str(actor),
            action=action,
            subject_kind=kind,
            subject_id=str(identity),
            before=before,
            after=after,
        )
    )
