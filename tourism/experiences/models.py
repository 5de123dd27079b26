"""What can be booked: operators, experiences with their units, and slots with their places."""

from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tourism.accounts.models import User
from tourism.core.db import Base, enum_column, int_pk, slug
from tourism.core.money import Money
from tourism.destination.models import Place
from tourism.festivals.models import Festival


class Operator(Base):
    """Who hosts visitors. Members sign in as owners or stewards."""

    __tablename__ = "operators"

    id: Mapped[int_pk]
    slug: Mapped[slug]
    name: Mapped[dict[str, str]]
    phone: Mapped[str | None] = mapped_column(sa.String(20))
    sample: Mapped[bool] = mapped_column(default=False)


class Membership(Base):
    """A person who works for an operator; the person's role says as what."""

    __tablename__ = "memberships"

    operator_id: Mapped[int] = mapped_column(sa.ForeignKey("operators.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), primary_key=True, index=True)

    operator: Mapped[Operator] = relationship(lazy="raise_on_sql")
    user: Mapped[User] = relationship(lazy="raise_on_sql")


class ExperienceKind(StrEnum):
    PICKING = "picking"
    VISIT = "visit"
    BOAT_TRIP = "boat-trip"


class Experience(Base):
    """What can be booked at a place, with or without a festival."""

    __tablename__ = "experiences"

    id: Mapped[int_pk]
    slug: Mapped[slug]
    kind: Mapped[ExperienceKind] = mapped_column(enum_column(ExperienceKind))
    operator_id: Mapped[int] = mapped_column(sa.ForeignKey("operators.id"), index=True)
    place_id: Mapped[int] = mapped_column(sa.ForeignKey("places.id"), index=True)
    festival_id: Mapped[int | None] = mapped_column(sa.ForeignKey("festivals.id"), index=True)
    crop: Mapped[str | None] = mapped_column(sa.String(80))
    name: Mapped[dict[str, str]]
    summary: Mapped[dict[str, str]]
    largest_party: Mapped[int] = mapped_column(default=20)
    stay: Mapped[timedelta]  # how long a party remains after arriving
    booking_cutoff: Mapped[timedelta]  # booking ends so long before the arrival window ends
    cancel_cutoff: Mapped[timedelta]  # free cancelling ends so long before the window begins
    days_ahead: Mapped[int]
    # Its slots are whole days: come at any time between opening and closing.
    all_day: Mapped[bool] = mapped_column(default=False)
    is_published: Mapped[bool] = mapped_column(default=True)
    sample: Mapped[bool] = mapped_column(default=False)

    operator: Mapped[Operator] = relationship(lazy="raise_on_sql")
    place: Mapped[Place] = relationship(lazy="raise_on_sql")
    festival: Mapped[Festival | None] = relationship(lazy="raise_on_sql")
    units: Mapped[list["Unit"]] = relationship(
        lazy="raise_on_sql", order_by="Unit.rank", back_populates="experience"
    )


class Unit(Base):
    """A kind of visitor. A price that is not known is empty and not shown."""

    __tablename__ = "units"
    __table_args__ = (
        sa.UniqueConstraint("experience_id", "code"),
        sa.CheckConstraint("price_amount >= 0", name="price_not_negative"),
    )

    id: Mapped[int_pk]
    experience_id: Mapped[int] = mapped_column(sa.ForeignKey("experiences.id"), index=True)
    code: Mapped[str] = mapped_column(sa.String(24))  # adult, child, senior, infant …
    name: Mapped[dict[str, str]]
    hint: Mapped[dict[str, str]]
    price_amount: Mapped[int | None]
    price_currency: Mapped[str | None] = mapped_column(sa.String(3))
    # A party needs at least one unit that may come alone (no party of infants).
    comes_alone: Mapped[bool] = mapped_column(default=True)
    rank: Mapped[int]
    sample: Mapped[bool] = mapped_column(default=False)

    experience: Mapped[Experience] = relationship(lazy="raise_on_sql", back_populates="units")

    @property
    def price(self) -> Money | None:
        if self.price_amount is None or self.price_currency is None:
            return None
        return Money(self.price_amount, self.price_currency)


class SlotState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    FREE = "free"  # no booking needed


class Slot(Base):
    """An arrival window. ``taken`` counts the places of holds and bookings; the ledger's CHECK
    stands behind the conditional UPDATE that takes them."""

    __tablename__ = "slots"
    __table_args__ = (
        sa.UniqueConstraint("experience_id", "starts_at"),
        sa.Index(None, "starts_at"),
        sa.CheckConstraint("taken >= 0", name="taken_not_negative"),
        sa.CheckConstraint("taken <= capacity", name="never_oversold"),
        sa.CheckConstraint("held_back BETWEEN 0 AND taken", name="held_back_is_taken"),
        sa.CheckConstraint("ends_at > starts_at", name="window_in_order"),
    )

    id: Mapped[int_pk]
    experience_id: Mapped[int] = mapped_column(sa.ForeignKey("experiences.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    capacity: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0)
    # Set while more have booked than the host wants: `free_places` lowers the capacity to it with
    # every place that comes back, so that none of them is sold again.
    wanted_capacity: Mapped[int | None]
    # Places for people who come without booking; they count as taken.
    held_back: Mapped[int] = mapped_column(default=0)
    state: Mapped[SlotState] = mapped_column(enum_column(SlotState), default=SlotState.OPEN)
    sample: Mapped[bool] = mapped_column(default=False)

    experience: Mapped[Experience] = relationship(lazy="raise_on_sql")

    @property
    def places_left(self) -> int:
        return self.capacity - self.taken

    @property
    def over_by(self) -> int:
        """How many more have booked than the host now wants."""
        return 0 if self.wanted_capacity is None else max(0, self.taken - self.wanted_capacity)


class CeilingKind(StrEnum):
    DAY = "day"  # people who arrive on one local day
    PRESENT = "present"  # people there at once, from the arrival window to the end of the stay


class Ceiling(Base):
    """A limit above slots: of a place with all below it, or of the whole township.

    ``depth`` is how far its place lies below the township: deeper ceilings are counted first.
    """

    __tablename__ = "ceilings"
    __table_args__ = (sa.CheckConstraint("capacity >= 1", name="somebody_may_come"),)

    id: Mapped[int_pk]
    place_id: Mapped[int | None] = mapped_column(sa.ForeignKey("places.id"), index=True)
    kind: Mapped[CeilingKind] = mapped_column(enum_column(CeilingKind))
    name: Mapped[dict[str, str]]
    capacity: Mapped[int]
    depth: Mapped[int]
    sample: Mapped[bool] = mapped_column(default=False)


class CeilingCount(Base):
    """How many a ceiling has for one local day, or for one quarter of an hour."""

    __tablename__ = "ceiling_counts"
    __table_args__ = (
        sa.CheckConstraint("taken >= 0", name="taken_not_negative"),
        sa.CheckConstraint("taken <= capacity", name="never_oversold"),
    )

    ceiling_id: Mapped[int] = mapped_column(sa.ForeignKey("ceilings.id"), primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    capacity: Mapped[int]
    taken: Mapped[int]
