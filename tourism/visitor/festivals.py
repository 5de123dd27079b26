"""Festivals: what is celebrated, when it is known, and what can be booked for it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tourism.core.clock import now
from tourism.destination.atlas import Atlas
from tourism.destination.models import Place
from tourism.destination.queries import get_atlas
from tourism.experiences.models import Experience, Slot
from tourism.experiences.queries import experiences_of_festival, next_slots_of_each
from tourism.festivals.models import Crop, Festival
from tourism.festivals.queries import all_crops, festivals, get_festival
from tourism.festivals.seasons import EditionStage, edition_stage
from tourism.visitor.crops import planned_crops
from tourism.visitor.machines import voice
from tourism.web.db import db_session
from tourism.web.filters import local, text
from tourism.web.linked_data import festival_data

bp = Blueprint("festivals", __name__)
_ORDER = list(EditionStage)


@dataclass(frozen=True, slots=True)
class Edition:
    """A festival as it stands on a day."""

    festival: Festival
    stage: EditionStage

    @property
    def title(self) -> str:
        """The name, with the number when the township has confirmed it and the year when dated."""
        name = text(self.festival.name)
        if self.festival.edition is not None:
            name = str(_("%(name)s, edition %(number)s", name=name, number=self.festival.edition))
        if self.festival.starts_on is None:
            return name
        return f"{name} {self.festival.starts_on.year}"


@dataclass(frozen=True, slots=True)
class Listing:
    """An experience with its next free slot, if it has one."""

    experience: Experience
    slot: Slot | None


@dataclass(frozen=True, slots=True)
class FestivalPage:
    """All that a festival's page shows."""

    edition: Edition
    today: date
    venues: Sequence[Place]
    listings: Sequence[Listing]
    crops: Sequence[Crop]  # its crop, and the bloom it comes from
    held: Sequence[int]  # years of documented editions
    scene: str

    @property
    def is_bookable(self) -> bool:
        return any(listing.slot for listing in self.listings)


def in_order(known: Iterable[Festival], today: date) -> list[Edition]:
    """Running festivals first, then those to come, past, and those without dates."""
    editions = [Edition(festival, edition_stage(festival, today)) for festival in known]
    return sorted(editions, key=_turn)


def _turn(edition: Edition) -> tuple[int, date, int]:
    festival = edition.festival
    return _ORDER.index(edition.stage), festival.starts_on or date.max, festival.rank


@bp.get("/festivals")
def index() -> ResponseReturnValue:
    session, today = db_session(), local(now()).date()
    crops = all_crops(session)
    return render_template(
        "visitor/festivals/index.html",
        editions=in_order(festivals(session), today),
        crops=crops,
        planned=planned_crops(crops, get_atlas(session, g.destination).places),
        today=today,
    )


@bp.get("/festivals/<slug>")
def show(slug: str) -> ResponseReturnValue:
    festival = get_festival(db_session(), slug)
    page = _page(festival, now())
    return render_template(
        "visitor/festivals/show.html",
        page=page,
        linked_data=festival_data(
            festival, page.edition.title, page.venues, g.destination, voice()
        ),
    )


def _page(festival: Festival, current: datetime) -> FestivalPage:
    session, today = db_session(), local(current).date()
    atlas = get_atlas(session, g.destination)
    venues = [place for slug in festival.venues if (place := atlas.find(slug))]
    return FestivalPage(
        edition=Edition(festival, edition_stage(festival, today)),
        today=today,
        venues=venues,
        listings=_listings(festival, current),
        crops=_crops(festival.crop, all_crops(session)),
        held=_documented(festival.past_editions),
        scene=_scene(atlas, venues),
    )


def _scene(atlas: Atlas, venues: Iterable[Place]) -> str:
    """The drawing of the first venue, or of what it lies in."""
    chain = (place for venue in venues for place in (venue, *reversed(atlas.parents(venue))))
    return next((place.scene for place in chain if place.scene), "scene-hills.svg")


def _listings(festival: Festival, current: datetime) -> list[Listing]:
    session = db_session()
    nexts = next_slots_of_each(session, current, 1)
    return [
        Listing(experience, next(iter(nexts.get(experience.id, ())), None))
        for experience in experiences_of_festival(session, festival.id)
    ]


def _crops(crop: Crop | None, crops: Iterable[Crop]) -> list[Crop]:
    if crop is None:
        return []
    return [each for each in crops if crop.slug in (each.slug, each.fruit_slug)]


def _documented(editions: Iterable[dict[str, object]]) -> list[int]:
    """Years in which the festival is on record. What is only inferred is not published."""
    return sorted(
        year
        for edition in editions
        if edition.get("confidence") == "documented"
        and isinstance(year := edition.get("year"), int)
    )
