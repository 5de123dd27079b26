"""Tickets: what a QR code stands for."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from tourism.core.db import Base, enum_column
from tourism.tickets.revisions import next_revision


class TicketStatus(StrEnum):
    VALID = "valid"
    CANCELLED = "cancelled"
    BLOCKED = "blocked"


class TicketState(StrEnum):
    """How a ticket stands at an instant, as its holder should see it."""

    READY = "ready"
    PARTLY = "partly"  # some of the party are in
    USED = "used"
    PAST = "past"  # nobody came in the arrival window
    CANCELLED = "cancelled"
    BLOCKED = "blocked"


class Ticket(Base):
    """One code for a party; admits it at once or in parts.

    ``id`` is ten random bytes in base32. The text inside the QR code is signed on demand from
    these columns (`tokens.py`), so it is not kept.
    """

    __tablename__ = "tickets"
    __table_args__ = (
        sa.CheckConstraint("party_size >= 1", name="party_not_empty"),
        sa.CheckConstraint("admitted >= 0", name="admitted_not_negative"),
        sa.CheckConstraint("admitted <= party_size", name="party_once"),
        sa.CheckConstraint("away BETWEEN 0 AND admitted", name="only_who_came_leaves"),
    )

    id: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    booking_id: Mapped[int] = mapped_column(sa.ForeignKey("bookings.id"), index=True)
    slot_id: Mapped[int] = mapped_column(sa.ForeignKey("slots.id"), index=True)
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    party_size: Mapped[int]
    admitted: Mapped[int] = mapped_column(default=0)
    # How many of those have left and may come back.
    away: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))
    status: Mapped[TicketStatus] = mapped_column(
        enum_column(TicketStatus), default=TicketStatus.VALID
    )
    key_id: Mapped[int]
    changes: Mapped[int] = mapped_column(default=0)  # how often its time or party has changed
    issued_at: Mapped[datetime]
    # When the places of a party that had not come were given back; it counts nowhere since then.
    released_at: Mapped[datetime | None]
    # Raised by every INSERT and UPDATE by itself: gate phones ask what changed since.
    rev: Mapped[int] = mapped_column(
        sa.BigInteger, default=next_revision(), onupdate=next_revision(), index=True
    )

    @property
    def admits(self) -> bool:
        """Whether its code may be shown: neither cancelled nor blocked."""
        return self.status is TicketStatus.VALID

    def state_at(self, now: datetime) -> TicketState:
        if not self.admits:
            return TicketState(self.status)
        if self.admitted:
            return TicketState.USED if self.admitted >= self.party_size else TicketState.PARTLY
        return TicketState.PAST if self.ends_at <= now else TicketState.READY
