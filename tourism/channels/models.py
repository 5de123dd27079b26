"""Outside sellers, on which terms they sell, and the keys with which they ask."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tourism.core.db import Base, int_pk
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
