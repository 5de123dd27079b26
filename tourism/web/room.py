"""What pages say is left: the tighter of a slot's own places and of what lies above it."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date

from tourism.experiences.ceiling_room import look_above, room_of_days
from tourism.experiences.models import Experience, Slot
from tourism.experiences.queries import DayPlaces, has_ceilings
from tourism.web.db import db_session
from tourism.web.filters import zone
from tourism.web.kept import kept


def show_room(slots: Collection[Slot]) -> None:
    """Let these slots say no more places than the ceilings let come."""
    if _is_limited():
        look_above(db_session(), slots)


def days_within(experience: Experience, places: Mapping[date, DayPlaces]) -> dict[date, DayPlaces]:
    """The same for days. Ceilings of people there at once are left to the list of a day's slots."""
    if not _is_limited():
        return dict(places)
    room = room_of_days(db_session(), experience.place_id, list(places), zone())
    return {
        day: replace(each, places_left=min(each.places_left, room.get(day, each.places_left)))
        for day, each in places.items()
    }


def _is_limited() -> bool:
    return kept(("has ceilings",), has_ceilings)
