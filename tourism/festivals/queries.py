"""Reading crops and festivals."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tourism.festivals.errors import FestivalNotFoundError
from tourism.festivals.models import Crop, Festival


def all_crops(session: Session) -> Sequence[Crop]:
    """Every crop in the order of the year: by the first day of its usual window."""
    return session.scalars(sa.select(Crop).order_by(Crop.starts, Crop.rank)).all()


def crops_by_slug(session: Session) -> dict[str, Crop]:
    """Every crop by its slug, in the order of the year."""
    return {crop.slug: crop for crop in all_crops(session)}


def festivals(session: Session) -> Sequence[Festival]:
    """Every festival with its crop, in the order of the file."""
    query = sa.select(Festival).options(joinedload(Festival.crop)).order_by(Festival.rank)
    return session.scalars(query).all()


def get_festival(session: Session, slug: str) -> Festival:
    """A festival with its crop. Raises FestivalNotFoundError."""
    query = sa.select(Festival).where(Festival.slug == slug).options(joinedload(Festival.crop))
    found = session.scalar(query)
    if found is None:
        raise FestivalNotFoundError(slug=slug)
    return found
