"""What happens to a booking, and what its slot's counter says afterwards."""

from datetime import datetime, timedelta

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
from tests.factories.experiences import make_slot
from tests.statements import statements
from tourism.audit.operations import VISITOR, Actor
from tourism.audit.queries import entries_of
from tourism.bookings import entries
from tourism.bookings.errors import (
    BookingCancelledError,
    BookingExpiredError,
    BookingUsedError,
    CancelTooLateError,
    HoldAtLimitError,
    PartyEmptyError,
    PartyError,
    PartyNeedsCompanyError,
    PartyTooLargeError,
    TooManyBookingsError,
    UnknownUnitError,
)
from tourism.bookings.models import Booking, BookingStatus
from tourism.bookings.operations import (
    cancel_booking,
    expire_holds,
    extend_hold,
    hold_slot,
)
from tourism.bookings.queries import get_booking
from tourism.bookings.recount import recount
from tourism.experiences.errors import (
    SlotClosedError,
    SlotFullError,
    SlotNotFoundError,
    SlotOverError,
    SlotTooEarlyError,
)
from tourism.experiences.models import Slot, SlotState
from tourism.experiences.queries import get_slot
from tourism.tickets.models import Ticket, TicketStatus

MINUTE = timedelta(minutes=1)


@pytest.fixture
def slot(session: Session, at: datetime) -> Slot:
    """Ten places, tomorrow at 9:00."""
    return make_bookable_slot(session, at)


def actions(session: Session, booking: Booking) -> list[str]:
    return [each.action for each in entries_of(session, "booking", booking.reference)]


def status(session: Session, booking: Booking) -> BookingStatus:
    session.expire_all()
    return get_booking(session, booking.reference).status


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


# Expiry


def test_an_overdue_hold_gives_its_places_to_who_asks_next(
    session: Session, slot: Slot, at: datetime
) -> None:
    """No sweep, no timer: the next hold of a full slot finds the places."""
    first = make_hold(session, slot, at, 10)
    session.commit()
    with pytest.raises(SlotFullError):
        make_hold(session, slot, at + HOLD - MINUTE, 2)
    session.rollback()
    make_hold(session, get_slot(session, slot.id), at + HOLD, 2)
    assert taken(session, slot) == 2
    assert status(session, first) is BookingStatus.EXPIRED
    assert actions(session, first) == ["booking.hold", "booking.expire"]


def test_expire_holds_gives_back_what_is_over_and_only_that(
    session: Session, slot: Slot, at: datetime
) -> None:
    old, kept = make_hold(session, slot, at, 2), make_hold(session, slot, at + MINUTE, 3)
    confirmed = make_booking(session, slot, at, 4)
    assert expire_holds(session, now=at + HOLD) == 1
    assert expire_holds(session, now=at + HOLD) == 0
    assert taken(session, slot) == 7
    assert status(session, old) is BookingStatus.EXPIRED
    assert status(session, kept) is BookingStatus.HELD
    assert status(session, confirmed) is BookingStatus.CONFIRMED


def test_expire_holds_of_one_slot_leaves_the_others(
    session: Session, slot: Slot, at: datetime
) -> None:
    other = make_slot(session, slot.experience, slot.ends_at)
    make_hold(session, slot, at), make_hold(session, other, at)
    assert expire_holds(session, now=at + HOLD, slot_id=other.id) == 1
    assert (taken(session, slot), taken(session, other)) == (2, 0)


def test_expire_holds_takes_one_statement_when_there_is_nothing(
    session: Session, slot: Slot, at: datetime
) -> None:
    with statements(session) as seen:
        expire_holds(session, now=at)
    assert len(seen) == 1


def test_expire_holds_waits_for_nobody(session: Session, slot: Slot, at: datetime) -> None:
    """Who asks may stand on the slot's lock; waiting for a booking there could be a deadlock. (On
    SQLite a reader locks nothing, so there is nothing to pass over.)"""
    booking = make_hold(session, slot, at)
    session.commit()
    with Session(session.get_bind()) as other:
        other.execute(sa.select(Booking.id).where(Booking.id == booking.id).with_for_update())
        is_sqlite = session.get_bind().dialect.name == "sqlite"
        if not is_sqlite:
            session.execute(sa.text("SET LOCAL lock_timeout = '300ms'"))
        assert expire_holds(session, now=at + HOLD) == (1 if is_sqlite else 0)
        session.rollback()


# Extending


def test_extend_hold_gives_a_full_length_from_now(
    session: Session, slot: Slot, at: datetime
) -> None:
    booking = make_hold(session, slot, at)
    extend_hold(session, booking=booking, now=at + 10 * MINUTE, hold=HOLD, actor=VISITOR)
    assert booking.hold_expires_at == at + 25 * MINUTE
    assert actions(session, booking) == ["booking.hold", "booking.extend"]


def test_extend_hold_ends_at_twice_its_length(session: Session, slot: Slot, at: datetime) -> None:
    booking = make_hold(session, slot, at)
    extend_hold(session, booking=booking, now=at + 14 * MINUTE, hold=HOLD, actor=VISITOR)
    extend_hold(session, booking=booking, now=at + 20 * MINUTE, hold=HOLD, actor=VISITOR)
    assert booking.hold_expires_at == at + 2 * HOLD
    with pytest.raises(HoldAtLimitError):
        extend_hold(session, booking=booking, now=at + 21 * MINUTE, hold=HOLD, actor=VISITOR)


def test_extend_hold_refuses_what_is_over(session: Session, slot: Slot, at: datetime) -> None:
    booking = make_hold(session, slot, at)
    with pytest.raises(BookingExpiredError):
        extend_hold(session, booking=booking, now=at + HOLD, hold=HOLD, actor=VISITOR)
    cancel_booking(session, booking=booking, now=at, actor=VISITOR)
    with pytest.raises(BookingCancelledError):
        extend_hold(session, booking=booking, now=at, hold=HOLD, actor=VISITOR)


def test_extend_hold_leaves_a_confirmed_booking_alone(
    session: Session, slot: Slot, at: datetime
) -> None:
    booking = make_booking(session, slot, at)
    extend_hold(session, booking=booking, now=at, hold=HOLD, actor=VISITOR)
    assert booking.hold_expires_at is None


# Confirming


def test_confirm_booking_gives_one_ticket_for_the_party(
    session: Session, slot: Slot, at: datetime
) -> None:
    booking = make_hold(session, slot, at, 3)
    confirm(session, booking, at + MINUTE, name="李梅", note="带轮椅", key_id=7)
    booking = get_booking(session, booking.reference)
    assert booking.status is BookingStatus.CONFIRMED
    assert (booking.name, booking.phone, booking.note) == ("李梅", PHONE, "带轮椅")
    assert (booking.confirmed_at, booking.hold_expires_at) == (at + MINUTE, None)
    (ticket,) = booking.tickets
    assert (ticket.slot_id, ticket.starts_at, ticket.ends_at) == (
        slot.id,
        slot.starts_at,
        slot.ends_at,
    )
    assert (ticket.party_size, ticket.key_id, ticket.status) == (3, 7, TicketStatus.VALID)
    assert taken(session, slot) == 3
    assert actions(session, booking) == ["booking.hold", "booking.confirm"]


def test_confirm_booking_takes_four_statements(session: Session, slot: Slot, at: datetime) -> None:
    """Bookings of the phone, the change, ticket and audit; the slot's row is not touched."""
    booking = make_hold(session, slot, at)
    session.flush()
    with statements(session) as seen:
        confirm(session, booking, at)
        session.flush()
    assert [statement.split()[0] for statement in seen] == ["SELECT", "UPDATE", "INSERT", "INSERT"]


def test_confirm_booking_twice_changes_nothing(session: Session, slot: Slot, at: datetime) -> None:
    booking = make_booking(session, slot, at)
    (ticket,) = booking.tickets
    session.commit()
    session.expire_all()
    again = confirm(session, get_booking(session, booking.reference), at, name="Another")
    assert again.name == "王小妹"
    assert session.scalars(sa.select(Ticket.id)).all() == [ticket.id]


def test_confirm_booking_that_another_process_confirmed_changes_nothing(
    session: Session, slot: Slot, at: datetime
) -> None:
    """The object in hand still says held; the database knows better."""
    booking = make_hold(session, slot, at)
    session.execute(
        sa.update(Booking).values(status=BookingStatus.CONFIRMED, hold_expires_at=None),
        execution_options={"synchronize_session": False},
    )
    assert booking.status is BookingStatus.HELD
    assert confirm(session, booking, at).status is BookingStatus.CONFIRMED
    assert session.scalars(sa.select(Ticket.id)).all() == []


def test_confirm_booking_too_late_takes_its_places_again(
    session: Session, slot: Slot, at: datetime
) -> None:
    """Overdue but not swept: its places are still counted, and counted once afterwards."""
    booking = make_hold(session, slot, at, 10)
    confirm(session, booking, at + HOLD + MINUTE)
    assert booking.status is BookingStatus.CONFIRMED
    assert taken(session, slot) == 10
    assert recount(session) == []


def test_confirm_booking_after_expiry_takes_its_places_again(
    session: Session, slot: Slot, at: datetime
) -> None:
    booking = make_hold(session, slot, at, 6)
    expire_holds(session, now=at + HOLD)
    make_booking(session, slot, at + HOLD, 4)
    confirm(session, booking, at + HOLD, phone="+8613800000999")
    assert taken(session, slot) == 10
    assert recount(session) == []


def test_confirm_booking_after_expiry_gets_what_other_overdue_holds_keep(
    session: Session, slot: Slot, at: datetime
) -> None:
    booking = make_hold(session, slot, at, 6)
    expire_holds(session, now=at + HOLD)
    make_hold(session, slot, at + HOLD, 6)
    confirm(session, booking, at + 2 * HOLD)
    assert taken(session, slot) == 6
    assert recount(session) == []


def test_confirm_booking_refuses_when_its_places_are_gone(
    session: Session, slot: Slot, at: datetime
) -> None:
    booking = make_hold(session, slot, at, 6)
    expire_holds(session, now=at + HOLD)
    make_hold(session, slot, at + HOLD, 5)
    session.commit()
    with pytest.raises(BookingExpiredError):
        confirm(session, booking, at + HOLD)
    session.rollback()
    assert status(session, booking) is BookingStatus.EXPIRED
    assert session.scalars(sa.select(Ticket.id)).all() == []
    assert recount(session) == []


def test_confirm_booking_too_late_refuses_a_slot_closed_meanwhile(
    session: Session, slot: Slot, at: datetime
) -> None:
    booking = make_hold(session, slot, at)
    slot.state = SlotState.CLOSED
    with pytest.raises(BookingExpiredError):
        confirm(session, booking, at + HOLD)


def test_confirm_booking_too_late_refuses_a_slot_that_is_over(
    session: Session, slot: Slot, at: datetime
) -> None:
    booking = make_hold(session, slot, at)
    with pytest.raises(BookingExpiredError):
        confirm(session, booking, slot.ends_at)


def test_confirm_booking_refuses_what_was_cancelled(
    session: Session, slot: Slot, at: datetime
) -> None:
    booking = make_hold(session, slot, at)
    cancel_booking(session, booking=booking, now=at, actor=VISITOR)
    with pytest.raises(BookingCancelledError):
        confirm(session, booking, at)


def test_confirm_booking_limits_one_phone_on_one_local_day(
    session: Session, slot: Slot, at: datetime
) -> None:
    """The sixth is refused; another phone, another day, and a cancelled one are not counted."""
    evening = make_slot(session, slot.experience, slot.starts_at + timedelta(hours=14))  # 23:00
    night = make_slot(session, slot.experience, slot.starts_at + timedelta(hours=15))  # next day
    slots = [slot, slot, slot, slot, evening]
    made = [make_booking(session, each, at, 1) for each in slots]
    assert len(made) == slot.experience.bookings_per_phone
    sixth = make_hold(session, slot, at, 1)
    with pytest.raises(TooManyBookingsError) as refusal:
        confirm(session, sixth, at)
    assert refusal.value.facts == {"most": 5}
    assert confirm(session, make_hold(session, night, at, 1), at)
    assert confirm(session, make_hold(session, slot, at, 1), at, phone="+8613900000000")
    cancel_booking(session, booking=made[0], now=at, actor=VISITOR)
    assert confirm(session, sixth, at).status is BookingStatus.CONFIRMED


# Cancelling


def test_cancel_booking_gives_places_back_and_voids_the_ticket(
    session: Session, slot: Slot, at: datetime
) -> None:
    booking = make_booking(session, slot, at, 3)
    cancel_booking(session, booking=booking, now=at, actor=Actor("user", "7"))
    session.expire_all()
    booking = get_booking(session, booking.reference)
    assert booking.status is BookingStatus.CANCELLED
    assert booking.cancelled_at == at
    assert [ticket.status for ticket in booking.tickets] == [TicketStatus.CANCELLED]
    assert taken(session, slot) == 0
    last = entries_of(session, "booking", booking.reference)[-1]
    assert (last.action, last.actor) == ("booking.cancel", "user:7")


def test_cancel_booking_takes_four_statements(session: Session, slot: Slot, at: datetime) -> None:
    booking = make_booking(session, slot, at)
    session.flush()
    with statements(session) as seen:
        cancel_booking(session, booking=booking, now=at, actor=VISITOR)
    assert [each.split()[:2] for each in seen] == [
        ["UPDATE", "bookings"],
        ["UPDATE", "tickets"],
        ["INSERT", "INTO"],
        ["UPDATE", "slots"],
    ]


def test_cancel_booking_twice_gives_places_back_once(
    session: Session, slot: Slot, at: datetime
) -> None:
    make_hold(session, slot, at, 5)
    booking = make_booking(session, slot, at, 3)
    cancel_booking(session, booking=booking, now=at, actor=VISITOR)
    cancel_booking(session, booking=booking, now=at, actor=VISITOR)
    assert taken(session, slot) == 5
    assert actions(session, booking).count("booking.cancel") == 1


def test_cancel_booking_gives_a_hold_back(session: Session, slot: Slot, at: datetime) -> None:
    booking = make_hold(session, slot, at)
    cancel_booking(session, booking=booking, now=at, actor=VISITOR)
    assert (booking.status, taken(session, slot)) == (BookingStatus.CANCELLED, 0)


def test_cancel_booking_leaves_an_expired_hold_as_it_is(
    session: Session, slot: Slot, at: datetime
) -> None:
    booking = make_hold(session, slot, at)
    expire_holds(session, now=at + HOLD)
    cancel_booking(session, booking=booking, now=at + HOLD, actor=VISITOR)
    assert (booking.status, taken(session, slot)) == (BookingStatus.EXPIRED, 0)


def test_cancel_booking_refuses_after_the_cutoff(
    session: Session, slot: Slot, at: datetime
) -> None:
    booking = make_booking(session, slot, at)
    until = slot.starts_at - slot.experience.cancel_cutoff
    with pytest.raises(CancelTooLateError) as refusal:
        cancel_booking(session, booking=booking, now=until + MINUTE, actor=VISITOR)
    assert refusal.value.facts == {"until": until}
    assert taken(session, slot) == 2
    cancel_booking(session, booking=booking, now=until, actor=VISITOR)
    assert taken(session, slot) == 0


def test_cancel_booking_refuses_when_somebody_is_in(
    session: Session, slot: Slot, at: datetime
) -> None:
    booking = make_booking(session, slot, at)
    booking.tickets[0].admitted = 1
    with pytest.raises(BookingUsedError):
        cancel_booking(session, booking=booking, now=at, actor=VISITOR)
    assert taken(session, slot) == 2
