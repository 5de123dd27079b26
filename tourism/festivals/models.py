"""Crops with their seasons, and festivals."""

from datetime import date
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tourism.core.db import Base, enum_column, int_pk, slug


class CropKind(StrEnum):
    FRUIT = "fruit"
    BLOOM = "bloom"


class Confidence(StrEnum):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    UNVERIFIED = "unverified"


class Crop(Base):
    """What ripens or flowers here; windows are the usual ones of any year, as "MM-DD"."""

    __tablename__ = "crops"

    id: Mapped[int_pk]
    slug: Mapped[slug]
    kind: Mapped[CropKind] = mapped_column(enum_column(CropKind))
    fruit_slug: Mapped[str | None] = mapped_column(sa.String(80))  # the fruit a bloom becomes
    name: Mapped[dict[str, str]]
    starts: Mapped[str] = mapped_column(sa.String(5))
    ends: Mapped[str] = mapped_column(sa.String(5))
    peak_starts: Mapped[str] = mapped_column(sa.String(5))
    peak_ends: Mapped[str] = mapped_column(sa.String(5))
    confidence: Mapped[Confidence] = mapped_column(enum_column(Confidence))
    rank: Mapped[int]


class Festival(Base):
    """One edition of a celebration. Dates and edition number stay empty until they are known."""

    __tablename__ = "festivals"
    __table_args__ = (sa.CheckConstraint("ends_on >= starts_on", name="dates_in_order"),)

    id: Mapped[int_pk]
    slug: Mapped[slug]
    name: Mapped[dict[str, str]]
    crop_id: Mapped[int | None] = mapped_column(sa.ForeignKey("crops.id"))
    edition: Mapped[int | None]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    venues: Mapped[list[str]]  # slugs of places
    programme: Mapped[list[dict[str, Any]]]
    past_editions: Mapped[list[dict[str, Any]]]
    rank: Mapped[int]
    sample: Mapped[bool] = mapped_column(default=False)  # dates are the demo's

    crop: Mapped[Crop | None] = relationship(lazy="raise_on_sql")
