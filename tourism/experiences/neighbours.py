"""Where else people who came for a crop could pick it: the nearest place first."""

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from tourism.core.geo import distance_m
from tourism.experiences.models import Experience

Elsewhere = Mapping[int, Sequence[int]]  # experience → others that could take its parties


def neighbours(session: Session, experience_ids: Collection[int]) -> Elsewhere:
    """For each of these experiences the published others of the same kind with the same crop or
    festival, and with every unit it has, by distance. Positions are as good as the map's; among
    orchards of one township they are good enough to say which is nearer."""
    query = sa.select(Experience).where(Experience.is_published | Experience.id.in_(experience_ids))
    query = query.options(joinedload(Experience.place), selectinload(Experience.units))
    known = {each.id: each for each in session.scalars(query.order_by(Experience.id))}
    return {key: _near(known[key], list(known.values())) for key in experience_ids}


def _near(here: Experience, known: Sequence[Experience]) -> list[int]:
    fit = [each for each in known if each.is_published and _is_like(here, each)]
    fit.sort(key=lambda each: distance_m(here.place.position, each.place.position))
    return [each.id for each in fit]


def _is_like(here: Experience, there: Experience) -> bool:
    same = (here.crop and here.crop == there.crop) or (
        here.festival_id and here.festival_id == there.festival_id
    )
    codes = {unit.code for unit in here.units} <= {unit.code for unit in there.units}
    alike = (here.kind, here.all_day) == (there.kind, there.all_day)
    return bool(same) and here.id != there.id and alike and codes
