"""Outside sellers, on which terms they sell, and the keys with which they ask."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tourism.core.db import Base, enum_column, int_pk
from tourism.experiences.models import Operator


class ChannelOperator(Base):
    """An operator whose experiences a channel sells."""

    __tablename__ = "channel_operators"

    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channels.id"), primary_key=True)
    operator_id: Mapped[int] = mapped_column(
        sa.ForeignKey("operators.id"), primary_key=True, index=True
    )


class Channel(Base):
    """An outside seller and its terms; an empty limit is none, an empty commission unknown."""

    __tablename__ = "channels"
    __table_args__ = (
        sa.CheckConstraint("daily_limit >= 1", name="daily_limit"),
        sa.CheckConstraint("share_percent BETWEEN 1 AND 100", name="share"),
        sa.CheckConstraint("commission_percent BETWEEN 0 AND 100", name="commission"),
    )

    id: Mapped[int_pk]
    name: Mapped[str] = mapped_column(sa.String(80), unique=True)
    sells_everything: Mapped[bool]  # of every operator, also of those to come
    daily_limit: Mapped[int | None]  # places of one day, over all experiences
    share_percent: Mapped[int | None]  # of a slot's capacity
    commission_percent: Mapped[int | None]
    created_at: Mapped[datetime]

    operators: Mapped[list[Operator]] = relationship(
        secondary="channel_operators", lazy="raise_on_sql", order_by=Operator.slug
    )
    keys: Mapped[list["ChannelKey"]] = relationship(
        lazy="raise_on_sql", order_by="ChannelKey.id", back_populates="channel"
    )

    def sells(self, operator_id: int) -> bool:
        """Whether it may sell what this operator offers; needs its operators loaded."""
        return self.sells_everything or any(each.id == operator_id for each in self.operators)

    def share_of(self, capacity: int) -> int:
        """How many of a slot's places it may sell at most."""
        return capacity if self.share_percent is None else capacity * self.share_percent // 100


class ChannelKey(Base):
    """What a channel shows with each request; only its hash is kept."""

    __tablename__ = "channel_keys"

    id: Mapped[int_pk]
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channels.id"), index=True)
    secret_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    ending: Mapped[str] = mapped_column(sa.String(4))  # the last letters, to tell keys apart
    is_test: Mapped[bool]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    channel: Mapped[Channel] = relationship(lazy="raise_on_sql", back_populates="keys")


class Rehearsal(Base):
    """A booking that a test key has played through: what was answered, and nothing else.

    It stands beside the bookings, not among them, so that no page, count or gate has to know that
    some bookings are not meant.
    """

    __tablename__ = "channel_rehearsals"
    __table_args__ = (sa.UniqueConstraint("channel_id", "uuid"),)

    id: Mapped[int_pk]
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channels.id"))
    uuid: Mapped[str] = mapped_column(sa.String(36))
    body: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class NoticeKind(StrEnum):
    """What a channel can be told of, in OCTO's words."""

    BOOKING = "BOOKING_UPDATE"
    AVAILABILITY = "AVAILABILITY_UPDATE"
    PRODUCT = "PRODUCT_UPDATE"


class Subscription(Base):
    """An address at which a channel wants to be told of changes.

    ``kinds`` are names of `NoticeKind`; ``headers`` are sent along. What a test key has subscribed
    is told of rehearsals instead of bookings. The secret that signs is not kept (`signing.py`).
    """

    __tablename__ = "channel_subscriptions"
    __table_args__ = (sa.UniqueConstraint("channel_id", "url", "is_test"),)

    id: Mapped[int_pk]
    uuid: Mapped[str] = mapped_column(sa.String(36), unique=True)
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channels.id"))
    url: Mapped[str] = mapped_column(sa.String(500))
    kinds: Mapped[list[str]]
    headers: Mapped[dict[str, str]]
    is_test: Mapped[bool]
    created_at: Mapped[datetime]
    paused_at: Mapped[datetime | None]

    channel: Mapped[Channel] = relationship(lazy="raise_on_sql")


class NoticeStatus(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"  # given up; somebody can have it tried again


_WAITING = sa.text("status = 'waiting'")


class Notice(Base):
    """Something that changed, to be told to one subscription: a row of the outbox.

    It is written in the transaction of the change itself, for bookings by the database
    (`migrations/triggers.py`). ``subject`` is a sale's uuid or a product's id; availability has
    days too. Whoever sends it holds it until ``leased_until``.
    """

    __tablename__ = "channel_notices"
    __table_args__ = (
        sa.Index(
            "ix_channel_notices_line",
            "subscription_id",
            "id",
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        ),
        sa.Index("ix_channel_notices_settled", "settled_at"),
        sa.Index(None, "subscription_id", "status"),
    )

    id: Mapped[int_pk]
    event_id: Mapped[str] = mapped_column(sa.String(36), unique=True)
    subscription_id: Mapped[int] = mapped_column(
        sa.ForeignKey("channel_subscriptions.id", ondelete="CASCADE")
    )
    kind: Mapped[NoticeKind] = mapped_column(enum_column(NoticeKind))
    subject: Mapped[str] = mapped_column(sa.String(100))
    first_on: Mapped[date | None]
    last_on: Mapped[date | None]
    status: Mapped[NoticeStatus] = mapped_column(
        enum_column(NoticeStatus), default=NoticeStatus.WAITING
    )
    attempts: Mapped[int] = mapped_column(default=0)
    last_answer: Mapped[str] = mapped_column(sa.String(200), default="")
    due_at: Mapped[datetime | None]  # empty: at once
    leased_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]

    subscription: Mapped[Subscription] = relationship(lazy="raise_on_sql")


class ShelfMark(Base):
    """How a product and its days looked when they were last compared; ``days`` is by date.

    It names the product instead of pointing at it, for channels are told of one that is gone too.
    """

    __tablename__ = "channel_shelf_marks"

    product: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    operator_id: Mapped[int]
    looks: Mapped[str] = mapped_column(sa.String(64))
    days: Mapped[dict[str, str]]


class ShelfLook(Base):
    """When the shelf was last compared: one row, which lets one process at a time do it."""

    __tablename__ = "channel_shelf_looks"

    id: Mapped[int_pk]
    looked_at: Mapped[datetime]
