"""Places held back, and parties that are sold theirs on the spot."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories.bookings import (
    make_bookable_slot,
    make_booking,
    make_hold,
    party_of,
    taken,
)
from tests.factories.destination import in_all
from tests.statements import statements
from tourism.audit.models import AuditEntry
from tourism.audit.operations import SYSTEM, VISITOR, Actor
from tourism.bookings.errors import (
    BookingFixedError,
    BookingUsedError,
    CancelTooLateError,
    HeldBackInvalidError,
    PartyEmptyError,
    WalkInEarlyError,
)
from tourism.bookings.models import Booking, BookingStatus, WaitingStatus
from tourism.bookings.operations import cancel_booking
from tourism.bookings.recount import recount
from tourism.bookings.waiting import join_waiting
from tourism.bookings.walk_ins import EARLY, WalkIn, cancel_walk_in, hold_back, sell_walk_in
from tourism.experiences.ceilings import set_ceiling
from tourism.experiences.errors import (
    CeilingFullError,
    SlotClosedError,
    SlotFullError,
    SlotOverError,
)
from tourism.experiences.models import CeilingKind, Slot, SlotState
from tourism.experiences.queries import get_slot
from tourism.tickets.models import TicketStatus

STEWARD = Actor("user", "7")


@pytest.fixture
def slot(session: Session, at: datetime) -> Slot:
    """Ten places, and its window begins now."""
    slot = make_bookable_slot(session, at - timedelta(days=1))
    session.commit()
    return slot


def keep(session: Session, slot: Slot, places: int, now: datetime) -> None:
    hold_back(session, slot_id=slot.id, places=places, now=now, actor=STEWARD)
    session.commit()
    session.refresh(slot, ["taken", "held_back"])


def sell(
    session: Session, slot: Slot, adults: int, now: datetime, key: str = "k", **values: Any
) -> Booking:
    coming = WalkIn(
        party=party_of(get_slot(session, slot.id), adults), language="en", idempotency_key=key
    )
    acts: dict[str, Any] = {"slot_id": slot.id, "walk_in": coming, "key_id": 1, "now": now}
    booking = sell_walk_in(session, actor=STEWARD, **acts | values)
    session.commit()
    return booking


def held_back(session: Session, slot: Slot) -> int:
    return session.scalars(sa.select(Slot.held_back).where(Slot.id == slot.id)).one()


def actions(session: Session) -> list[str]:
    return list(session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)))


def test_what_is_held_back_is_not_sold_to_others(
    session: Session, slot: Slot, at: datetime
) -> None:
    keep(session, slot, 4, at)
    keep(session, slot, 4, at)
    assert (taken(session, slot), held_back(session, slot)) == (4, 4)
    with pytest.raises(SlotFullError) as refused:
        make_hold(session, get_slot(session, slot.id), at, 7)
    assert refused.value.facts["left"] == 6
    session.rollback()
    assert actions(session) == ["slots.hold_back"]
    assert recount(session) == []


def test_what_is_no_longer_held_back_goes_to_who_waits(
    session: Session, slot: Slot, at: datetime
) -> None:
    keep(session, slot, 10, at)
    who = {"name": "李明", "phone": "+8613800000199", "language": "en"}
    party = party_of(slot, 3)
    waiting = join_waiting(session, slot_id=slot.id, party=party, now=at, actor=VISITOR, **who)
    keep(session, slot, 6, at)
    session.refresh(waiting)
    assert waiting.status is WaitingStatus.OFFERED
    assert (taken(session, slot), held_back(session, slot)) == (9, 6)
    assert recount(session) == []


def test_no_more_is_held_back_than_is_free(session: Session, slot: Slot, at: datetime) -> None:
    make_booking(session, get_slot(session, slot.id), at, 8)
    session.commit()
    with pytest.raises(SlotFullError):
        keep(session, slot, 3, at)
    session.rollback()
    with pytest.raises(HeldBackInvalidError):
        keep(session, slot, -1, at)
    with pytest.raises(SlotOverError):
        keep(session, slot, 1, slot.ends_at)
    session.rollback()
    assert held_back(session, slot) == 0


def test_what_is_held_back_counts_below_ceilings(
    session: Session, slot: Slot, at: datetime
) -> None:
    """A place promised on the spot must not be sold away by the car park."""
    limit = {"name": in_all("停车场"), "capacity": 5, "now": at, "actor": SYSTEM}
    set_ceiling(session, kind=CeilingKind.DAY, **limit)
    session.commit()
    keep(session, slot, 4, at)
    with pytest.raises(CeilingFullError):
        keep(session, slot, 6, at)
    session.rollback()
    make_booking(session, get_slot(session, slot.id), at, 1)
    session.commit()
    assert sell(session, slot, 4, at).party_size == 4
    assert recount(session) == []


def test_a_party_on_the_spot_takes_what_is_held_back_first(
    session: Session, slot: Slot, at: datetime
) -> None:
    keep(session, slot, 3, at)
    booking = sell(session, slot, 5, at)
    assert (taken(session, slot), held_back(session, slot)) == (5, 0)
    assert booking.status is BookingStatus.CONFIRMED
    assert (booking.walk_in, booking.name, booking.phone) == (True, None, None)
    assert [(each.status, each.party_size) for each in booking.tickets] == [(TicketStatus.VALID, 5)]
    entry = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.action, entry.actor) == ("booking.walk_in", "user:7")
    assert entry.after == {"slot": slot.id, "party": 5, "held_back": 3}
    assert recount(session) == []


def test_who_may_not_use_them_leaves_them(session: Session, slot: Slot, at: datetime) -> None:
    keep(session, slot, 3, at)
    sell(session, slot, 7, at, use_held_back=False)
    with pytest.raises(SlotFullError):
        sell(session, slot, 1, at, "more", use_held_back=False)
    session.rollback()
    assert held_back(session, slot) == 3
    assert recount(session) == []


def test_a_full_slot_says_how_many_could_come(session: Session, slot: Slot, at: datetime) -> None:
    keep(session, slot, 2, at)
    make_booking(session, get_slot(session, slot.id), at, 7)
    session.commit()
    with pytest.raises(SlotFullError) as refused:
        sell(session, slot, 4, at)
    assert refused.value.facts["left"] == 3
    session.rollback()
    assert sell(session, slot, 3, at).party_size == 3
    assert (taken(session, slot), held_back(session, slot)) == (10, 0)


def test_overdue_holds_make_room(session: Session, slot: Slot, at: datetime) -> None:
    make_hold(session, get_slot(session, slot.id), at - timedelta(hours=1), 10)
    session.commit()
    assert sell(session, slot, 4, at).party_size == 4
    assert taken(session, slot) == 4


def test_asked_twice_it_sells_once(session: Session, slot: Slot, at: datetime) -> None:
    first = sell(session, slot, 2, at)
    assert sell(session, slot, 2, at).reference == first.reference
    assert taken(session, slot) == 2
    assert actions(session) == ["booking.walk_in"]


def test_it_is_sold_from_shortly_before_its_window_until_the_end(
    session: Session, slot: Slot, at: datetime
) -> None:
    """Online booking may have ended long before."""
    slot.experience.booking_cutoff = timedelta(hours=1)
    session.commit()
    with pytest.raises(WalkInEarlyError):
        sell(session, slot, 1, slot.starts_at - EARLY - timedelta(seconds=1), "a")
    sell(session, slot, 1, slot.starts_at - EARLY, "b")
    sell(session, slot, 1, slot.ends_at - timedelta(seconds=1), "c")
    with pytest.raises(SlotOverError):
        sell(session, slot, 1, slot.ends_at, "d")


def test_a_closed_slot_sells_nothing(session: Session, slot: Slot, at: datetime) -> None:
    """Not even what had been held back in it."""
    keep(session, slot, 3, at)
    slot.state = SlotState.CLOSED
    session.commit()
    with pytest.raises(SlotClosedError):
        sell(session, slot, 1, at)
    session.rollback()
    with pytest.raises(PartyEmptyError):
        sell(session, slot, 0, at)
    session.rollback()
    assert taken(session, slot) == 3


def test_a_full_ceiling_refuses_what_was_not_held_back(
    session: Session, slot: Slot, at: datetime
) -> None:
    limit = {"name": in_all("停车场"), "capacity": 5, "now": at, "actor": SYSTEM}
    set_ceiling(session, kind=CeilingKind.PRESENT, **limit)
    keep(session, slot, 3, at)
    with pytest.raises(CeilingFullError) as refused:
        sell(session, slot, 6, at)
    assert refused.value.facts["left"] == 2
    session.rollback()
    assert session.scalars(sa.select(Booking)).all() == []
    assert sell(session, slot, 5, at).party_size == 5
    assert recount(session) == []


def test_a_sale_is_undone_while_nobody_is_in(session: Session, slot: Slot, at: datetime) -> None:
    booking = sell(session, slot, 4, at)
    cancel_walk_in(session, booking=booking, now=at, actor=STEWARD)
    session.commit()
    assert taken(session, slot) == 0
    assert [each.status for each in booking.tickets] == [TicketStatus.CANCELLED]
    inside = sell(session, slot, 2, at, "two")
    inside.tickets[0].admitted = 1
    session.commit()
    with pytest.raises(BookingUsedError):
        cancel_walk_in(session, booking=inside, now=at, actor=STEWARD)
    session.rollback()
    booked = make_booking(session, get_slot(session, slot.id), at, 1)
    with pytest.raises(BookingFixedError):
        cancel_walk_in(session, booking=booked, now=at, actor=STEWARD)


def test_its_statements_are_few(session: Session, slot: Slot, at: datetime) -> None:
    """Repeated? slot, units; the booking; its units, ticket, audit; counter, held back; read."""
    keep(session, slot, 1, at)
    coming = WalkIn(party=party_of(slot, 2), language="en", idempotency_key="n")
    with statements(session) as seen:
        sell_walk_in(session, slot_id=slot.id, walk_in=coming, key_id=1, now=at, actor=STEWARD)
    assert len(seen) <= 14


def test_a_walk_in_is_cancelled_by_the_host_only(
    session: Session, slot: Slot, at: datetime
) -> None:
    booking = sell(session, slot, 2, at)
    with pytest.raises(CancelTooLateError):
        cancel_booking(session, booking=booking, now=at, actor=VISITOR)
