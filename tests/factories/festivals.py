"""Crops and festivals, with workable defaults."""

from typing import Any

from sqlalchemy.orm import Session

from tests.factories.destination import in_all
from tourism.festivals.models import Confidence, Crop, CropKind, Festival


def make_crop(session: Session, slug: str = "cherry", **values: Any) -> Crop:
    defaults: dict[str, Any] = {
        "slug": slug,
        "kind": CropKind.FRUIT,
        "name": in_all("大樱桃"),
        "starts": "05-20",
        "ends": "06-20",
        "peak_starts": "05-28",
        "peak_ends": "06-10",
        "confidence": Confidence.MEDIUM,
        "rank": 0,
    }
    crop = Crop(**defaults | values)
    session.add(crop)
    session.flush()
    return crop


def make_festival(session: Session, slug: str = "cherry-festival", **values: Any) -> Festival:
    """A festival without dates, as one is before it is announced."""
    defaults: dict[str, Any] = {
        "slug": slug,
        "name": in_all("樱桃采摘文化节"),
        "venues": [],
        "programme": [],
        "past_editions": [],
        "rank": 0,
    }
    festival = Festival(**defaults | values)
    session.add(festival)
    session.flush()
    return festival
