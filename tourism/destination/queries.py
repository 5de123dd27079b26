"""Reading the destination and its places."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tourism.destination.atlas import Atlas, Stop
from tourism.destination.errors import NoDestinationError, PlaceNotFoundError
from tourism.destination.models import Destination, Place


def get_destination(session: Session) -> Destination:
    """The township of this site. Raises NoDestinationError before one is loaded."""
    found = session.scalar(sa.select(Destination).order_by(Destination.id).limit(1))
    if found is None:
        raise NoDestinationError
    return found


def get_atlas(session: Session, destination: Destination) -> Atlas:
    """Every place of the destination, with its tree and base map: one query."""
    return Atlas(tuple(all_places(session)), destination.basemap)


def get_place(session: Session, slug: str) -> Place:
    """Raises PlaceNotFoundError for an unknown or retired slug."""
    found = session.scalar(sa.select(Place).where(Place.slug == slug, ~Place.retired))
    if found is None:
        raise PlaceNotFoundError(slug=slug)
    return found


def all_places(session: Session) -> Sequence[Place]:
    """Every place that is not retired, in the order of the file."""
    return session.scalars(sa.select(Place).where(~Place.retired).order_by(Place.rank)).all()


def sights_of(session: Session, place: Place) -> Sequence[Place]:
    """The places right below a place, in the order of the file."""
    query = sa.select(Place).where(Place.parent_id == place.id, ~Place.retired)
    return session.scalars(query.order_by(Place.rank)).all()


def stops_along(session: Session, place: Place) -> list[Stop]:
    """A corridor's ends, node, sights and crossing roads, in driving order with distances."""
    return get_atlas(session, get_destination(session)).stops_along(place)
