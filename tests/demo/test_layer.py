"""The sample layer: what it lays, that it can be laid again and again, and that it goes whole."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.sql import visitors as sql_visitors

from tests.factories.accounts import make_user
from tests.factories.admissions import enrolled, make_scan, make_ticket
from tests.factories.experiences import make_ceiling, make_experience, make_slot
from tourism.accounts.models import Role, User
from tourism.accounts.passwords import check_password
from tourism.admissions.models import Admission, Enrolment, Gate
from tourism.admissions.operations import admit
from tourism.audit.models import AuditEntry
from tourism.audit.operations import SYSTEM, VISITOR
from tourism.bookings.closures import close_slots
from tourism.bookings.models import Booking, BookingStatus, Closure, ClosureReason, ClosureSlot
from tourism.bookings.operations import hold_slot
from tourism.bookings.recount import recount
from tourism.core.checking import BadFileError, read_json
from tourism.core.db import Base
from tourism.demo import removal
from tourism.demo.content import Known, check
from tourism.demo.layer import DAYS_AHEAD, Laid, lay
from tourism.destination.operations import load_destination
from tourism.destination.queries import get_destination
from tourism.experiences.ceiling_queries import fullest
from tourism.experiences.models import Experience, Membership, Operator, Slot, SlotState, Unit
from tourism.festivals.models import Festival
from tourism.festivals.operations import load_calendar
from tourism.tickets.models import Ticket

DATA = Path(__file__).parents[2] / "data" / "lizhuang"
ZONE = ZoneInfo("Asia/Shanghai")
EARLY = datetime(2027, 5, 29, 22, 0, tzinfo=UTC)  # 6:00 on 30 May in Lizhuang
TODAY = date(2027, 5, 30)

Document = dict[str, Any]


def shipped(people: int = 0, days: int = 0) -> Document:
    """The file we ship, with so many of its people (a password takes long to hash) and with
    bookings on so many days."""
    document: Document = read_json((DATA / "demo.json").read_bytes())
    document["people"] = document["people"][:people]
    document["fill"] = document["fill"][:days] or [[0]]
    return document


@pytest.fixture
def town(session: Session) -> Session:
    """The real destination and calendar, without any sample."""
    for name, load in (
        ("destination.geojson", load_destination),
        ("festivals.json", load_calendar),
    ):
        load(session, document=read_json((DATA / name).read_bytes()), now=EARLY)
    session.commit()
    return session


def laid(session: Session, now: datetime = EARLY, people: int = 0, days: int = 0) -> Laid:
    done = lay(session, document=shipped(people, days), key_id=1, now=now)
    session.commit()
    return done


def snapshot(session: Session) -> dict[str, list[Any]]:
    """Every row of every table but for the audit's."""
    tables = [table for table in Base.metadata.sorted_tables if table.name != "audit_entries"]
    return {
        table.name: session.execute(sa.select(table).order_by(*table.primary_key)).all()
        for table in tables
    }


def count(session: Session, model: type[Base]) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_lay_marks_everything_as_sample(town: Session) -> None:
    laid(town, people=1, days=1)
    assert get_destination(town).demo_loaded
    for model in (Operator, Experience, Unit, Slot, Gate, User, Booking):
        marks = set(town.scalars(sa.select(model.sample)))  # type: ignore[attr-defined]
        assert marks == {True}, model
    for operator in town.scalars(sa.select(Operator)):
        assert "示例" in operator.name["zh-Hans"]
        assert "sample" in operator.name["en"]


def test_lay_opens_every_window_of_31_days_in_local_time(town: Session) -> None:
    laid(town)
    experience = town.scalars(
        sa.select(Experience).where(Experience.slug == "xiehu-cherry-picking")
    ).one()
    slots = town.scalars(sa.select(Slot).where(Slot.experience_id == experience.id)).all()
    starts = [slot.starts_at.astimezone(ZONE) for slot in slots]
    assert {start.date() for start in starts} == {
        TODAY + timedelta(days=n) for n in range(DAYS_AHEAD + 1)
    }
    windows = [time(8), time(9), time(10), time(13, 30), time(14, 30), time(15, 30)]
    assert sorted({start.time() for start in starts}) == windows
    assert len(starts) == 31 * 6
    assert {(slot.capacity, slot.ends_at - slot.starts_at) for slot in slots} == {
        (60, timedelta(hours=1))
    }


def test_lay_gives_units_prices_in_the_currency_of_the_destination(town: Session) -> None:
    laid(town)
    for unit in town.scalars(sa.select(Unit)):
        assert unit.price is not None
        assert unit.price.currency == "CNY"
    alone = {unit.code: unit.comes_alone for unit in town.scalars(sa.select(Unit))}
    assert alone == {"adult": True, "child": False, "senior": True, "infant": False}


def test_lay_books_nothing_at_places_that_are_only_planned(town: Session) -> None:
    laid(town)
    for experience in town.scalars(
        sa.select(Experience).options(sa.orm.joinedload(Experience.place))
    ):
        assert experience.place.status.value in ("built", "in-document")


def test_lay_makes_people_who_can_sign_in(town: Session) -> None:
    people = laid(town, people=2).people
    assert [(person.email, person.role) for person in people] == [
        ("officer@demo.example", Role.OFFICER),
        ("owner-xiehu@demo.example", Role.OWNER),
    ]
    owner = town.scalars(sa.select(User).where(User.role == Role.OWNER)).one()
    assert check_password(owner.password_hash, people[1].password)
    membership = town.scalars(
        sa.select(Membership).options(sa.orm.joinedload(Membership.operator))
    ).one()
    assert (membership.user_id, membership.operator.slug) == (owner.id, "sample-xiehu-orchards")


def test_lay_gives_every_operator_a_gate_and_the_township_one(town: Session) -> None:
    laid(town)
    gates = town.scalars(sa.select(Gate.operator_id)).all()
    assert sorted(gates, key=lambda key: key or 0) == [
        None,
        *town.scalars(sa.select(Operator.id).order_by(Operator.id)),
    ]


def test_lay_dates_festivals_to_run_now(town: Session) -> None:
    laid(town)
    for festival in town.scalars(sa.select(Festival)):
        assert (festival.starts_on, festival.ends_on) == (TODAY, TODAY + timedelta(days=30))
        assert (festival.sample, festival.edition) == (True, None)


def test_lay_leaves_an_announced_festival_alone(town: Session) -> None:
    festival = town.scalars(sa.select(Festival)).first()
    assert festival is not None
    festival.starts_on, festival.ends_on = date(2027, 6, 1), date(2027, 6, 5)
    laid(town)
    town.refresh(festival)
    assert (festival.starts_on, festival.sample) == (date(2027, 6, 1), False)


def test_lay_books_through_the_ledger(town: Session) -> None:
    """What slots count is what their bookings hold, and each booking has its ticket."""
    made = laid(town, days=2).bookings
    assert made == count(town, Booking) == count(town, Ticket) > 50
    parties = sa.select(Booking.slot_id, sa.func.sum(Booking.party_size)).group_by(Booking.slot_id)
    held = {slot_id: int(people) for slot_id, people in town.execute(parties)}
    counted = {slot.id: slot.taken for slot in town.scalars(sa.select(Slot)) if slot.taken}
    assert held == counted
    assert set(town.scalars(sa.select(Booking.status))) == {BookingStatus.CONFIRMED}


def test_lay_books_nothing_that_is_over(town: Session) -> None:
    """At noon the morning's windows can no longer be booked."""
    noon = EARLY + timedelta(hours=6)
    laid(town, noon, days=1)
    booked = town.scalars(sa.select(Slot.ends_at).where(Slot.taken > 0)).all()
    assert min(booked) > noon


def test_lay_again_on_the_same_day_changes_nothing(town: Session) -> None:
    laid(town, people=1, days=1)
    before, entries = snapshot(town), count(town, AuditEntry)
    again = laid(town, EARLY + timedelta(hours=12), people=1, days=1)
    assert (again.people, again.slots, again.bookings) == ([], 0, 0)
    assert snapshot(town) == before
    assert count(town, AuditEntry) == entries


def test_lay_on_a_later_day_opens_the_days_within_reach(town: Session) -> None:
    first = laid(town, days=1)
    experience = town.scalars(sa.select(Experience)).first()
    assert experience is not None
    closed = town.scalars(sa.select(Slot).where(Slot.taken == 0)).first()
    assert closed is not None
    closed.state = SlotState.CLOSED
    bookings = set(town.scalars(sa.select(Booking.id)))
    later = laid(town, EARLY + timedelta(days=3), days=1)
    assert later.slots == first.slots // 31 * 3
    assert later.last_day == TODAY + timedelta(days=33)
    assert bookings < set(town.scalars(sa.select(Booking.id)))
    assert town.get_one(Slot, closed.id, populate_existing=True).state is SlotState.CLOSED
    dates = set(town.execute(sa.select(Festival.starts_on, Festival.ends_on)))
    assert dates == {(TODAY, later.last_day)}


def test_lay_after_a_long_time_begins_anew_today(town: Session) -> None:
    laid(town)
    later = laid(town, EARLY + timedelta(days=100))
    today = TODAY + timedelta(days=100)
    assert later.slots == 31 * (6 * 4 + 1)
    dates = set(town.execute(sa.select(Festival.starts_on, Festival.ends_on)))
    assert dates == {(today, today + timedelta(days=30))}


def test_lay_refuses_a_bad_file_whole(town: Session) -> None:
    before = snapshot(town)
    document = shipped()
    document["experiences"][0]["place"] = "nowhere"
    with pytest.raises(BadFileError):
        lay(town, document=document, key_id=1, now=EARLY)
    assert snapshot(town) == before


def test_remove_takes_the_whole_layer_and_nothing_else(town: Session) -> None:
    """Also what people have done on it since: bookings, phones at its gates, scans."""
    officer = make_user(town, Role.OFFICER, email="real@example.org")
    real = make_slot(town, make_experience(town), EARLY + timedelta(days=1))
    town.commit()
    before = snapshot(town)
    laid(town, people=1, days=1)
    _use(town, real, officer)
    assert removal.remove(town, now=EARLY)
    town.commit()
    after = snapshot(town)
    kept = after["bookings"]
    assert [(booking.slot_id, booking.visitor_id) for booking in kept] == [(real.id, None)]
    for name in ("bookings", "booking_units", "slots"):  # what was booked of the real slot
        after.pop(name), before.pop(name)
    assert after == before


def _use(session: Session, real: Slot, officer: User) -> None:
    """A scan at a sample gate, and a sample person who books something real."""
    gate = session.scalars(sa.select(Gate)).first()
    person = session.scalars(sa.select(User).where(User.sample)).first()
    slot = session.scalars(sa.select(Slot).where(Slot.sample)).first()
    assert gate
    assert person
    assert slot
    device = enrolled(session, gate, EARLY)
    session.execute(sa.update(Enrolment).values(created_by=officer.id))
    admit(session, device=device, scan=make_scan(make_ticket(session, slot)), now=EARLY)
    assert count(session, Admission) == 1
    adult = session.scalars(
        sa.select(Unit).where(Unit.experience_id == real.experience_id, Unit.code == "adult")
    ).one()
    hold_slot(
        session,
        slot_id=real.id,
        party={adult.id: 2},
        language="zh-Hans",
        now=EARLY,
        hold=timedelta(minutes=15),
        idempotency_key=None,
        actor=VISITOR,
        visitor_id=person.id,
    )
    session.commit()


def test_remove_leaves_neither_closures_of_its_slots_nor_their_people_below_ceilings(
    town: Session,
) -> None:
    """A closure that was about a real slot too stays."""
    real = make_slot(town, make_experience(town), EARLY + timedelta(days=1))
    town.commit()
    ceiling = make_ceiling(town, 999)
    laid(town, people=1, days=2)
    sample = town.scalars(sa.select(Slot).where(Slot.sample, Slot.taken > 0)).first()
    assert sample
    for slots in ([sample.id], [sample.id, real.id]):
        why: dict[str, Any] = {"reason": ClosureReason.RAIN, "actor": SYSTEM}
        close_slots(town, slot_ids=slots, now=EARLY, **why)
        town.commit()
    assert fullest(town, ceiling, EARLY) > 0
    assert removal.remove(town, now=EARLY)
    town.commit()
    (kept,) = town.scalars(sa.select(ClosureSlot))
    assert kept.slot_id == real.id
    assert [each.id for each in town.scalars(sa.select(Closure))] == [kept.closure_id]
    assert fullest(town, ceiling, EARLY) == 0
    assert recount(town) == []


def test_remove_without_a_layer_changes_nothing(town: Session) -> None:
    before = snapshot(town)
    assert not removal.remove(town, now=EARLY)
    assert snapshot(town) == before


def test_remove_knows_every_key_that_points_to_what_it_deletes() -> None:
    """A row that points into the layer must be removed with it, or be let go of it."""
    deletes = {step.table for step in removal.STEPS if step.is_delete}
    known = {column for step in removal.STEPS for column in _columns(step) | _waited_for(step)}
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table in deletes:
                assert (table.name, key.parent.name) in known


def _columns(step: sa.Delete | sa.Update) -> set[tuple[str, str]]:
    """The step's own columns: those that a delete asks for, or that an update sets."""
    assert step.whereclause is not None
    if step.is_update:
        return {(step.table.name, name) for name in step.compile().params}
    parts = sql_visitors.iterate(step.whereclause)
    columns = {(each.table.name, each.name) for each in parts if isinstance(each, sa.Column)}
    return {column for column in columns if column[0] == step.table.name}


def _waited_for(step: sa.Delete | sa.Update) -> set[tuple[str, str]]:
    """Keys to the step's table that must be gone from a row before it is deleted."""
    assert step.whereclause is not None
    asked = [each for each in sql_visitors.iterate(step.whereclause) if isinstance(each, sa.Exists)]
    columns = [each for exists in asked for each in sql_visitors.iterate(exists)]
    return {
        (each.table.name, each.name)
        for each in columns
        if isinstance(each, sa.Column)
        and any(key.references(step.table) for key in each.foreign_keys)
    }


def test_lay_after_remove_lays_again(town: Session) -> None:
    first = laid(town, people=1)
    removal.remove(town, now=EARLY)
    town.commit()
    again = laid(town, people=1)
    assert (again.slots, again.bookings, len(again.people)) == (first.slots, first.bookings, 1)


def _set(*path: str | int, to: Any) -> Callable[[Document], None]:
    def spoil(document: Document) -> None:
        target: Any = document
        for step in path[:-1]:
            target = target[step]
        target[path[-1]] = to

    return spoil


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (_set("windows", 0, to="8 a.m."), "file: windows[0]: must be a time of day, like 08:00"),
        (_set("window_minutes", to=0), "file: window_minutes: must be a whole number of minutes"),
        (_set("units", 0, to="adult"), "file: units[0]: is not an object {…}"),
        (_set("units", 0, "name", "en", to=""), "unit adult: name.en: is missing"),
        (_set("operators", 0, "id", to="A"), 'A: id: is "A"; use a-z'),
        (_set("experiences", 0, "kind", to="walk"), "xiehu-cherry-picking: kind: is"),
        (_set("experiences", 0, "place", to="x"), "xiehu-cherry-picking: place: is"),
        (_set("experiences", 0, "festival", to="x"), "xiehu-cherry-picking: festival: is"),
        (_set("experiences", 0, "operator", to="x"), "xiehu-cherry-picking: operator: is"),
        (_set("experiences", 0, "capacity", to=0), "xiehu-cherry-picking: capacity: must be"),
        (_set("experiences", 0, "prices", to={"dog": 1}), "xiehu-cherry-picking: prices: is"),
        (
            _set("experiences", 0, "prices", "adult", to=30.5),
            "xiehu-cherry-picking: prices.adult: must be in whole minor units",
        ),
        (_set("gates", 0, "place", to="x"), "sample-xiehu-gate: place: is"),
        (_set("people", 0, "role", to="king"), "officer@demo.example: role: is"),
        (_set("guests", to=[]), "file: guests: is missing, as bookings need it"),
        (_set("parties", 0, "adult", to=0), "file: parties[0].adult: must be a whole number"),
        (_set("fill", 0, to=[2]), "file: fill[0]: must hold shares from 0 to 1"),
    ],
)
def test_check_names_each_fault(spoil: Callable[[Document], None], fault: str) -> None:
    document = shipped(people=1, days=1)
    known = Known(
        {each["place"] for each in document["experiences"] + document["gates"]},
        {each["festival"] for each in document["experiences"] if each["festival"]},
    )
    assert check(document, known) == []
    spoil(document)
    found = [str(each) for each in check(document, known)]
    assert any(each.startswith(fault) for each in found), found
