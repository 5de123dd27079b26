"""Gates, the phones enrolled at them, and the record of each scan."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tourism.core.db import Base, enum_column, int_pk, slug
from tourism.destination.models import Place
from tourism.experiences.models import Operator
from tourism.tickets.models import Ticket


class Gate(Base):
    """Where tickets are scanned. Without an operator it serves the whole township."""

    __tablename__ = "gates"

    id: Mapped[int_pk]
    slug: Mapped[slug]
    name: Mapped[dict[str, str]]
    operator_id: Mapped[int | None] = mapped_column(sa.ForeignKey("operators.id"), index=True)
    place_id: Mapped[int] = mapped_column(sa.ForeignKey("places.id"))
    archived_at: Mapped[datetime | None]
    sample: Mapped[bool] = mapped_column(default=False)

    operator: Mapped[Operator | None] = relationship(lazy="raise_on_sql")
    place: Mapped[Place] = relationship(lazy="raise_on_sql")


class Enrolment(Base):
    """A one-time code that makes a phone a device of a gate. Only the code's hash is kept."""

    __tablename__ = "enrolments"

    id: Mapped[int_pk]
    gate_id: Mapped[int] = mapped_column(sa.ForeignKey("gates.id"), index=True)
    code_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    device_name: Mapped[str] = mapped_column(sa.String(80))
    created_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class GateDevice(Base):
    """An enrolled phone. It shows a secret with each request; only the hash is kept."""

    __tablename__ = "gate_devices"

    id: Mapped[int_pk]
    gate_id: Mapped[int] = mapped_column(sa.ForeignKey("gates.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    secret_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    build: Mapped[str] = mapped_column(sa.String(24), default="")
    clock_offset_s: Mapped[int | None]  # server minus phone, when last heard of
    enrolled_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    enrolled_at: Mapped[datetime]
    last_seen_at: Mapped[datetime | None]
    last_synced_at: Mapped[datetime | None]
    waiting: Mapped[int | None]  # scans it had still to tell after its last sync
    battery: Mapped[int | None]  # per cent, from phones that tell
    revoked_at: Mapped[datetime | None]

    gate: Mapped[Gate] = relationship(lazy="raise_on_sql")


class Direction(StrEnum):
    IN = "in"
    OUT = "out"


class Via(StrEnum):
    QR = "qr"
    CODE = "code"
    LIST = "list"
    WALK_IN = "walk_in"  # sold on the spot


class Mode(StrEnum):
    ASK = "ask"  # the phone asked and waited: the server decided
    DONE = "done"  # the phone decided by itself and tells afterwards


class Outcome(StrEnum):
    """What the gate was told (`docs/gate.md` words each for the steward)."""

    OK = "ok"
    OK_UNLISTED = "ok_unlisted"  # decided by a phone: bought after its last sync
    OK_STALE = "ok_stale"  # decided by a phone whose list is old
    OUT = "out"  # left, and may come back
    OUT_PARTIAL = "out_partial"  # more were to leave than are inside
    NOT_INSIDE = "not_inside"  # nobody of the party is inside
    PARTIAL = "partial"
    EARLY = "early"
    LATE = "late"
    CLOSED = "closed"  # the host has called the slot off
    CLOCK_WRONG = "clock_wrong"  # decided by a phone whose clock runs behind
    UNDONE = "undone"  # a scan was taken back
    USED = "used"
    WRONG_DAY = "wrong_day"
    WRONG_PLACE = "wrong_place"
    CANCELLED = "cancelled"
    BLOCKED = "blocked"
    UNKNOWN_TICKET = "unknown_ticket"
    NOT_TICKET = "not_ticket"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"
    # What phones that decided alone turned out to have done; the people are inside.
    CONFLICT_USED = "conflict_used"  # more than the party, all phones together
    CONFLICT_CANCELLED = "conflict_cancelled"  # after the cancellation
    CONFLICT_UNKNOWN_TICKET = "conflict_unknown_ticket"  # well signed, but not in the database


class Admission(Base):
    """One scan and its outcome. The phone makes the id, so a resend changes nothing.

    ``scanned_at`` is when it was decided: by the server's clock when the phone asked, by the
    phone's (set right by what it last heard) when the phone decided alone.
    """

    __tablename__ = "admissions"
    __table_args__ = (
        sa.Index(None, "ticket_id", "scanned_at"),
        sa.Index(None, "gate_id", "scanned_at"),
    )

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ticket_id: Mapped[str | None] = mapped_column(sa.ForeignKey("tickets.id"))
    device_id: Mapped[int] = mapped_column(sa.ForeignKey("gate_devices.id"), index=True)
    gate_id: Mapped[int] = mapped_column(sa.ForeignKey("gates.id"))
    code: Mapped[str] = mapped_column(sa.String(200))  # as scanned or typed
    seq: Mapped[int]  # the phone's own count of its scans: a gap is a lost scan
    asked: Mapped[int | None]  # how many were to go in; empty: all who are left
    people: Mapped[int]  # how many did (or went out)
    direction: Mapped[Direction | None] = mapped_column(enum_column(Direction))  # empty: refused
    via: Mapped[Via] = mapped_column(enum_column(Via))
    mode: Mapped[Mode] = mapped_column(enum_column(Mode))
    outcome: Mapped[Outcome] = mapped_column(enum_column(Outcome))
    verdict: Mapped[Outcome | None] = mapped_column(enum_column(Outcome))  # the phone's own
    override: Mapped[str | None] = mapped_column(sa.String(80))  # why a steward let them in
    scanned_at: Mapped[datetime]
    received_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]  # a conflict that somebody looked into
    settled_note: Mapped[str | None] = mapped_column(sa.String(400))

    ticket: Mapped[Ticket | None] = relationship(lazy="raise_on_sql")
    gate: Mapped[Gate] = relationship(lazy="raise_on_sql")
    device: Mapped[GateDevice] = relationship(lazy="raise_on_sql")


class Undo(Base):
    """Somebody took a scan back, within minutes. The scan stays; it only counts no more.

    ``scan_id`` is no foreign key: a phone's undo may be told before the scan itself. A phone takes
    back its own scans alone, a person any; ``since`` says how far back it reaches.
    """

    __tablename__ = "admission_undos"

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    scan_id: Mapped[str] = mapped_column(sa.String(36), index=True)
    device_id: Mapped[int | None] = mapped_column(sa.ForeignKey("gate_devices.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    at: Mapped[datetime]
    since: Mapped[datetime]
    received_at: Mapped[datetime]
