"""Where tickets are scanned: the office makes, changes and archives gates."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tourism.admissions.enrolments import revoke_device
from tourism.admissions.errors import GateNotFoundError
from tourism.admissions.models import Enrolment, Gate, GateDevice
from tourism.audit.operations import Actor, change, record
from tourism.core.languages import EN, Texts
from tourism.core.slugs import slug_of

_WHOLE = (joinedload(Gate.operator), joinedload(Gate.place))


@dataclass(frozen=True, slots=True)
class Facts:
    """What a gate is called, where it stands, and whose tickets it admits: an operator's, or
    those of all."""

    name: Texts
    operator_id: int | None
    place_id: int


def create_gate(session: Session, *, facts: Facts, now: datetime, actor: Actor) -> Gate:
    """Make a gate; it has no phone yet."""
    taken = session.scalars(sa.select(Gate.slug)).all()
    gate = Gate(slug=slug_of(facts.name.get(EN, ""), "gate", taken), **asdict(facts))
    session.add(gate)
    session.flush()
    _record(session, gate, "gates.create", now, actor, after=asdict(facts))
    return gate


def change_gate(session: Session, *, gate: Gate, facts: Facts, now: datetime, actor: Actor) -> None:
    """Change it; its phones take the change with their next list."""
    change(
        session,
        gate,
        asdict(facts),
        actor=actor,
        action="gates.change",
        subject=("gate", gate.id),
        at=now,
    )


def archive_gate(session: Session, *, gate: Gate, now: datetime, actor: Actor) -> None:
    """Revoke its phones, end the codes that would make more, and offer it no longer. What was
    scanned there stays. Doing it again changes nothing."""
    if gate.archived_at is not None:
        return
    gate.archived_at = now
    for phone in working_phones(session, gate):
        revoke_device(session, device=phone, actor=actor, now=now)
    session.execute(
        sa.update(Enrolment)
        .where(
            Enrolment.gate_id == gate.id, Enrolment.used_at.is_(None), Enrolment.expires_at > now
        )
        .values(expires_at=now),
        execution_options={"synchronize_session": False},
    )
    _record(session, gate, "gates.archive", now, actor)


def restore_gate(session: Session, *, gate: Gate, now: datetime, actor: Actor) -> None:
    """Bring it back; phones are enrolled anew. Doing it again changes nothing."""
    if gate.archived_at is not None:
        gate.archived_at = None
        _record(session, gate, "gates.restore", now, actor)


def every_gate(session: Session) -> Sequence[Gate]:
    """All, with operator and place: the archived ones last."""
    query = sa.select(Gate).order_by(Gate.archived_at.is_not(None), Gate.slug)
    return session.scalars(query.options(*_WHOLE)).all()


def get_gate_by_id(session: Session, gate_id: int) -> Gate:
    """One of them. Raises GateNotFoundError."""
    found = session.scalar(sa.select(Gate).where(Gate.id == gate_id).options(*_WHOLE))
    if found is None:
        raise GateNotFoundError(gate_id=gate_id)
    return found


def working_phones(session: Session, gate: Gate) -> Sequence[GateDevice]:
    """The phones that scan there now."""
    query = sa.select(GateDevice).where(
        GateDevice.gate_id == gate.id, GateDevice.revoked_at.is_(None)
    )
    return session.scalars(query.order_by(GateDevice.id)).all()


def _record(
    session: Session,
    gate: Gate,
    action: str,
    at: datetime,
    actor: Actor,
    *,
    after: dict[str, Any] | None = None,
) -> None:
    subject = ("gate", gate.id)
    record(session, actor=actor, action=action, subject=subject, at=at, after=after)
    session.flush()
