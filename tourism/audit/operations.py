"""Writing the audit: one call from inside each operation, in its transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
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


def change(
    session: Session,
    target: object,
    wanted: Mapping[str, Any],
    *,
    actor: Actor,
    action: str,
    subject: tuple[str, object],
    at: datetime,
    facts: Mapping[str, Any] | None = None,
) -> set[str]:
    """Set what differs and add one entry with it, and with facts that tell what was changed; the
    names of what differed. Nothing different, nothing noted."""
    before = {key: old for key in wanted if (old := getattr(target, key)) != wanted[key]}
    for key in before:
        setattr(target, key, wanted[key])
    if before:
        after = {key: wanted[key] for key in before}
        noted = {"before": plain(before), "after": plain({**(facts or {}), **after})}
        record(session, actor=actor, action=action, subject=subject, at=at, **noted)
    return set(before)


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON keeps them: lengths of time in minutes."""
    return {
        key: round(value.total_seconds() / 60) if isinstance(value, timedelta) else value
        for key, value in values.items()
    }
