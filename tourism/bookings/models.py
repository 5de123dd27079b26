"""A party's claim on a slot."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tourism.core.db import Base, enum_column, int_pk
from tourism.core.money import Money
from tourism.experiences.models import Slot, Unit
from tourism.tickets.models import Ticket


class BookingStatus(StrEnum):
    HELD = "held"
    CONFIRMED = "confirmed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    COMPLETED = "completed"


# Whose party counts in `Slot.taken`.
COUNTED = (BookingStatus.HELD, BookingStatus.CONFIRMED, BookingStatus.COMPLETED)


class Booking(Base):
    """Held, then confirmed with a contact; it counts on its slot until it expires or is cancelled.

    ``reference`` is what people read to each other; ``key`` makes the link to the booking's page
    unguessable; ``idempotency_key`` makes a repeated request find what the first one made.
    """

    __tablename__ = "bookings"
    __table_args__ = (
        sa.CheckConstraint("party_size >= 1", name="party_not_empty"),
        sa.CheckConstraint("status <> 'held' OR hold_expires_at IS NOT NULL", name="hold_ends"),
        sa.Index(None, "slot_id", "status"),
        sa.Index(
            "ix_bookings_open_holds",
            "hold_expires_at",
            sqlite_where=sa.text("status = 'held'"),
            postgresql_where=sa.text("status = 'held'"),
        ),
    )

    id: Mapped[int_pk]
    reference: Mapped[str] = mapped_column(sa.String(8), unique=True)
    key: Mapped[str] = mapped_column(sa.String(22))
    idempotency_key: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    slot_id: Mapped[int] = mapped_column(sa.ForeignKey("slots.id"))
    party_size: Mapped[int]
    status: Mapped[BookingStatus] = mapped_column(enum_column(BookingStatus))
    name: Mapped[str | None] = mapped_column(sa.String(80))
    phone: Mapped[str | None] = mapped_column(sa.String(20), index=True)  # E.164
    note: Mapped[str] = mapped_column(sa.String(300), default="")
    language: Mapped[str] = mapped_column(sa.String(12))
    total_amount: Mapped[int | None]
    total_currency: Mapped[str | None] = mapped_column(sa.String(3))
    hold_expires_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    visitor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"), index=True)
    channel_id: Mapped[int | None] = mapped_column(sa.ForeignKey("channels.id"), index=True)
    # Sold on the spot, to a party that came without booking.
    walk_in: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    paid_at: Mapped[datetime | None]  # in cash, to the host
    sample: Mapped[bool] = mapped_column(default=False)

    slot: Mapped[Slot] = relationship(lazy="raise_on_sql")
    units: Mapped[list["BookingUnit"]] = relationship(lazy="raise_on_sql")
    tickets: Mapped[list[Ticket]] = relationship(lazy="raise_on_sql")

    @property
    def free_cancel_until(self) -> datetime:
        """Until when its party may still cancel; needs slot and experience loaded."""
        return self.slot.starts_at - self.slot.experience.cancel_cutoff

    def is_held_at(self, now: datetime) -> bool:
        """Whether its places are kept for it although it is not confirmed."""
        live = self.hold_expires_at is not None and self.hold_expires_at > now
        return self.status is BookingStatus.HELD and live

    @property
    def total(self) -> Money | None:
        if self.total_amount is None or self.total_currency is None:
            return None
        return Money(self.total_amount, self.total_currency)


class BookingUnit(Base):
    """How many of one unit come, at the price of the day of booking."""

    __tablename__ = "booking_units"
    __table_args__ = (sa.CheckConstraint("quantity >= 1", name="somebody_comes"),)

    booking_id: Mapped[int] = mapped_column(sa.ForeignKey("bookings.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("units.id"), primary_key=True)
    quantity: Mapped[int]
    price_amount: Mapped[int | None]

    unit: Mapped[Unit] = relationship(lazy="raise_on_sql")


class Sale(Base):
    """A booking as the channel that made it knows it.

    ``uuid`` is the channel's own; ``items`` are the visitors one by one, each with a uuid, the
    unit's id and what the channel noted. What counts is in the booking and its units.
    """

    __tablename__ = "channel_sales"
    __table_args__ = (sa.UniqueConstraint("channel_id", "uuid"),)

    booking_id: Mapped[int] = mapped_column(sa.ForeignKey("bookings.id"), primary_key=True)
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channels.id"))
    uuid: Mapped[str] = mapped_column(sa.String(36))
    reseller_reference: Mapped[str | None] = mapped_column(sa.String(100), index=True)
    contact: Mapped[dict[str, Any]]
    items: Mapped[list[dict[str, Any]]]
    cancel_reason: Mapped[str | None] = mapped_column(sa.String(300))
    updated_at: Mapped[datetime]

    booking: Mapped[Booking] = relationship(lazy="raise_on_sql")


class ClosureReason(StrEnum):
    RAIN = "rain"
    PICKED_OUT = "picked-out"
    FEWER_PLACES = "fewer-places"  # the slot takes place, but for fewer
    OTHER = "other"


class Closure(Base):
    """A decision that parties cannot come as booked; each of them gets an offer."""

    __tablename__ = "closures"
    __table_args__ = (sa.Index(None, "request_key", unique=True),)

    id: Mapped[int_pk]
    # Made with the page on which the closure was confirmed: sent twice, it is done once.
    request_key: Mapped[str | None] = mapped_column(sa.String(22))
    reason: Mapped[ClosureReason] = mapped_column(enum_column(ClosureReason))
    # What the host tells the parties; may be empty.
    words: Mapped[dict[str, str]] = mapped_column(default=dict, server_default="{}")
    answer_by: Mapped[datetime]
    created_at: Mapped[datetime]

    slots: Mapped[list["ClosureSlot"]] = relationship(lazy="raise_on_sql")


class ClosureSlot(Base):
    """A slot that a closure is about."""

    __tablename__ = "closure_slots"

    closure_id: Mapped[int] = mapped_column(sa.ForeignKey("closures.id"), primary_key=True)
    slot_id: Mapped[int] = mapped_column(sa.ForeignKey("slots.id"), primary_key=True, index=True)
    lifted_at: Mapped[datetime | None]  # when the slot was opened again


class OfferStatus(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"  # the held slot was taken
    MOVED = "moved"  # another slot was chosen
    CANCELLED = "cancelled"
    FALLBACK = "fallback"  # nobody answered; what had been announced was done
    WITHDRAWN = "withdrawn"  # the booking was changed by other means


_OPEN_OFFER = sa.text("status = 'open'")


class Offer(Base):
    """What a party is offered instead of its slot. While it is open, ``places`` of ``slot_id`` are
    kept for it and count as taken there; without a slot nothing could be kept."""

    __tablename__ = "offers"
    __table_args__ = (
        sa.CheckConstraint("places >= 0", name="places_not_negative"),
        sa.CheckConstraint("slot_id IS NOT NULL OR places = 0", name="places_of_a_slot"),
        sa.Index(
            "ix_offers_one_open",
            "booking_id",
            unique=True,
            sqlite_where=_OPEN_OFFER,
            postgresql_where=_OPEN_OFFER,
        ),
        sa.Index("ix_offers_slot_id", "slot_id"),
        sa.Index(
            "ix_offers_open", "answer_by", sqlite_where=_OPEN_OFFER, postgresql_where=_OPEN_OFFER
        ),
    )

    id: Mapped[int_pk]
    closure_id: Mapped[int] = mapped_column(sa.ForeignKey("closures.id"), index=True)
    booking_id: Mapped[int] = mapped_column(sa.ForeignKey("bookings.id"), index=True)
    from_slot_id: Mapped[int] = mapped_column(sa.ForeignKey("slots.id"))
    slot_id: Mapped[int | None] = mapped_column(sa.ForeignKey("slots.id"))
    places: Mapped[int]
    status: Mapped[OfferStatus] = mapped_column(enum_column(OfferStatus), default=OfferStatus.OPEN)
    answer_by: Mapped[datetime]
    answered_at: Mapped[datetime | None]

    closure: Mapped[Closure] = relationship(lazy="raise_on_sql")
    booking: Mapped[Booking] = relationship(lazy="raise_on_sql")
    from_slot: Mapped[Slot] = relationship(lazy="raise_on_sql", foreign_keys=[from_slot_id])
    slot: Mapped[Slot | None] = relationship(lazy="raise_on_sql", foreign_keys=[slot_id])


class WaitingStatus(StrEnum):
    WAITING = "waiting"
    OFFERED = "offered"  # places are held for it, as a booking
    LEFT = "left"


class WaitingParty(Base):
    """A party that wants a full slot, in the order of joining; ``party`` is quantity by unit id.

    ``key`` makes the link to its page unguessable. When places are offered, ``booking_id`` is the
    hold that keeps them until the party has answered.
    """

    __tablename__ = "waiting_parties"
    __table_args__ = (
        sa.Index(
            "ix_waiting_parties_line",
            "slot_id",
            "id",
            sqlite_where=sa.text("status = 'waiting'"),
            postgresql_where=sa.text("status = 'waiting'"),
        ),
    )

    id: Mapped[int_pk]
    key: Mapped[str] = mapped_column(sa.String(22), unique=True)
    slot_id: Mapped[int] = mapped_column(sa.ForeignKey("slots.id"))
    party: Mapped[dict[str, Any]]
    party_size: Mapped[int]
    name: Mapped[str] = mapped_column(sa.String(80))
    phone: Mapped[str] = mapped_column(sa.String(20))
    language: Mapped[str] = mapped_column(sa.String(12))
    status: Mapped[WaitingStatus] = mapped_column(
        enum_column(WaitingStatus), default=WaitingStatus.WAITING
    )
    passed_over: Mapped[int] = mapped_column(default=0)  # how often a smaller party was served
    booking_id: Mapped[int | None] = mapped_column(sa.ForeignKey("bookings.id"))
    joined_at: Mapped[datetime]
    offered_at: Mapped[datetime | None]

    slot: Mapped[Slot] = relationship(lazy="raise_on_sql")
    booking: Mapped[Booking | None] = relationship(lazy="raise_on_sql")


class Allotment(Base):
    """Places of a slot that a gate's phone may sell by itself; they count as taken.

    ``places`` are still to be sold, ``held_back`` of them came from those held back.
    """

    __tablename__ = "allotments"
    __table_args__ = (
        sa.UniqueConstraint("device_id", "slot_id"),
        sa.CheckConstraint("places >= 0", name="places_not_negative"),
        sa.CheckConstraint("held_back BETWEEN 0 AND places", name="held_back_is_given"),
    )

    id: Mapped[int_pk]
    device_id: Mapped[int] = mapped_column(sa.ForeignKey("gate_devices.id"))
    slot_id: Mapped[int] = mapped_column(sa.ForeignKey("slots.id"), index=True)
    places: Mapped[int] = mapped_column(default=0)
    held_back: Mapped[int] = mapped_column(default=0)
    sold: Mapped[int] = mapped_column(default=0)
    given_at: Mapped[datetime]
