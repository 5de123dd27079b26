"""Crops in the order of the year, festivals in the order of the file."""

import pytest
from sqlalchemy.orm import Session

from tests.factories.destination import in_all
from tourism.festivals import queries
from tourism.festivals.errors import FestivalNotFoundError
from tourism.festivals.models import Confidence, Crop, CropKind, Festival


def _crop(session: Session, slug: str, starts: str, rank: int) -> Crop:
    crop = Crop(
        slug=slug,
        kind=CropKind.FRUIT,
        name=in_all(slug),
        starts=starts,
        ends="12-01",
        peak_starts="11-01",
        peak_ends="11-20",
        confidence=Confidence.LOW,
        rank=rank,
    )
    session.add(crop)
    session.flush()
    return crop


def _festival(session: Session, slug: str, rank: int, crop: Crop | None = None) -> Festival:
    festival = Festival(
        slug=slug,
        name=in_all(slug),
        crop=crop,
        venues=[],
        programme=[],
        past_editions=[],
        rank=rank,
    )
    session.add(festival)
    session.flush()
    return festival


def test_crops_come_in_the_order_of_the_year(session: Session) -> None:
    late = _crop(session, "grape", "07-25", 0)
    early = _crop(session, "cherry", "05-20", 1)
    assert list(queries.all_crops(session)) == [early, late]
    assert queries.crops_by_slug(session) == {"cherry": early, "grape": late}


def test_festivals_come_with_their_crop_in_the_order_of_the_file(session: Session) -> None:
    second = _festival(session, "second", 2)
    first = _festival(session, "first", 1, _crop(session, "cherry", "05-20", 0))
    session.commit()
    session.expunge_all()
    found = queries.festivals(session)
    assert [each.slug for each in found] == [first.slug, second.slug]
    assert [each.crop and each.crop.slug for each in found] == ["cherry", None]


def test_get_festival_has_its_crop(session: Session) -> None:
    _festival(session, "cherries", 1, _crop(session, "cherry", "05-20", 0))
    session.commit()
    session.expunge_all()
    found = queries.get_festival(session, "cherries")
    assert found.crop is not None
    assert found.crop.slug == "cherry"


def test_get_festival_refuses_an_unknown_slug(session: Session) -> None:
    with pytest.raises(FestivalNotFoundError):
        queries.get_festival(session, "never-held")
