"""The township and everything on its map."""

from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, composite, mapped_column

from tourism.core.db import JSON, Base, enum_column, int_pk, slug
from tourism.core.geo import Position


class PlaceKind(StrEnum):
    ZONE = "zone"
    CORRIDOR = "corridor"
    NODE = "node"
    ORCHARD = "orchard"
    VILLAGE = "village"
    SERVICE_CENTRE = "service-centre"
    PARKING = "parking"
    PIER = "pier"
    FISHING = "fishing"
    FARM_STAY = "farm-stay"
    MARKET = "market"
    MUSEUM = "museum"
    RESERVOIR = "reservoir"
    SOLAR_PARK = "solar-park"
    GARDEN = "garden"
    VIEWPOINT = "viewpoint"


class BuildStatus(StrEnum):
    """How far a place exists. ``in-document``: named in the plan, existence not verified."""

    BUILT = "built"
    UNDER_CONSTRUCTION = "under-construction"
    PLANNED = "planned"
    IN_DOCUMENT = "in-document"
    SAMPLE = "sample"


class Accuracy(StrEnum):
    """How far a position can be trusted; only the first two are fit for directions."""

    SURVEYED = "surveyed"
    GAZETTEER = "gazetteer"
    TOWNSHIP_ESTIMATE = "township-estimate"
    SCHEMATIC = "schematic"


class Destination(Base):
    """The township this site speaks for: one row, loaded from its GeoJSON file."""

    __tablename__ = "destinations"

    id: Mapped[int_pk]
    slug: Mapped[slug]
    name: Mapped[dict[str, str]]
    site_name: Mapped[dict[str, str]]
    region: Mapped[dict[str, str]]
    time_zone: Mapped[str] = mapped_column(sa.String(40))
    currency: Mapped[str] = mapped_column(sa.String(3))
    country: Mapped[str] = mapped_column(sa.String(2))
    # The part of the country whose public holidays are kept; empty where all keep the same.
    subdivision: Mapped[str] = mapped_column(sa.String(10), default="", server_default="")
    warning: Mapped[dict[str, str]]
    attribution: Mapped[dict[str, str]]
    bbox: Mapped[list[Any]] = mapped_column(JSON)
    basemap: Mapped[dict[str, Any]]
    demo_loaded: Mapped[bool] = mapped_column(default=False)


class Place(Base):
    """Anything on the map, with an honest accuracy of its position.

    ``geometry`` is GeoJSON (longitude first) as loaded; ``position`` is a point in it: the point
    itself, the middle of a line, the centre of a polygon.
    """

    __tablename__ = "places"

    id: Mapped[int_pk]
    slug: Mapped[slug]
    kind: Mapped[PlaceKind] = mapped_column(enum_column(PlaceKind), index=True)
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("places.id"), index=True)
    rank: Mapped[int]  # order in the file
    name: Mapped[dict[str, str]]
    summary: Mapped[dict[str, str]]
    aliases: Mapped[list[str]]
    geometry: Mapped[dict[str, Any]]
    latitude: Mapped[float]
    longitude: Mapped[float]
    position: Mapped[Position] = composite("latitude", "longitude")
    status: Mapped[BuildStatus] = mapped_column(enum_column(BuildStatus))
    accuracy: Mapped[Accuracy] = mapped_column(enum_column(Accuracy))
    accuracy_m: Mapped[int]
    crops: Mapped[list[str]]
    season_months: Mapped[list[int]]
    facilities: Mapped[list[str]]
    sources: Mapped[list[str]]
    scene: Mapped[str] = mapped_column(sa.String(40), default="")
    # A corridor's ends, as slugs of places.
    starts_at: Mapped[str | None] = mapped_column(sa.String(80))
    leads_to: Mapped[str | None] = mapped_column(sa.String(80))
    retired: Mapped[bool] = mapped_column(default=False)

    @property
    def is_navigable(self) -> bool:
        """Whether directions to it may be offered: never to an estimated or drawn position."""
        return self.accuracy in (Accuracy.SURVEYED, Accuracy.GAZETTEER)
