"""Loading a destination file, and writing it back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tourism.audit.operations import SYSTEM, Actor, record
from tourism.core.checking import refuse_if_faulty
from tourism.destination import geojson
from tourism.destination.errors import OtherDestinationError
from tourism.destination.models import Destination, Place
from tourism.destination.queries import all_places, get_destination


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading a file did, as slugs of places; and which columns of the destination changed."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    destination: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Changes:
    """Columns before and after, by place; "" stands for the destination itself."""

    before: dict[str, dict[str, Any]] = field(default_factory=dict)
    after: dict[str, dict[str, Any]] = field(default_factory=dict)

    def update(self, subject: str, row: Destination | Place, values: Mapping[str, Any]) -> None:
        for key, value in values.items():
            old = getattr(row, key)
            if old != value:
                setattr(row, key, value)
                self.before.setdefault(subject, {})[key] = _plain(old)
                self.after.setdefault(subject, {})[key] = _plain(value)


def load_destination(
    session: Session,
    *,
    document: Any,
    basemap: Any = None,
    now: datetime,
    actor: Actor = SYSTEM,
) -> Loaded:
    """Make the database say what the file says: places are added, updated by their slug or, when
    the file no longer has them, retired. Without a base map the present one stays.

    Raises BadFileError with every fault of either file, OtherDestinationError for the file of
    another township. A file that changes nothing writes nothing.
    """
    faults = geojson.check(document)
    refuse_if_faulty(faults if basemap is None else faults + geojson.check_basemap(basemap))
    values = geojson.destination_values(document)
    if basemap is not None:
        values["basemap"] = basemap
    changes = _Changes()
    destination = _save_destination(session, values, changes)
    loaded = _save_places(session, document["features"], changes)
    loaded.destination.extend(changes.after.get("", {}))
    if loaded.new or changes.after:
        _record(session, destination, loaded, changes, actor, now)
    session.flush()
    return loaded


def _save_destination(session: Session, values: dict[str, Any], changes: _Changes) -> Destination:
    # Locked, so that two files are loaded one after the other.
    destination = session.scalar(sa.select(Destination).with_for_update().limit(1))
    if destination is None:
        destination = Destination(**{"basemap": geojson.NO_BASEMAP} | values)
        session.add(destination)
        session.flush()
    elif destination.slug != values["slug"]:
        raise OtherDestinationError(loaded=destination.slug, file=values["slug"])
    changes.update("", destination, values)
    return destination


def _save_places(session: Session, features: Sequence[dict[str, Any]], changes: _Changes) -> Loaded:
    known = {place.slug: place for place in session.scalars(sa.select(Place))}
    values = [geojson.place_values(feature) for feature in features]
    new = {each["slug"]: Place(**each, rank=-1) for each in values if each["slug"] not in known}
    session.add_all(new.values())
    session.flush()  # gives the new places the ids that their children's parent_id needs
    places = known | new
    in_file = [each["slug"] for each in values]
    for each in values:
        changes.update(each["slug"], places[each["slug"]], each)
    for feature in features:
        parent = feature["properties"].get("parent")
        parent_id = places[parent].id if parent else None
        changes.update(feature["id"], places[feature["id"]], {"parent_id": parent_id})
    retired = [slug for slug, place in known.items() if slug not in in_file and not place.retired]
    for slug in retired:
        changes.update(slug, places[slug], {"retired": True})
    loaded = _sorted_out(in_file, set(new), changes, retired)
    for rank, slug in enumerate(in_file):
        changes.update(slug, places[slug], {"rank": rank})
    return loaded


def _sorted_out(
    in_file: Sequence[str], new: set[str], changes: _Changes, retired: list[str]
) -> Loaded:
    """Taken before the ranks are written: a place that only moved in the file is unchanged."""
    kept = [slug for slug in in_file if slug not in new]
    return Loaded(
        new=[slug for slug in in_file if slug in new],
        changed=[slug for slug in kept if slug in changes.after],
        unchanged=[slug for slug in kept if slug not in changes.after],
        retired=retired,
    )


def _record(
    session: Session,
    destination: Destination,
    loaded: Loaded,
    changes: _Changes,
    actor: Actor,
    now: datetime,
) -> None:
    new = set(loaded.new)
    record(
        session,
        actor=actor,
        action="destination.loaded",
        subject=("destination", destination.slug),
        at=now,
        before=_without(changes.before, new),
        after=_without(changes.after, new) | {"new": loaded.new, "retired": loaded.retired},
    )


def _without(changes: dict[str, dict[str, Any]], new: set[str]) -> dict[str, Any]:
    places = {slug: columns for slug, columns in changes.items() if slug and slug not in new}
    return {"destination": changes.get("", {}), "places": places}


def _plain(value: Any) -> Any:
    """A column's value as JSON can hold it."""
    if value is None or isinstance(value, bool | int | float | str | list | dict):
        return value
    return [value.longitude, value.latitude]


def destination_document(session: Session) -> dict[str, Any]:
    """The destination as the file that loads to its present state."""
    return geojson.as_document(get_destination(session), all_places(session))


def basemap_document(session: Session) -> dict[str, Any]:
    """The base map as the file that loads to it."""
    return get_destination(session).basemap
