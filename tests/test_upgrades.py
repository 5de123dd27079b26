"""A database of the first released schema, with people in it, becomes one of today's.

Its rows are written past the models: those know only the newest schema.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories.bookings import HOLD
from tourism import migrations
from tourism.audit.operations import VISITOR
from tourism.bookings.models import BookingStatus
from tourism.bookings.operations import confirm_booking, hold_slot
from tourism.bookings.queries import get_booking
from tourism.bookings.recount import recount
from tourism.tickets.models import TicketStatus

FIRST = "0001"
AT = datetime(2027, 5, 29, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
TEXTS = {"zh-Hans": "试验", "zh-Hant": "試驗", "en": "Test"}
PLACE = {"status": "built", "accuracy": "schematic"}
SLOT = {"experience_id": 1, "starts_at": AT, "ends_at": AT + HOUR, "state": "open"}
BOOKING = {"slot_id": 1, "language": "en", "key": "key", "phone": "+8613800000123"}
HELD = {"status": "held", "hold_expires_at": AT - HOUR}
CONFIRMED = {"status": "confirmed", "confirmed_at": AT - 2 * HOUR}
TICKET = {"slot_id": 1, "starts_at": AT, "ends_at": AT + HOUR, "status": "valid", "key_id": 1}
# In the order that references ask for.
ROWS: list[tuple[str, dict[str, Any]]] = [
    ("destinations", {"id": 1, "slug": "town", "time_zone": "Asia/Shanghai", "currency": "CNY"}),
    ("places", PLACE | {"id": 1, "slug": "zone", "kind": "zone"}),
    ("places", PLACE | {"id": 2, "slug": "orchard", "kind": "orchard", "parent_id": 1}),
    ("users", {"id": 1, "email": "owner@example.org", "role": "owner", "is_enabled": True}),
    ("operators", {"id": 1, "slug": "farm"}),
    ("memberships", {"operator_id": 1, "user_id": 1}),
    (
        "experiences",
        {"id": 1, "slug": "picking", "kind": "picking", "operator_id": 1, "place_id": 2}
        | {"largest_party": 20, "stay": 120, "days_ahead": 14, "is_published": True},
    ),
    ("units", {"id": 1, "experience_id": 1, "code": "adult", "comes_alone": True}),
    ("slots", SLOT | {"id": 1, "capacity": 10, "taken": 7}),
    (
        "slots",
        SLOT | {"id": 2, "starts_at": AT + HOUR, "ends_at": AT + 2 * HOUR, "capacity": 5},
    ),
    ("bookings", BOOKING | CONFIRMED | {"id": 1, "reference": "AAAAAAAA", "party_size": 4}),
    ("bookings", BOOKING | HELD | {"id": 2, "reference": "BBBBBBBB", "party_size": 3}),
    ("booking_units", {"booking_id": 1, "unit_id": 1, "quantity": 4}),
    ("booking_units", {"booking_id": 2, "unit_id": 1, "quantity": 3}),
    ("tickets", TICKET | {"id": "TTTTTTTTTTTTTTTT", "booking_id": 1, "party_size": 4}),
    ("gates", {"id": 1, "slug": "gate", "operator_id": 1, "place_id": 2}),
    ("gate_devices", {"id": 1, "gate_id": 1, "name": "红手机", "secret_hash": "x"}),
    ("closures", {"id": 1, "reason": "rain", "answer_by": AT}),
    ("closure_slots", {"closure_id": 1, "slot_id": 2}),
    (
        "waiting_parties",
        {"id": 1, "key": "w", "slot_id": 1, "party": {"1": 9}, "party_size": 9}
        | {"status": "waiting", "name": "李", "phone": "+8613800000124", "language": "en"},
    ),
    ("channels", {"id": 1, "name": "去哪玩", "sells_everything": True}),
    ("ceilings", {"id": 1, "kind": "day", "capacity": 100, "depth": 0}),
    (
        "ceiling_counts",
        {"ceiling_id": 1, "starts_at": datetime(2027, 5, 28, 16, tzinfo=UTC)}
        | {"capacity": 100, "taken": 7},
    ),
    ("audit_entries", {"id": 1, "actor": "visitor", "action": "booking.confirm"}),
]


@pytest.fixture
def old(empty: sa.Engine) -> sa.Engine:
    """As the first release left it: a booking, and a hold that is over."""
    migrations.upgrade(empty, FIRST)
    tables = sa.MetaData()
    tables.reflect(empty)
    with empty.begin() as connection:
        for name, values in ROWS:
            table = tables.tables[name]
            connection.execute(table.insert().values(_filled(table, values)))
        if empty.dialect.name == "postgresql":
            for name in {name for name, _ in ROWS if "id" in tables.tables[name].c}:
                _set_sequence(connection, name)
    return empty


def _filled(table: sa.Table, values: dict[str, Any]) -> dict[str, Any]:
    """The row with what its columns ask for besides."""
    asked = {
        column.name: _something(column)
        for column in table.c
        if not column.nullable and not column.primary_key and column.server_default is None
    }
    return {**asked, **values}


def _something(column: sa.Column[Any]) -> Any:
    kinds = {bool: False, int: 0, float: 0.0, datetime: AT - 3 * HOUR, str: "", object: TEXTS}
    return kinds[column.type.python_type]


def _set_sequence(connection: sa.Connection, name: str) -> None:
    """What was written with its id has not moved PostgreSQL's counter on."""
    column: sa.ColumnClause[int] = sa.column("id")
    table = sa.table(name, column)
    if connection.scalar(sa.func.pg_get_serial_sequence(name, "id")):
        most = sa.select(sa.func.max(column)).select_from(table).scalar_subquery()
        connection.execute(
            sa.select(sa.func.setval(sa.func.pg_get_serial_sequence(name, "id"), most))
        )


def _counts(engine: sa.Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {
            name: connection.execute(
                sa.select(sa.func.count()).select_from(sa.table(name))
            ).scalar_one()
            for name in {name for name, _ in ROWS}
        }


def test_nobody_and_nothing_is_lost(old: sa.Engine) -> None:
    before = _counts(old)
    migrations.upgrade(old)
    assert migrations.is_current(old)
    assert _counts(old) == before
    with Session(old) as session:
        assert recount(session) == []
        booking = get_booking(session, "AAAAAAAA")
        assert (booking.status, booking.party_size) == (BookingStatus.CONFIRMED, 4)
        (ticket,) = booking.tickets
        assert (ticket.status, ticket.starts_at) == (TicketStatus.VALID, AT)
        experience = booking.slot.experience
        assert (experience.stay, experience.bookings_per_phone) == (2 * HOUR, 5)
        assert not experience.strict_line


def test_the_ledger_goes_on_where_it_was(old: sa.Engine) -> None:
    """The overdue hold of the old release gives its three places to a party of six."""
    migrations.upgrade(old)
    with Session(old) as session:
        wish: dict[str, Any] = {"language": "en", "hold": HOLD, "idempotency_key": None}
        now = AT - timedelta(minutes=30)
        made = hold_slot(session, slot_id=1, party={1: 6}, now=now, actor=VISITOR, **wish)
        session.commit()
        booking = get_booking(session, made.reference)
        contact: dict[str, Any] = {"name": "王", "phone": "+8613800000125", "note": "", "key_id": 1}
        confirm_booking(session, booking=booking, now=now, actor=VISITOR, **contact)
        session.commit()
        assert get_booking(session, "BBBBBBBB").status is BookingStatus.EXPIRED
        assert get_booking(session, "AAAAAAAA").slot.taken == 10
        assert recount(session) == []


def test_a_reference_that_leads_nowhere_stops_the_upgrade(old: sa.Engine) -> None:
    """SQLite does not watch references while tables are made anew, so they are checked at the
    end; PostgreSQL watches them all the time and lets nobody break one."""
    orphan = sa.text("UPDATE memberships SET user_id = 99")
    if old.dialect.name == "postgresql":
        with pytest.raises(sa.exc.IntegrityError), old.begin() as connection:
            connection.execute(orphan)
        return
    with old.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute("PRAGMA foreign_keys=OFF")
        driver.execute(str(orphan))
        driver.commit()
        driver.execute("PRAGMA foreign_keys=ON")
    with pytest.raises(RuntimeError, match="lead nowhere"):
        migrations.upgrade(old)
    assert not migrations.is_current(old)
