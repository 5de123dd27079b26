"""Loading a calendar: nothing unconfirmed becomes a fact, and nothing announced is lost."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories.destination import in_all, make_destination, make_place
from tests.factories.festivals import make_festival
from tests.factories.files import calendar_document
from tourism.audit.models import AuditEntry
from tourism.core.checking import BadFileError, read_json
from tourism.destination.errors import NoDestinationError
from tourism.destination.operations import load_destination
from tourism.festivals.calendar_file import check
from tourism.festivals.models import Confidence, CropKind, Festival
from tourism.festivals.operations import load_calendar
from tourism.festivals.queries import all_crops, crops_by_slug, festivals, get_festival

DATA = Path(__file__).parents[2] / "data" / "lizhuang"

Document = dict[str, Any]


@pytest.fixture
def town(session: Session) -> Session:
    """A destination with the place where the festival is held."""
    make_destination(session)
    make_place(session, "orchard")
    return session


def test_load_calendar_adds_crops_and_festivals(town: Session, at: datetime) -> None:
    loaded = load_calendar(town, document=calendar_document(), now=at)
    assert loaded.new == ["cherry", "cherry-blossom", "cherry-festival"]
    blossom = crops_by_slug(town)["cherry-blossom"]
    assert (blossom.kind, blossom.fruit_slug) == (CropKind.BLOOM, "cherry")
    assert (blossom.starts, blossom.ends, blossom.confidence) == (
        "04-01",
        "04-20",
        Confidence.LOW,
    )
    festival = get_festival(town, "cherry-festival")
    assert festival.crop is not None
    assert (festival.crop.slug, festival.venues) == ("cherry", ["orchard"])
    assert festival.past_editions == [{"edition": 4, "year": 2012, "confidence": "documented"}]
    assert festival.programme == [{"id": "opening", "name": in_all("开幕式")}]


def test_load_calendar_takes_nothing_unconfirmed_as_a_fact(town: Session, at: datetime) -> None:
    """A number and dates that the file does not confirm stay out, and so does the usual window."""
    document = calendar_document()
    coming = {"number": 5, "confirmed": False, "from": "2027-05-20", "to": "2027-06-15"}
    document["festivals"][0]["next_edition"] = coming
    load_calendar(town, document=document, now=at)
    festival = get_festival(town, "cherry-festival")
    assert (festival.edition, festival.starts_on, festival.ends_on) == (None, None, None)
    assert not festival.sample


def test_load_calendar_takes_a_confirmed_edition(town: Session, at: datetime) -> None:
    document = calendar_document()
    coming = {"number": 5, "confirmed": True, "from": "2027-05-20", "to": "2027-06-15"}
    document["festivals"][0]["next_edition"] = coming
    load_calendar(town, document=document, now=at)
    festival = get_festival(town, "cherry-festival")
    assert (festival.edition, festival.starts_on, festival.ends_on) == (
        5,
        date(2027, 5, 20),
        date(2027, 6, 15),
    )


def test_load_calendar_keeps_what_the_office_announced(town: Session, at: datetime) -> None:
    load_calendar(town, document=calendar_document(), now=at)
    festival = get_festival(town, "cherry-festival")
    festival.edition, festival.starts_on, festival.ends_on = 7, date(2027, 5, 1), date(2027, 6, 1)
    town.flush()
    loaded = load_calendar(town, document=calendar_document(), now=at)
    assert loaded.changed == []
    assert (festival.edition, festival.starts_on) == (7, date(2027, 5, 1))


def test_load_calendar_again_writes_nothing(town: Session, at: datetime) -> None:
    load_calendar(town, document=calendar_document(), now=at)
    town.commit()
    loaded = load_calendar(town, document=calendar_document(), now=at)
    assert (len(loaded.unchanged), loaded.new, loaded.changed) == (3, [], [])
    assert town.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) == 1


def test_load_calendar_updates_in_place_and_removes_nothing(town: Session, at: datetime) -> None:
    make_festival(town, "winter-festival")
    load_calendar(town, document=calendar_document(), now=at)
    before = get_festival(town, "cherry-festival").id
    document = calendar_document()
    document["festivals"][0]["name"] = in_all("新节")
    loaded = load_calendar(town, document=document, now=at)
    assert (loaded.changed, loaded.missing) == (["cherry-festival"], ["winter-festival"])
    assert get_festival(town, "cherry-festival").id == before
    entry = town.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert entry.before == {"cherry-festival": {"name": in_all("樱桃节")}}


def test_load_calendar_needs_a_destination(session: Session, at: datetime) -> None:
    with pytest.raises(NoDestinationError):
        load_calendar(session, document=calendar_document(), now=at)


def test_load_calendar_refuses_a_bad_file_whole(town: Session, at: datetime) -> None:
    document = calendar_document()
    document["festivals"][0]["venues"] = ["nowhere"]
    with pytest.raises(BadFileError):
        load_calendar(town, document=document, now=at)
    assert (all_crops(town), festivals(town)) == ([], [])


def test_the_calendar_we_ship_loads(session: Session, at: datetime) -> None:
    load_destination(
        session, document=read_json((DATA / "destination.geojson").read_bytes()), now=at
    )
    document = read_json((DATA / "festivals.json").read_bytes())
    load_calendar(session, document=document, now=at)
    assert len(all_crops(session)) == 9
    found = session.scalars(sa.select(Festival)).all()
    assert [(each.edition, each.starts_on) for each in found] == [(None, None)] * 2
    assert [each["confidence"] for each in found[0].past_editions] == [
        "documented",
        "inferred",
        "inferred",
    ]


def _set(*path: str | int, to: Any) -> Callable[[Document], None]:
    def spoil(document: Document) -> None:
        target: Any = document
        for step in path[:-1]:
            target = target[step]
        target[path[-1]] = to

    return spoil


def _next(**values: Any) -> Callable[[Document], None]:
    return _set("festivals", 0, "next_edition", to={"confirmed": False} | values)


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (_set("crops", 0, to="cherry"), "file: crops[0]: is not an object {…}"),
        (_set("crops", 1, "id", to="cherry"), "cherry: id: is used more than once among the crops"),
        (_set("crops", 0, "kind", to="nut"), 'cherry: kind: is "nut", not one of fruit, bloom'),
        (_set("crops", 1, "of", to="plum"), 'cherry-blossom: of: is "plum", not one of cherry'),
        (_set("crops", 0, "name", "en", to=""), "cherry: name.en: is missing"),
        (_set("crops", 0, "window", to=["05-20"]), "cherry: window: must be two days of the year"),
        (_set("crops", 0, "window", to=["05-32", "06-01"]), "cherry: window: must be two days"),
        (
            _set("crops", 0, "peak", to=["05-01", "06-01"]),
            "cherry: peak: reaches beyond the",
        ),
        (_set("crops", 0, "confidence", to="sure"), 'cherry: confidence: is "sure", not one of'),
        (_set("crops", 0, "source", to=["there"]), "cherry: source: names “there”, which is not"),
        (_set("festivals", 0, "crop", to="plum"), 'cherry-festival: crop: is "plum", not one of'),
        (
            _set("festivals", 0, "venues", to=["nowhere"]),
            "cherry-festival: venues: names “nowhere”, which is no place of the destination",
        ),
        (
            _set("festivals", 0, "editions", 0, "confidence", to="sure"),
            'cherry-festival: editions[0].confidence: is "sure", not one of documented, inferred',
        ),
        (
            _set("festivals", 0, "editions", 0, "year", to="2012"),
            "cherry-festival: editions[0]: needs an edition and a year as whole numbers",
        ),
        (
            _set("festivals", 0, "programme", 0, "name", to="开幕式"),
            "cherry-festival: programme[0].name: is not a text by language",
        ),
        (_next(confirmed="yes"), "cherry-festival: next_edition.confirmed: must be true or false"),
        (
            _next(confirmed=True),
            "cherry-festival: next_edition.number: is missing",
        ),
        (_next(number=0), "cherry-festival: next_edition.number: must be a whole number"),
        (_next(**{"from": "2027-05-20"}), "cherry-festival: next_edition: needs both “from” and"),
        (
            _next(**{"from": "2027-06-20", "to": "2027-05-20"}),
            "cherry-festival: next_edition: ends before it begins",
        ),
        (
            _next(**{"from": "20 May", "to": "2027-05-20"}),
            "cherry-festival: next_edition.from:",
        ),
    ],
)
def test_check_names_each_fault(spoil: Callable[[Document], None], fault: str) -> None:
    document = calendar_document()
    assert check(document, places=["orchard"]) == []
    spoil(document)
    found = [str(each) for each in check(document, places=["orchard"])]
    assert any(each.startswith(fault) for each in found), found


def test_check_accepts_a_season_over_new_year() -> None:
    document = calendar_document()
    document["crops"][0] |= {"window": ["12-10", "02-10"], "peak": ["12-28", "01-20"]}
    assert check(document, places=["orchard"]) == []


def test_check_wants_editions_in_their_order() -> None:
    document = calendar_document()
    document["festivals"][0]["editions"] = [
        {"edition": 6, "year": 2014, "confidence": "inferred"},
        {"edition": 4, "year": 2012, "confidence": "documented"},
    ]
    assert [fault.where for fault in check(document, places=["orchard"])] == ["editions[1]"]
