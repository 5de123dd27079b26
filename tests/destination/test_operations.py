"""Loading a destination: adding, updating in place, retiring, and refusing whole."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories.destination import in_all
from tests.factories.files import destination_document, feature
from tourism.audit.models import AuditEntry
from tourism.core.checking import BadFileError, read_json
from tourism.core.geo import Position
from tourism.destination.errors import OtherDestinationError
from tourism.destination.models import Destination, Place, PlaceKind
from tourism.destination.operations import (
    basemap_document,
    load_destination,
)
from tourism.destination.operations import (
    destination_document as written_back,
)
from tourism.destination.queries import all_places, get_destination, get_place

DATA = Path(__file__).parents[2] / "data" / "lizhuang"


def rows(session: Session, model: Any) -> list[dict[str, Any]]:
    """All rows of a table as they stand in the database."""
    table = sa.inspect(model).local_table
    return [dict(row._mapping) for row in session.execute(sa.select(table).order_by(table.c.id))]


def test_load_destination_adds_all_places(session: Session, at: datetime) -> None:
    loaded = load_destination(session, document=destination_document(), now=at)
    assert loaded.new == ["lake", "road", "halfway", "town", "orchard"]
    orchard = get_place(session, "orchard")
    assert orchard.parent_id == get_place(session, "lake").id
    assert (orchard.kind, orchard.position) == (PlaceKind.ORCHARD, Position(35.05, 119.0))
    assert (orchard.aliases, orchard.crops, orchard.scene) == ([], [], "")
    road = get_place(session, "road")
    assert (road.starts_at, road.leads_to) == ("town", "orchard")
    assert get_destination(session).time_zone == "Asia/Shanghai"


def test_load_destination_again_writes_nothing(session: Session, at: datetime) -> None:
    load_destination(session, document=destination_document(), now=at)
    session.commit()
    loaded = load_destination(session, document=destination_document(), now=at)
    assert (len(loaded.unchanged), loaded.new, loaded.changed, loaded.retired) == (5, [], [], [])
    assert len(rows(session, AuditEntry)) == 1


def test_load_destination_updates_in_place(session: Session, at: datetime) -> None:
    """A place keeps its id through a change of name, position, kind or parent."""
    load_destination(session, document=destination_document(), now=at)
    before = get_place(session, "orchard").id
    document = destination_document(site_name=in_all("新名"))
    document["features"][4] = feature("orchard", "garden", parent="town", name=in_all("新园"))
    loaded = load_destination(session, document=document, now=at)
    assert (loaded.changed, loaded.destination) == (["orchard"], ["site_name"])
    session.expire_all()
    place = get_place(session, "orchard")
    assert (place.id, place.kind, place.name) == (before, PlaceKind.GARDEN, in_all("新园"))
    assert place.position == Position(35.02, 119.0)
    assert place.parent_id == get_place(session, "town").id
    assert get_destination(session).site_name == in_all("新名")


def test_load_destination_retires_what_the_file_no_longer_has(
    session: Session, at: datetime
) -> None:
    load_destination(session, document=destination_document(), now=at)
    fewer = destination_document(*destination_document()["features"][:1])
    loaded = load_destination(session, document=fewer, now=at)
    assert loaded.retired == ["road", "halfway", "town", "orchard"]
    assert [place.slug for place in all_places(session)] == ["lake"]
    assert len(rows(session, Place)) == 5
    assert load_destination(session, document=fewer, now=at).retired == []
    back = load_destination(session, document=destination_document(), now=at)
    assert back.changed == ["road", "halfway", "town", "orchard"]
    assert len(all_places(session)) == 5


def test_load_destination_keeps_the_order_of_the_file(session: Session, at: datetime) -> None:
    """A place that only moved within the file is not counted as changed."""
    load_destination(session, document=destination_document(), now=at)
    document = destination_document()
    document["features"].reverse()
    loaded = load_destination(session, document=document, now=at)
    assert (loaded.changed, len(loaded.unchanged)) == ([], 5)
    assert all_places(session)[0].slug == "orchard"


def test_load_destination_refuses_a_bad_file_whole(session: Session, at: datetime) -> None:
    load_destination(session, document=destination_document(), now=at)
    before = [rows(session, model) for model in (Destination, Place, AuditEntry)]
    document = destination_document(site_name=in_all("新名"))
    document["features"][0]["properties"]["name"] = in_all("新湖")
    document["features"][4]["properties"]["kind"] = "farm"
    bad_basemap = {"type": "FeatureCollection"}
    with pytest.raises(BadFileError) as raised:
        load_destination(session, document=document, basemap=bad_basemap, now=at)
    assert [fault.entry for fault in raised.value.faults] == ["orchard", "base map"]
    assert [rows(session, model) for model in (Destination, Place, AuditEntry)] == before


def test_load_destination_refuses_another_township(session: Session, at: datetime) -> None:
    load_destination(session, document=destination_document(), now=at)
    with pytest.raises(OtherDestinationError) as raised:
        load_destination(session, document=destination_document(slug="elsewhere"), now=at)
    assert raised.value.facts == {"loaded": "testing", "file": "elsewhere"}
    assert len(all_places(session)) == 5


def test_load_destination_leaves_one_audit_entry(session: Session, at: datetime) -> None:
    load_destination(session, document=destination_document(), now=at)
    document = destination_document()
    del document["features"][2]
    document["features"][0]["properties"]["accuracy_m"] = 900
    load_destination(session, document=document, now=at)
    first, second = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id))
    assert (first.actor, first.action, first.subject_id) == (
        "system",
        "destination.loaded",
        "testing",
    )
    assert first.after is not None
    assert first.after["new"] == ["lake", "road", "halfway", "town", "orchard"]
    assert second.before is not None
    assert second.after is not None
    assert second.before["places"]["lake"] == {"accuracy_m": 4000}
    assert second.after["places"]["lake"] == {"accuracy_m": 900}
    assert second.after["retired"] == ["halfway"]


def test_load_destination_keeps_the_base_map_unless_given_one(
    session: Session, at: datetime
) -> None:
    basemap = read_json((DATA / "basemap.geojson").read_bytes())
    load_destination(session, document=destination_document(), basemap=basemap, now=at)
    load_destination(session, document=destination_document(), now=at)
    assert basemap_document(session) == basemap


def test_what_is_written_back_loads_to_the_same_state(session: Session, at: datetime) -> None:
    document = read_json((DATA / "destination.geojson").read_bytes())
    load_destination(session, document=document, now=at)
    before = [rows(session, model) for model in (Destination, Place)]
    again = written_back(session)
    assert load_destination(session, document=again, now=at).unchanged == [
        each["id"] for each in document["features"]
    ]
    # And into an empty database.
    session.execute(sa.update(Place).values(parent_id=None))
    session.execute(sa.delete(Place))
    session.execute(sa.delete(Destination))
    session.expunge_all()
    load_destination(session, document=again, now=at)
    after = [rows(session, model) for model in (Destination, Place)]
    assert [[_bare(row) for row in table] for table in after] == [
        [_bare(row) for row in table] for table in before
    ]


def _bare(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in ("id", "parent_id")}
