"""Reading the destination and its places."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tourism.destination.errors import NoDestinationError, PlaceNotFoundError
from tourism.destination.models import Destination, Place


def get_destination(session: Session) -> Destination:
    """The township of this site. Raises NoDestinationError before one is loaded."""
    found = session.scalar(sa.select(Destination).order_by(Destination.id).limit(1))
    if found is None:
        raise NoDestinationError
    return found


def get_place(session: Session, slug: str) -> Place:
    """Raises PlaceNotFoundError for an unknown or retired slug."""
    found = session.scalar(sa.select(Place).where(Place.slug == slug, ~Place.retired))
    if found is None:
        raise PlaceNotFoundError(slug=slug)
    return found


def all_places(session: Session) -> Sequence[Place]:
    """Every place that is not retired, in the order of the file."""
    return session.scalars(sa.select(Place).where(~Place.retired).order_by(Place.rank)).all()
