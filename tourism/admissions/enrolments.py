"""Operations on gate phones: a code for one, the phone itself, and its end."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tourism.admissions.errors import (
    CodeExpiredError,
    CodeUnknownError,
    CodeUsedError,
    DeviceRevokedError,
    DeviceUnknownError,
)
from tourism.admissions.judgement import Device
from tourism.admissions.models import Enrolment, Gate, GateDevice
from tourism.admissions.queries import find_device
from tourism.audit.operations import Actor, record
from tourism.core import base32
from tourism.core.languages import Texts

CODE_LETTERS = 8
CODE_LIVES = timedelta(minutes=15)
SECRET_BYTES = 32
# Writing "last seen" with each scan would cost each scan a write more.
SEEN_EVERY = timedelta(minutes=1)
CLOCK_S = 1_000_000_000  # a clock that is wrong by more is not kept any more exactly


@dataclass(frozen=True, slots=True)
class NewCode:
    """The only moment at which the code itself is known."""

    enrolment: Enrolment
    code: str


@dataclass(frozen=True, slots=True)
class NewDevice:
    """The only moment at which the phone's secret is known."""

    id: int
    name: str
    secret: str
    gate_slug: str
    gate_name: Texts


def secret_hash(secret: str) -> str:
    """How codes and secrets are kept. They are random, so a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def create_enrolment(
    session: Session,
    *,
    gate: Gate,
    device_name: str,
    created_by: int | None,
    actor: Actor,
    now: datetime,
) -> NewCode:
    """Make a code that enrols one phone at a gate within some minutes."""
    code = base32.random_code(CODE_LETTERS)
    enrolment = Enrolment(
        gate_id=gate.id,
        code_hash=secret_hash(code),
        device_name=device_name,
        created_by=created_by,
        created_at=now,
        expires_at=now + CODE_LIVES,
    )
    session.add(enrolment)
    session.flush()
    facts = {"gate": gate.slug, "name": device_name}
    subject = ("enrolment", enrolment.id)
    record(session, actor=actor, action="devices.invite", subject=subject, at=now, after=facts)
    return NewCode(enrolment, code)


def enrol_device(session: Session, *, code: str, name: str, build: str, now: datetime) -> NewDevice:
    """Make the phone that shows the code a device of the code's gate; the code is spent.

    Raises CodeUnknownError, CodeUsedError or CodeExpiredError.
    """
    hashed = secret_hash(base32.as_typed(code))
    spent = session.execute(
        sa.update(Enrolment)
        .where(Enrolment.code_hash == hashed)
        .where(Enrolment.used_at.is_(None), Enrolment.expires_at > now)
        .values(used_at=now)
        .returning(Enrolment.gate_id, Enrolment.device_name, Enrolment.created_by),
        execution_options={"synchronize_session": False},
    ).one_or_none()
    if spent is None:
        raise _why_not(session, hashed)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    device = GateDevice(
        gate_id=spent.gate_id,
        name=name or spent.device_name,
        secret_hash=secret_hash(secret),
        build=build,
        enrolled_by=spent.created_by,
        enrolled_at=now,
        last_seen_at=now,
    )
    session.add(device)
    session.flush()
    record(
        session,
        actor=Actor("device", str(device.id)),
        action="devices.enrol",
        subject=("device", device.id),
        at=now,
        after={"gate": device.gate_id, "name": device.name, "build": build},
    )
    gate = session.get_one(Gate, device.gate_id)
    return NewDevice(device.id, device.name, secret, gate.slug, gate.name)


def authenticate(session: Session, *, secret: str) -> Device:
    """The phone that shows this secret. Raises DeviceUnknownError or DeviceRevokedError."""
    device = find_device(session, secret_hash(secret))
    if device is None:
        raise DeviceUnknownError
    if device.is_revoked:
        raise DeviceRevokedError
    return device


def revoke_device(session: Session, *, device: GateDevice, actor: Actor, now: datetime) -> None:
    """End a phone's access with its next request. Doing it again changes nothing."""
    if device.revoked_at is not None:
        return
    device.revoked_at = now
    subject = ("device", device.id)
    record(
        session,
        actor=actor,
        action="devices.revoke",
        subject=subject,
        at=now,
        before={"revoked_at": None},
        after={"revoked_at": now.isoformat()},
    )


def note_seen(
    session: Session, *, device: Device, build: str, clock: datetime, now: datetime
) -> None:
    """Keep when a phone was last heard of, its build and how wrong its clock is."""
    if seen_lately(device, build, now):
        return
    _note(session, device, last_seen_at=now, build=build, clock_offset_s=_offset_s(clock, now))


def seen_lately(device: Device, build: str, now: datetime) -> bool:
    """Whether all that a scan tells of its phone is noted already."""
    is_fresh = device.last_seen_at and now - device.last_seen_at < SEEN_EVERY
    return bool(is_fresh) and device.build == build


def note_synced(
    session: Session,
    *,
    device: Device,
    build: str,
    clock: datetime,
    waiting: int,
    now: datetime,
    battery: int | None = None,
) -> None:
    """Keep when a phone last told all it had to, and how it is: scans it has still to tell, the
    battery if it says."""
    _note(
        session,
        device,
        last_seen_at=now,
        last_synced_at=now,
        waiting=waiting,
        battery=battery,
        build=build,
        clock_offset_s=_offset_s(clock, now),
    )


def _offset_s(clock: datetime, now: datetime) -> int:
    return max(-CLOCK_S, min(CLOCK_S, round((now - clock).total_seconds())))


def _note(session: Session, device: Device, **values: object) -> None:
    session.execute(
        sa.update(GateDevice).where(GateDevice.id == device.id).values(**values),
        execution_options={"synchronize_session": False},
    )


def _why_not(session: Session, hashed: str) -> Exception:
    found = session.scalar(sa.select(Enrolment).where(Enrolment.code_hash == hashed))
    if found is None:
        return CodeUnknownError()
    return CodeUsedError() if found.used_at else CodeExpiredError()
