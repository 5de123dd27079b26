"""Holding and confirming at once: the same rows as the long way, or nothing at all."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories.bookings import (
    HOLD,
    PHONE,
    confirm,
    make_bookable_slot,
    make_booking,
    make_hold,
    party_of,
    taken,
)
from tests.factories.destination import in_all
from tests.factories.experiences import make_slot
from tests.statements import direct_statements
from tourism.audit.models import AuditEntry
from tourism.audit.operations import VISITOR
from tourism.bookings.models import Booking, BookingStatus, BookingUnit
from tourism.bookings.operations import cancel_booking
from tourism.bookings.queries import get_booking
from tourism.bookings.recount import recount
from tourism.bookings.rush import Claim, Held, confirm_at_once, find_claim, hold_at_once
from tourism.core.direct import Direct
from tourism.experiences.ceilings import set_ceiling
from tourism.experiences.models import CeilingKind, Slot, SlotState
from tourism.tickets.models import Ticket

ZONE = ZoneInfo("Asia/Shanghai")
# What differs between two bookings of the same wish.
_OWN = {"id", "reference", "key", "booking_id", "subject_id", "rev", "idempotency_key"}


@pytest.fixture
def slot(session: Session, at: datetime) -> Slot:
    """Ten places, tomorrow at 9:00."""
    return make_bookable_slot(session, at)


@pytest.fixture
def direct(session: Session) -> Iterator[Direct]:
    bind = session.get_bind()
    assert isinstance(bind, sa.Engine)
    made = Direct(bind.url.render_as_string(hide_password=False))
    yield made
    made.engine.dispose()


def hold(
    session: Session, direct: Direct, slot: Slot, at: datetime, adults: int = 2, **values: Any
) -> Held | None:
    session.commit()
    wish: dict[str, Any] = {
        "slot": slot,
        "zone": ZONE,
        "party": party_of(slot, adults, 1),
        "language": "zh-Hans",
        "now": at,
        "hold": HOLD,
        "idempotency_key": None,
        "actor": VISITOR,
    }
    return hold_at_once(direct, **wish | values)


def held(session: Session, direct: Direct, slot: Slot, at: datetime) -> Claim:
    made = hold(session, direct, slot, at)
    assert made
    claim = find_claim(direct, made.reference)
    assert claim
    return claim


def confirm_claim(
    session: Session, direct: Direct, claim: Claim, slot: Slot, now: datetime, **values: Any
) -> bool:
    session.commit()
    facts: dict[str, Any] = {
        "name": "王小妹",
        "phone": PHONE,
        "note": "带轮椅",
        "now": now,
        "key_id": 7,
        "actor": VISITOR,
    }
    mine = Held(claim.reference, claim.key)
    return confirm_at_once(direct, **{"held": mine, "slot": slot, "zone": ZONE} | facts | values)


def rows(session: Session, model: Any) -> list[dict[str, Any]]:
    """Each row of a table, without what every row has for itself."""
    table = model.__table__
    found = session.execute(sa.select(table)).mappings().all()
    return [{key: value for key, value in row.items() if key not in _OWN} for row in found]


def nothing_stays(session: Session, slot: Slot, places: int) -> None:
    session.rollback()
    assert taken(session, slot) == places
    assert recount(session) == []


# Holding


def test_a_hold_at_once_writes_what_the_long_way_writes(
    session: Session, direct: Direct, slot: Slot, at: datetime
) -> None:
    for unit, price in zip(slot.experience.units, (6000, 3000, 0), strict=True):
        unit.price_amount, unit.price_currency = price, "CNY"
    make_hold(session, slot, at, party=party_of(slot, 2, 1), idempotency_key="one")
    assert hold(session, direct, slot, at, idempotency_key="two")
    for model in (Booking, AuditEntry):
        one, two = rows(session, model)
        assert one == two
    units = rows(session, BookingUnit)
    assert units[:2] == units[2:]
    assert taken(session, slot) == 6
    assert recount(session) == []


def test_a_hold_at_once_is_one_statement(
    session: Session, direct: Direct, slot: Slot, at: datetime
) -> None:
    """On SQLite five that stay in the process: booking, two units, audit entry, counter."""
    with direct_statements() as seen:
        assert hold(session, direct, slot, at)
    verbs = [statement.split()[0] for statement in seen]
    assert verbs == (["WITH"] if direct.is_postgresql else ["INSERT"] * 4 + ["UPDATE"])
    assert "UPDATE slots" in seen[-1]


@pytest.mark.parametrize("values", [{"state": SlotState.CLOSED}, {"taken": 8}])
def test_a_hold_at_once_leaves_a_slot_alone_that_has_no_room(
    session: Session, direct: Direct, slot: Slot, at: datetime, values: dict[str, Any]
) -> None:
    """What was remembered of the slot is old: it still looks open and empty."""
    session.commit()
    known = make_slot(session, slot.experience, slot.ends_at)
    known_id = known.id
    session.commit()
    session.execute(sa.update(Slot).where(Slot.id == known_id).values(values))
    assert hold(session, direct, known, at) is None
    session.rollback()
    assert rows(session, Booking) == rows(session, AuditEntry) == []


def test_a_hold_at_once_leaves_a_slot_alone_whose_time_has_changed(
    session: Session, direct: Direct, slot: Slot, at: datetime
) -> None:
    """What was remembered of the slot is old: it still has its former time."""
    _change_time(session, slot, ends_at=slot.ends_at + timedelta(minutes=30))
    assert hold(session, direct, slot, at) is None
    session.rollback()
    assert rows(session, Booking) == rows(session, AuditEntry) == []


def test_a_confirmation_at_once_leaves_a_slot_alone_whose_time_has_changed(
    session: Session, direct: Direct, slot: Slot, at: datetime
) -> None:
    """The limit of a phone is one for each day."""
    claim = held(session, direct, slot, at)
    _change_time(session, slot, starts_at=slot.starts_at - timedelta(minutes=30))
    assert not confirm_claim(session, direct, claim, slot, at)
    assert rows(session, Ticket) == []


def _change_time(session: Session, slot: Slot, **values: datetime) -> None:
    """In the table, not in what is known of it."""
    change = sa.update(Slot).where(Slot.id == slot.id).values(values)
    session.execute(change, execution_options={"synchronize_session": False})


def test_a_hold_at_once_leaves_what_is_over_to_the_long_way(
    session: Session, direct: Direct, slot: Slot, at: datetime
) -> None:
    assert hold(session, direct, slot, slot.ends_at) is None
    assert hold(session, direct, slot, at, party={}) is None
    nothing_stays(session, slot, 0)


def test_a_hold_at_once_leaves_ceilings_to_the_long_way(
    session: Session, direct: Direct, slot: Slot, at: datetime
) -> None:
    set_ceiling(
        session, kind=CeilingKind.DAY, name=in_all("Township"), capacity=50, now=at, actor=VISITOR
    )
    assert hold(session, direct, slot, at) is None
    nothing_stays(session, slot, 0)


def test_a_repeated_hold_writes_nothing(
    session: Session, direct: Direct, slot: Slot, at: datetime
) -> None:
    assert hold(session, direct, slot, at, idempotency_key="once")
    assert hold(session, direct, slot, at, idempotency_key="once") is None
    nothing_stays(session, slot, 3)
    assert len(rows(session, BookingUnit)) == 2


# Confirming


def test_a_confirmation_at_once_writes_what_the_long_way_writes(
    session: Session, direct: Direct, slot: Slot, at: datetime
) -> None:
    booking = make_hold(session, slot, at, party=party_of(slot, 2, 1))
    confirm(session, booking, at, note="带轮椅", key_id=7)
    claim = held(session, direct, slot, at)
    assert confirm_claim(session, direct, claim, slot, at)
    session.expire_all()
    for model in (Booking, Ticket):
        one, two = rows(session, model)
        assert one == two
    entries = rows(session, AuditEntry)
    assert entries[:2] == entries[2:]
    assert entries[1]["action"] == "booking.confirm"


def test_a_confirmation_at_once_is_one_statement(
    session: Session, direct: Direct, slot: Slot, at: datetime
) -> None:
    claim = held(session, direct, slot, at)
    with direct_statements() as seen:
        assert confirm_claim(session, direct, claim, slot, at)
    verbs = [statement.split()[0] for statement in seen]
    assert verbs == (["WITH"] if direct.is_postgresql else ["UPDATE", "INSERT", "INSERT"])


def test_a_ticket_issued_at_once_has_a_revision_of_its_own(
    session: Session, direct: Direct, slot: Slot, at: datetime
) -> None:
    first = make_booking(session, slot, at).tickets[0].rev
    claim = held(session, direct, slot, at)
    assert confirm_claim(session, direct, claim, slot, at)
    (ticket,) = get_booking(session, claim.reference).tickets
    assert ticket.rev > first


@pytest.mark.parametrize("late", [HOLD, HOLD + timedelta(minutes=1)])
def test_a_confirmation_at_once_leaves_overdue_holds_to_the_long_way(
    session: Session, direct: Direct, slot: Slot, at: datetime, late: timedelta
) -> None:
    claim = held(session, direct, slot, at)
    assert not confirm_claim(session, direct, claim, slot, at + late)
    assert rows(session, Ticket) == []


def test_a_confirmation_at_once_leaves_what_was_cancelled(
    session: Session, direct: Direct, slot: Slot, at: datetime
) -> None:
    claim = held(session, direct, slot, at)
    booking = get_booking(session, claim.reference)
    cancel_booking(session, booking=booking, now=at, actor=VISITOR)
    assert not confirm_claim(session, direct, claim, slot, at)
    session.expire_all()
    assert get_booking(session, claim.reference).status is BookingStatus.CANCELLED
    nothing_stays(session, slot, 0)


def test_a_confirmation_at_once_keeps_to_the_limit_of_a_phone(
    session: Session, direct: Direct, slot: Slot, at: datetime
) -> None:
    """The sixth of one phone and local day is left to the long way, which refuses it."""
    slot.capacity = 100
    for _ in range(slot.experience.bookings_per_phone):
        claim = held(session, direct, slot, at)
        assert confirm_claim(session, direct, claim, slot, at)
    sixth = held(session, direct, slot, at)
    assert not confirm_claim(session, direct, sixth, slot, at)
    assert confirm_claim(session, direct, sixth, slot, at, phone="+8613900000000")


def test_nobody_claims_what_is_not_there(direct: Direct) -> None:
    assert find_claim(direct, "NONE0000") is None
