"""What can be booked: operators, experiences with their units, and slots with their places."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, query_expression, relationship

from tourism.accounts.models import Role, User
from tourism.core.db import JSON, Base, enum_column, int_pk, slug
from tourism.core.money import Money
from tourism.destination.models import Place
from tourism.festivals.models import Festival


class Operator(Base):
    """Who hosts visitors. Members sign in as owners or stewards."""

    __tablename__ = "operators"

    id: Mapped[int_pk]
    slug: Mapped[slug]
    name: Mapped[dict[str, str]]
    phone: Mapped[str | None] = mapped_column(sa.String(20))  # for visitors
    contact: Mapped[str | None] = mapped_column(sa.String(120))  # for the office alone
    archived_at: Mapped[datetime | None]
    sample: Mapped[bool] = mapped_column(default=False)


class Membership(Base):
    """A person who works for an operator; the person's role says as what."""

    __tablename__ = "memberships"

    operator_id: Mapped[int] = mapped_column(sa.ForeignKey("operators.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), primary_key=True, index=True)

    operator: Mapped[Operator] = relationship(lazy="raise_on_sql")
    user: Mapped[User] = relationship(lazy="raise_on_sql")


class Invitation(Base):
    """A one-time link with which somebody begins to work for an operator. Only its hash is kept.

    ``name`` is what the owner calls the person; who takes it up says the rest.
    """

    __tablename__ = "invitations"

    id: Mapped[int_pk]
    operator_id: Mapped[int] = mapped_column(sa.ForeignKey("operators.id"), index=True)
    role: Mapped[Role] = mapped_column(enum_column(Role))
    name: Mapped[str] = mapped_column(sa.String(80))
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    revoked_at: Mapped[datetime | None]

    operator: Mapped[Operator] = relationship(lazy="raise_on_sql")

    def is_open_at(self, now: datetime) -> bool:
        """Whether it can still be taken up."""
        return self.used_at is None and self.revoked_at is None and self.expires_at > now


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
    # How many bookings one phone number may have on a local day, this one included.
    bookings_per_phone: Mapped[int] = mapped_column(default=5, server_default="5")
    stay: Mapped[timedelta]  # how long a party remains after arriving
    booking_cutoff: Mapped[timedelta]  # booking ends so long before the arrival window ends
    cancel_cutoff: Mapped[timedelta]  # free cancelling ends so long before the window begins
    days_ahead: Mapped[int]
    # So long after the window begins, places of who has not come go to people on the spot; empty:
    # never.
    no_show_after: Mapped[timedelta | None]
    # Who waits is served strictly in order: a party that needs more than is free holds up all.
    strict_line: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    # Its slots are whole days: come at any time between opening and closing.
    all_day: Mapped[bool] = mapped_column(default=False)
    is_published: Mapped[bool] = mapped_column(default=True)
    archived_at: Mapped[datetime | None]  # what is archived is not published
    # What the host says of the fruit, in each language, and on which day it was said.
    ripeness: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    ripeness_on: Mapped[date | None]
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
    # Made by the weekly schedule, which may change it again until somebody does so by hand.
    scheduled: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    changed_at: Mapped[datetime | None]  # when somebody last made or changed it by hand
    # Why it does not take place, and what the host says to it; empty unless a closure did it.
    closed_for: Mapped[str | None] = mapped_column(sa.String(24))
    closed_words: Mapped[dict[str, str] | None]
    sample: Mapped[bool] = mapped_column(default=False)
    # How many the ceilings above still let come; known only where somebody has looked
    # (`ceiling_room.look_above`), and then the tighter of the two is what is left.
    room_above: Mapped[int | None] = query_expression()

    experience: Mapped[Experience] = relationship(lazy="raise_on_sql")

    @property
    def places_left(self) -> int:
        left = self.capacity - self.taken
        above = self.__dict__.get("room_above")  # where nobody has looked, nobody needs to ask
        return left if above is None else max(0, min(left, above))

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


class HolidayRule(StrEnum):
    """What the schedule does on a public holiday for which the host has decided nothing."""

    AS_USUAL = "as-usual"
    AS_SUNDAY = "as-sunday"
    CLOSED = "closed"


class Schedule(Base):
    """The weekly pattern of an experience: between two days, these hours on these weekdays.

    ``hours`` has an entry for each run of weekdays: days (0 is Monday), opens, closes, capacity;
    ``breaks`` have from and to. All are local times as "HH:MM". An arrival window begins every
    ``every`` and lasts ``window``.
    """

    __tablename__ = "schedules"
    __table_args__ = (sa.CheckConstraint("ends_on >= starts_on", name="season_in_order"),)

    id: Mapped[int_pk]
    experience_id: Mapped[int] = mapped_column(sa.ForeignKey("experiences.id"), unique=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    hours: Mapped[list[dict[str, Any]]]
    breaks: Mapped[list[dict[str, Any]]]
    every: Mapped[timedelta]
    window: Mapped[timedelta]
    holidays: Mapped[HolidayRule] = mapped_column(enum_column(HolidayRule))

    experience: Mapped[Experience] = relationship(lazy="raise_on_sql")
    days: Mapped[list["ScheduleDay"]] = relationship(
        lazy="raise_on_sql", order_by="ScheduleDay.day", cascade="all, delete-orphan"
    )


class DayRule(StrEnum):
    """What the host has decided for one date."""

    OPEN = "open"  # as the weekday says, whatever the calendar calls the day
    CLOSED = "closed"
    HOURS = "hours"  # hours of its own


class ScheduleDay(Base):
    """A date on which the schedule is another."""

    __tablename__ = "schedule_days"

    schedule_id: Mapped[int] = mapped_column(sa.ForeignKey("schedules.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    rule: Mapped[DayRule] = mapped_column(enum_column(DayRule))
    opens: Mapped[str | None] = mapped_column(sa.String(5))
    closes: Mapped[str | None] = mapped_column(sa.String(5))
    capacity: Mapped[int | None]


class Harvest(Base):
    """What the host said of one day's fruit, and how many may therefore come."""

    __tablename__ = "harvests"

    experience_id: Mapped[int] = mapped_column(sa.ForeignKey("experiences.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    ripe_g: Mapped[int]
    head_g: Mapped[int]  # what one visitor picks
    rows_open: Mapped[int]
    row_people: Mapped[int]
    staff: Mapped[int]
    staff_people: Mapped[int]
    proposed: Mapped[int]
    saved_at: Mapped[datetime]

    experience: Mapped[Experience] = relationship(lazy="raise_on_sql")


class Weighing(Base):
    """Fruit sold at the exit: what stood on the scales, less the basket, and what was paid."""

    __tablename__ = "weighings"
    __table_args__ = (
        sa.CheckConstraint("tare_g BETWEEN 0 AND gross_g", name="basket_is_lighter"),
        sa.CheckConstraint("price_amount >= 0", name="price_not_negative"),
        sa.Index(None, "experience_id", "day"),
    )

    id: Mapped[int_pk]
    key: Mapped[str] = mapped_column(sa.String(36), unique=True)  # sent twice, weighed once
    experience_id: Mapped[int] = mapped_column(sa.ForeignKey("experiences.id"))
    day: Mapped[date]
    gross_g: Mapped[int]
    tare_g: Mapped[int]
    price_amount: Mapped[int | None]
    price_currency: Mapped[str | None] = mapped_column(sa.String(3))
    weighed_at: Mapped[datetime]
    is_void: Mapped[bool] = mapped_column(default=False)

    experience: Mapped[Experience] = relationship(lazy="raise_on_sql")

    @property
    def net_g(self) -> int:
        return self.gross_g - self.tare_g

    @property
    def price(self) -> Money | None:
        if self.price_amount is None or self.price_currency is None:
            return None
        return Money(self.price_amount, self.price_currency)
