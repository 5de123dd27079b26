"""A party takes places of a slot for some minutes, or is refused."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.factories.bookings import (
    HOLD,
    make_bookable_slot,
    make_hold,
    party_of,
    taken,
)
from tests.factories.experiences import make_slot
from tests.statements import statements
from tourism.audit.operations import VISITOR
from tourism.audit.queries import entries_of
from tourism.bookings import entries
from tourism.bookings.errors import (
    PartyEmptyError,
    PartyError,
    PartyNeedsCompanyError,
    PartyTooLargeError,
    UnknownUnitError,
)
from tourism.bookings.models import Booking, BookingStatus
from tourism.bookings.operations import (
    hold_slot,
)
from tourism.bookings.recount import recount
from tourism.experiences.errors import (
    SlotClosedError,
    SlotFullError,
    SlotNotFoundError,
    SlotOverError,
    SlotTooEarlyError,
)
from tourism.experiences.models import Slot, SlotState

MINUTE = timedelta(minutes=1)


@pytest.fixture
def slot(session: Session, at: datetime) -> Slot:
    """Ten places, tomorrow at 9:00."""
    return make_bookable_slot(session, at)


def actions(session: Session, booking: Booking) -> list[str]:
    return [each.action for each in entries_of(session, "booking", booking.reference)]


# Holding


def test_hold_slot_keeps_the_places_of_a_party(session: Session, slot: Slot, at: datetime) -> None:
    party = party_of(slot, adults=2, children=1)
    booking = make_hold(session, slot, at, party=party)
    assert booking.status is BookingStatus.HELD
    assert booking.party_size == 3
    assert {unit.unit.code: unit.quantity for unit in booking.units} == {"adult": 2, "child": 1}
    assert booking.hold_expires_at == at + HOLD
    assert booking.is_held_at(at)
    assert not booking.is_held_at(at + HOLD)
    assert len(booking.reference) == 8
    assert len(booking.key) == 22
    assert taken(session, slot) == 3
    assert actions(session, booking) == ["booking.hold"]


@pytest.mark.parametrize("key", [None, "once"])
def test_hold_slot_takes_few_statements(
    session: Session, slot: Slot, at: datetime, key: str | None
) -> None:
    """Slot and units; booking, party and audit, together on PostgreSQL; and the counter last."""
    session.commit()
    with statements(session) as seen:
        make = {"language": "en", "now": at, "hold": HOLD, "actor": VISITOR}
        party = party_of(slot, adults=2, children=1)
        hold_slot(session, slot_id=slot.id, party=party, idempotency_key=key, **make)  # type: ignore[arg-type]
    verbs = [statement.split()[0] for statement in seen]
    together = session.get_bind().dialect.name == "postgresql"
    written = ["WITH"] if together else ["INSERT", "INSERT", "INSERT"]
    assert verbs == ["SELECT", "SELECT", *written, "UPDATE"]
    assert seen[-1].startswith("UPDATE slots")


def test_hold_slot_keeps_the_total_of_known_prices(
    session: Session, slot: Slot, at: datetime
) -> None:
    for unit, price in zip(slot.experience.units, (6000, 3000, 0), strict=True):
        unit.price_amount, unit.price_currency = price, "CNY"
    booking = make_hold(session, slot, at, party=party_of(slot, 2, 1, 1))
    assert booking.total is not None
    assert booking.total.amount == 15000
    assert [each.price_amount for each in booking.units] == [6000, 3000, 0]


def test_hold_slot_has_no_total_while_one_price_is_unknown(
    session: Session, slot: Slot, at: datetime
) -> None:
    adult = slot.experience.units[0]
    adult.price_amount, adult.price_currency = 6000, "CNY"
    assert make_hold(session, slot, at, party=party_of(slot, 1, 1)).total is None
    assert make_hold(session, slot, at, party=party_of(slot, 1)).total is not None


@pytest.mark.parametrize(
    ("quantities", "error"),
    [
        ((0, 0, 0), PartyEmptyError),
        ((21, 0, 0), PartyTooLargeError),
        ((0, 0, 2), PartyNeedsCompanyError),
        ((3, -1, 0), PartyError),
        ((10**12, 0, 0), PartyTooLargeError),
    ],
)
def test_hold_slot_refuses_parties_that_cannot_come(
    session: Session,
    slot: Slot,
    at: datetime,
    quantities: tuple[int, int, int],
    error: type[PartyError],
) -> None:
    with pytest.raises(error):
        make_hold(session, slot, at, party=party_of(slot, *quantities))
    assert taken(session, slot) == 0


def test_hold_slot_refuses_units_of_another_experience(
    session: Session, slot: Slot, at: datetime
) -> None:
    with pytest.raises(UnknownUnitError):
        make_hold(session, slot, at, party={slot.experience.units[0].id: 1, 999: 1})


def test_hold_slot_lets_children_come_on_their_own_ticket(
    session: Session, slot: Slot, at: datetime
) -> None:
    """Only units that do not come alone need company; children may."""
    assert make_hold(session, slot, at, party=party_of(slot, 0, 2)).party_size == 2


def test_hold_slot_refuses_when_fewer_places_are_left(
    session: Session, slot: Slot, at: datetime
) -> None:
    make_hold(session, slot, at, 8)
    session.commit()
    with pytest.raises(SlotFullError) as refusal:
        make_hold(session, slot, at, 3)
    assert refusal.value.facts["left"] == 2
    session.rollback()
    assert taken(session, slot) == 8
    assert recount(session) == []


@pytest.mark.parametrize("state", [SlotState.CLOSED, SlotState.FREE])
def test_hold_slot_refuses_slots_that_are_not_booked(
    session: Session, slot: Slot, at: datetime, state: SlotState
) -> None:
    slot.state = state
    with pytest.raises(SlotClosedError):
        make_hold(session, slot, at)


def test_hold_slot_refuses_after_the_cutoff(session: Session, slot: Slot, at: datetime) -> None:
    slot.experience.booking_cutoff = timedelta(minutes=30)
    last = slot.ends_at - timedelta(minutes=30)
    assert make_hold(session, slot, last - MINUTE)
    with pytest.raises(SlotOverError):
        make_hold(session, slot, last)


def test_hold_slot_refuses_before_its_days_ahead(
    session: Session, slot: Slot, at: datetime
) -> None:
    """Fourteen local days ahead is the last; 23:30 in Lizhuang is still the same day."""
    late = at.replace(hour=15, minute=30) + timedelta(days=14)  # 23:30 local
    assert make_hold(session, make_slot(session, slot.experience, late), at)
    with pytest.raises(SlotTooEarlyError):
        make_hold(session, make_slot(session, slot.experience, late + timedelta(hours=1)), at)


def test_hold_slot_refuses_unpublished_and_unknown_slots(
    session: Session, slot: Slot, at: datetime
) -> None:
    with pytest.raises(SlotNotFoundError):
        make_hold(session, slot, at, slot_id=999)
    slot.experience.is_published = False
    with pytest.raises(SlotNotFoundError):
        make_hold(session, slot, at)


def test_hold_slot_asked_twice_is_done_once(session: Session, slot: Slot, at: datetime) -> None:
    first = make_hold(session, slot, at, idempotency_key="once")
    again = make_hold(session, slot, at + MINUTE, idempotency_key="once")
    other = make_hold(session, slot, at, idempotency_key="twice")
    assert again.id == first.id
    assert other.id != first.id
    assert taken(session, slot) == 4
    assert actions(session, first) == ["booking.hold"]


def test_hold_slot_repeated_finds_its_booking_whatever_has_become_of_the_slot(
    session: Session, slot: Slot, at: datetime
) -> None:
    """Full by now, closed, over: the first request was in time."""
    first = make_hold(session, slot, at, 10, idempotency_key="once")
    assert make_hold(session, slot, at, 10, idempotency_key="once").id == first.id
    slot.state = SlotState.CLOSED
    assert make_hold(session, slot, at, 10, idempotency_key="once").id == first.id
    assert make_hold(session, slot, slot.ends_at, 10, idempotency_key="once").id == first.id


def test_hold_slot_takes_another_reference_when_one_is_taken(
    session: Session, slot: Slot, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = iter(["AAAAAAAA", "AAAAAAAA", "BBBBBBBB"])
    monkeypatch.setattr(entries.base32, "random_code", lambda _letters: next(codes))
    assert make_hold(session, slot, at).reference == "AAAAAAAA"
    assert make_hold(session, slot, at).reference == "BBBBBBBB"
