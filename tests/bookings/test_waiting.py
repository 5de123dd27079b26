"""The waiting list: in order, together, with a time to answer, once for each place."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories.bookings import (
    PHONE,
    confirm,
    make_bookable_slot,
    make_booking,
    make_hold,
    party_of,
    rule,
    taken,
)
from tourism.audit.operations import VISITOR
from tourism.audit.queries import entries_of
from tourism.bookings.errors import (
    PartyEmptyError,
    PartyTooLargeError,
    SlotHasRoomError,
    WaitingNotFoundError,
)
from tourism.bookings.models import Booking, BookingStatus, WaitingParty, WaitingStatus
from tourism.bookings.operations import cancel_booking, expire_holds
from tourism.bookings.queries import get_booking
from tourism.bookings.recount import recount
from tourism.bookings.waiting import (
    ANSWER_WITHIN,
    get_waiting,
    join_waiting,
    leave_waiting,
    serve_waiting,
    slots_to_serve,
    turn_of,
)
from tourism.experiences.errors import SlotClosedError, SlotFullError
from tourism.experiences.models import Slot, SlotState


@pytest.fixture
def slot(session: Session, at: datetime) -> Slot:
    """Four places, all of them taken by two couples."""
    return make_bookable_slot(session, at, capacity=4)


@pytest.fixture
def couples(session: Session, slot: Slot, at: datetime) -> list[Booking]:
    return [make_booking(session, slot, at) for _ in range(2)]


def join(session: Session, slot: Slot, at: datetime, adults: int, end: int) -> WaitingParty:
    session.refresh(slot, ["taken"])
    made = join_waiting(
        session,
        slot_id=slot.id,
        party=party_of(slot, adults),
        name="李明",
        phone=f"{PHONE[:-1]}{end}",
        language="zh-Hans",
        now=at,
        actor=VISITOR,
    )
    return get_waiting(session, made.key)


def free(session: Session, slot: Slot, booking: Booking, at: datetime) -> int:
    cancel_booking(session, booking=booking, now=at, actor=VISITOR)
    return serve_waiting(session, slot_id=slot.id, now=at)


def reread(session: Session, waiting: WaitingParty) -> WaitingParty:
    session.expire_all()
    return get_waiting(session, waiting.key)


def test_places_that_come_back_are_held_for_the_first_in_line(
    session: Session, slot: Slot, couples: list[Booking], at: datetime
) -> None:
    first, second = (join(session, slot, at, 2, end) for end in (1, 2))
    assert (turn_of(session, first), turn_of(session, second)) == (1, 2)
    assert free(session, slot, couples[0], at) == 1
    assert reread(session, second).status is WaitingStatus.WAITING
    first = reread(session, first)
    assert first.status is WaitingStatus.OFFERED
    assert first.booking is not None
    hold = get_booking(session, first.booking.reference)
    assert (hold.status, hold.name, hold.phone) == (BookingStatus.HELD, first.name, first.phone)
    assert hold.hold_expires_at == at + ANSWER_WITHIN
    assert turn_of(session, reread(session, second)) == 1
    assert taken(session, slot) == 4
    assert recount(session) == []
    confirm(session, get_booking(session, hold.reference), at, phone=hold.phone)
    assert recount(session) == []


def test_stranger_gets_nothing_that_somebody_waits_for(
    session: Session, slot: Slot, couples: list[Booking], at: datetime
) -> None:
    join(session, slot, at, 2, 1)
    free(session, slot, couples[0], at)
    slot = get_booking(session, couples[1].reference).slot
    with pytest.raises(SlotFullError):
        make_hold(session, slot, at)


def test_unanswered_offer_goes_to_the_next_in_line(
    session: Session, slot: Slot, couples: list[Booking], at: datetime
) -> None:
    first, second = (join(session, slot, at, 2, end) for end in (1, 2))
    free(session, slot, couples[0], at)
    later = at + ANSWER_WITHIN
    assert slots_to_serve(session, later) == []
    assert expire_holds(session, now=later) == 1
    assert slots_to_serve(session, later) == [slot.id]
    assert serve_waiting(session, slot_id=slot.id, now=later) == 1
    assert reread(session, second).status is WaitingStatus.OFFERED
    first = reread(session, first)
    assert first.booking is not None
    assert first.booking.status is BookingStatus.EXPIRED
    assert recount(session) == []


def test_large_party_is_passed_over_in_sight_and_keeps_its_turn(
    session: Session, slot: Slot, couples: list[Booking], at: datetime
) -> None:
    large, small = join(session, slot, at, 4, 1), join(session, slot, at, 1, 2)
    assert free(session, slot, couples[0], at) == 1
    large = reread(session, large)
    assert (large.status, large.passed_over) == (WaitingStatus.WAITING, 1)
    assert turn_of(session, large) == 1
    assert reread(session, small).status is WaitingStatus.OFFERED
    assert free(session, slot, couples[1], at) == 0
    leave_waiting(session, waiting=reread(session, small), now=at, actor=VISITOR)
    assert reread(session, large).status is WaitingStatus.OFFERED
    assert taken(session, slot) == 4


def test_party_is_served_together_or_not_at_all(
    session: Session, slot: Slot, couples: list[Booking], at: datetime
) -> None:
    waiting = join(session, slot, at, 3, 1)
    assert free(session, slot, couples[0], at) == 0
    assert taken(session, slot) == 2
    assert (reread(session, waiting).passed_over, slots_to_serve(session, at)) == (0, [])


def test_serving_again_serves_nobody_twice(
    session: Session, slot: Slot, couples: list[Booking], at: datetime
) -> None:
    join(session, slot, at, 1, 1)
    assert free(session, slot, couples[0], at) == 1
    assert serve_waiting(session, slot_id=slot.id, now=at) == 0
    assert taken(session, slot) == 3


def test_one_phone_stands_in_a_line_once(
    session: Session, slot: Slot, couples: list[Booking], at: datetime
) -> None:
    first = join(session, slot, at, 2, 1)
    assert join(session, slot, at, 2, 1).id == first.id
    free(session, slot, couples[0], at)
    assert join(session, slot, at, 2, 1).id == first.id
    leave_waiting(session, waiting=reread(session, first), now=at, actor=VISITOR)
    make_hold(session, get_booking(session, couples[1].reference).slot, at)
    assert join(session, slot, at, 2, 1).id != first.id


def test_leaving_gives_what_was_held_back_and_changes_nothing_twice(
    session: Session, slot: Slot, couples: list[Booking], at: datetime
) -> None:
    waiting = join(session, slot, at, 2, 1)
    free(session, slot, couples[0], at)
    for _ in range(2):
        leave_waiting(session, waiting=reread(session, waiting), now=at, actor=VISITOR)
    assert taken(session, slot) == 2
    actions = [each.action for each in entries_of(session, "slot", slot.id)]
    assert sorted(actions) == ["waiting.join", "waiting.leave", "waiting.offer"]


def test_nobody_waits_where_there_is_room_or_never_will_be(
    session: Session, slot: Slot, at: datetime
) -> None:
    with pytest.raises(SlotHasRoomError):
        join(session, slot, at, 2, 1)
    with pytest.raises(PartyTooLargeError):
        join(session, slot, at, 5, 1)
    with pytest.raises(PartyEmptyError):
        join(session, slot, at, 0, 1)
    slot.state = SlotState.CLOSED
    session.flush()
    with pytest.raises(SlotClosedError):
        join(session, slot, at, 2, 1)
    with pytest.raises(WaitingNotFoundError):
        get_waiting(session, "guessed")


def test_closed_slot_serves_nobody(
    session: Session, slot: Slot, couples: list[Booking], at: datetime
) -> None:
    waiting = join(session, slot, at, 2, 1)
    session.execute(sa.update(Slot).values(state=SlotState.CLOSED))
    session.expire_all()
    assert free(session, slot, get_booking(session, couples[0].reference), at) == 0
    assert slots_to_serve(session, at) == []
    assert reread(session, waiting).status is WaitingStatus.WAITING


def test_time_to_answer_is_shorter_close_to_the_slot(
    session: Session, slot: Slot, couples: list[Booking], at: datetime
) -> None:
    """An hour before booking ends half an hour is given, so that another still gets a chance."""
    waiting = join(session, slot, at, 2, 1)
    slot.experience.cancel_cutoff = timedelta(0)
    session.flush()
    late = slot.ends_at - timedelta(hours=1)
    free(session, slot, couples[0], late)
    booking = reread(session, waiting).booking
    assert booking is not None
    assert booking.hold_expires_at == late + timedelta(minutes=30)


def test_in_strict_order_nobody_is_served_before_the_first(
    session: Session, slot: Slot, couples: list[Booking], at: datetime
) -> None:
    """A setting of the experience; the large party in front holds up the small one."""
    rule(session, slot, at, is_strict=True)
    large = join(session, slot, at, 3, 101)
    small = join(session, slot, at, 1, 102)
    cancel_booking(session, booking=couples[0], now=at, actor=VISITOR)
    assert slots_to_serve(session, at) == []
    assert serve_waiting(session, slot_id=slot.id, now=at) == 0
    assert get_waiting(session, small.key).booking is None
    rule(session, slot, at, is_strict=False)
    assert slots_to_serve(session, at) == [slot.id]
    assert serve_waiting(session, slot_id=slot.id, now=at) == 1
    session.refresh(large)
    assert large.passed_over == 1
    assert recount(session) == []
