"""Loading a calendar file of crops and festivals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tourism.audit.operations import SYSTEM, Actor, record
from tourism.core.checking import refuse_if_faulty
from tourism.destination.queries import all_places, get_destination
from tourism.festivals import calendar_file
from tourism.festivals.models import Crop, Festival


@dataclass(frozen=True, slots=True)
class LoadedCalendar:
    """What loading a file did, as slugs of crops and festivals. ``missing`` are those that the
    file does not have: they are kept, for the office may have made them."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Changes:
    before: dict[str, dict[str, Any]] = field(default_factory=dict)
    after: dict[str, dict[str, Any]] = field(default_factory=dict)

    def update(self, row: Crop | Festival, values: Mapping[str, Any]) -> None:
        for key, value in values.items():
            old = getattr(row, key)
            if old != value:
                setattr(row, key, value)
                self.before.setdefault(row.slug, {})[key] = _plain(old)
                self.after.setdefault(row.slug, {})[key] = _plain(value)


def load_calendar(
    session: Session, *, document: Any, now: datetime, actor: Actor = SYSTEM
) -> LoadedCalendar:
    """Add the file's crops and festivals or update them by their slug. Nothing is removed.

    Raises BadFileError with every fault, NoDestinationError before one is loaded. A file that
    changes nothing writes nothing.
    """
    destination = get_destination(session)
    places = {place.slug for place in all_places(session)}
    refuse_if_faulty(calendar_file.check(document, places=places))
    loaded, changes = LoadedCalendar(), _Changes()
    crops = _save_crops(session, document["crops"], loaded, changes)
    _save_festivals(session, document["festivals"], crops, loaded, changes)
    if loaded.new or changes.after:
        record(
            session,
            actor=actor,
            action="calendar.loaded",
            subject=("destination", destination.slug),
            at=now,
            before=changes.before,
            after={"new": loaded.new, "changed": changes.after},
        )
    session.flush()
    return loaded


def _save_crops(
    session: Session, entries: Sequence[dict[str, Any]], loaded: LoadedCalendar, changes: _Changes
) -> dict[str, Crop]:
    crops = {crop.slug: crop for crop in session.scalars(sa.select(Crop))}
    rows = [calendar_file.crop_values(entry) | {"rank": n} for n, entry in enumerate(entries)]
    _save(session, Crop, rows, crops, loaded, changes)
    return crops


def _save_festivals(
    session: Session,
    entries: Sequence[dict[str, Any]],
    crops: dict[str, Crop],
    loaded: LoadedCalendar,
    changes: _Changes,
) -> None:
    session.flush()  # gives new crops their ids
    festivals = {festival.slug: festival for festival in session.scalars(sa.select(Festival))}
    rows = []
    for rank, entry in enumerate(entries):
        crop_id = crops[entry["crop"]].id if entry.get("crop") else None
        rows.append(calendar_file.festival_values(entry) | {"crop_id": crop_id, "rank": rank})
    _save(session, Festival, rows, festivals, loaded, changes)


def _save(
    session: Session,
    model: type[Crop] | type[Festival],
    rows: Sequence[dict[str, Any]],
    known: dict[str, Any],
    loaded: LoadedCalendar,
    changes: _Changes,
) -> None:
    loaded.missing.extend(known.keys() - {row["slug"] for row in rows})
    for row in rows:
        slug = row["slug"]
        if slug not in known:
            known[slug] = model(**row)
            session.add(known[slug])
            loaded.new.append(slug)
            continue
        changes.update(known[slug], row)
        (loaded.changed if slug in changes.after else loaded.unchanged).append(slug)


def _plain(value: Any) -> Any:
    """A column's value as JSON can hold it."""
    return value.isoformat() if isinstance(value, date) else value
