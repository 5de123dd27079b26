"""Closing slots: equal places are held, each party answers or the fallback does, all counted."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories.bookings import (
    confirm,
    make_bookable_slot,
    make_booking,
    make_hold,
    party_of,
    taken,
)
from tests.factories.experiences import make_slot
from tourism.audit.operations import SYSTEM, VISITOR, Actor
from tourism.audit.queries import entries_of
from tourism.bookings.changes import move_booking, shrink_booking
from tourism.bookings.closures import close_slots, plan_closure
from tourism.bookings.errors import NothingToCloseError, OfferAnsweredError
from tourism.bookings.models import Booking, BookingStatus, ClosureReason, Offer, OfferStatus
from tourism.bookings.offers import accept_offer, choose_other, decline_offer, find_last_offer
from tourism.bookings.operations import cancel_booking
from tourism.bookings.queries import get_booking
from tourism.bookings.recount import recount
from tourism.bookings.settling import settle
from tourism.bookings.upkeep import what_is_due
from tourism.experiences.errors import SlotClosedError, SlotFullError
from tourism.experiences.models import Experience, Slot, SlotState
from tourism.experiences.queries import get_slot
from tourism.experiences.slot_changes import close_slot, reopen_slot
from tourism.tickets.models import Ticket, TicketStatus

HOUR = timedelta(hours=1)
OWNER = Actor("user", "7")


@pytest.fixture
def slot(session: Session, at: datetime) -> Slot:
    """Ten places tomorrow at nine."""
    return make_bookable_slot(session, at)


@pytest.fixture
def noon(session: Session, slot: Slot) -> Slot:
    return make_slot(session, slot.experience, slot.starts_at + 3 * HOUR, capacity=5)


@pytest.fixture
def evening(session: Session, slot: Slot) -> Slot:
    return make_slot(session, slot.experience, slot.starts_at + 8 * HOUR, capacity=4)


def close(session: Session, *slots: Slot, now: datetime) -> None:
    ids = [slot.id for slot in slots]
    close_slots(session, slot_ids=ids, reason=ClosureReason.RAIN, now=now, actor=OWNER)
    session.commit()
    session.expire_all()


def reread(session: Session, booking: Booking) -> Booking:
    session.expire_all()
    return get_booking(session, booking.reference)


def offer_of(session: Session, booking: Booking) -> Offer:
    found = find_last_offer(session, booking)
    assert found is not None
    return found


def test_plan_says_in_numbers_what_closing_would_do_and_changes_nothing(
    session: Session, slot: Slot, noon: Slot, at: datetime
) -> None:
    for unit in slot.experience.units:
        unit.price_amount, unit.price_currency = 3000, "CNY"
    for adults in (4, 2):
        make_booking(session, slot, at, adults=adults)
    plan = plan_closure(session, slot_ids=[slot.id], now=at)
    assert (len(plan.affected), plan.people, len(plan.unplaced)) == (2, 6, 1)
    assert plan.money is not None
    assert plan.money.amount == 18000
    assert [(each.id, people) for each, people in plan.taking] == [(noon.id, 4)]
    assert (slot.state, taken(session, noon)) == (SlotState.OPEN, 0)


def test_closing_holds_places_for_each_party_and_they_count(
    session: Session, slot: Slot, noon: Slot, evening: Slot, at: datetime
) -> None:
    """The largest party is placed first, each in the nearest slot that has room for it."""
    small, large = (make_booking(session, slot, at, adults=adults) for adults in (3, 4))
    close(session, slot, now=at)
    assert session.get_one(Slot, slot.id).state is SlotState.CLOSED
    assert (taken(session, noon), taken(session, evening)) == (4, 3)
    assert offer_of(session, large).slot_id == noon.id
    assert offer_of(session, small).slot_id == evening.id
    assert taken(session, slot) == 7
    assert recount(session) == []
    with pytest.raises(SlotFullError):
        make_hold(session, get_slot(session, noon.id), at)
    (entry,) = entries_of(session, "slot", slot.id)
    assert (entry.action, entry.actor) == ("slots.closure", "user:7")


def test_an_offer_ends_when_the_slot_that_is_held_begins(
    session: Session, slot: Slot, at: datetime
) -> None:
    soon = make_slot(session, slot.experience, at + 3 * HOUR)
    booking = make_booking(session, slot, at)
    close(session, slot, now=at)
    offer = offer_of(session, booking)
    assert (offer.slot_id, offer.answer_by) == (soon.id, soon.starts_at)


def test_accepting_takes_the_held_places_once(
    session: Session, slot: Slot, noon: Slot, at: datetime
) -> None:
    booking = make_booking(session, slot, at, adults=3)
    close(session, slot, now=at)
    for _ in range(2):
        accept_offer(session, booking=reread(session, booking), now=at, actor=VISITOR)
    assert (taken(session, slot), taken(session, noon)) == (0, 3)
    assert offer_of(session, booking).status is OfferStatus.ACCEPTED
    (ticket,) = reread(session, booking).tickets
    assert (ticket.slot_id, ticket.status) == (noon.id, TicketStatus.VALID)
    assert recount(session) == []


def test_accepting_is_free_of_the_time_for_changes(
    session: Session, slot: Slot, noon: Slot, at: datetime
) -> None:
    """Rain half an hour before: too late to move by oneself, not too late to accept."""
    booking = make_booking(session, slot, at)
    late = slot.starts_at - HOUR / 2
    close(session, slot, now=late)
    accept_offer(session, booking=reread(session, booking), now=late, actor=VISITOR)
    assert reread(session, booking).slot_id == noon.id


def test_other_slot_may_be_chosen_and_the_held_places_go_back(
    session: Session, slot: Slot, noon: Slot, evening: Slot, at: datetime
) -> None:
    booking = make_booking(session, slot, at, adults=3)
    close(session, slot, now=at)
    booking = reread(session, booking)
    choose_other(session, booking=booking, slot_id=evening.id, now=at, actor=VISITOR)
    assert [taken(session, each) for each in (slot, noon, evening)] == [0, 0, 3]
    assert offer_of(session, booking).status is OfferStatus.MOVED
    assert recount(session) == []


def test_full_or_closed_slots_cannot_be_chosen_and_the_offer_stays_open(
    session: Session, slot: Slot, noon: Slot, evening: Slot, at: datetime
) -> None:
    booking = make_booking(session, slot, at, adults=3)
    make_booking(session, evening, at, adults=4)
    close(session, slot, now=at)
    for wrong, error in ((evening, SlotFullError), (slot, SlotClosedError)):
        with pytest.raises(error):
            choose_other(
                session,
                booking=reread(session, booking),
                slot_id=wrong.id,
                now=at,
                actor=VISITOR,
            )
        session.rollback()
    assert offer_of(session, booking).status is OfferStatus.OPEN
    assert recount(session) == []


def test_declining_cancels_and_gives_all_places_back(
    session: Session, slot: Slot, noon: Slot, at: datetime
) -> None:
    booking = make_booking(session, slot, at, adults=3)
    close(session, slot, now=at)
    for _ in range(2):
        decline_offer(session, booking=reread(session, booking), now=at, actor=VISITOR)
    assert (taken(session, slot), taken(session, noon)) == (0, 0)
    booking = reread(session, booking)
    assert booking.status is BookingStatus.CANCELLED
    assert [ticket.status for ticket in booking.tickets] == [TicketStatus.CANCELLED]
    with pytest.raises(OfferAnsweredError):
        accept_offer(session, booking=booking, now=at, actor=VISITOR)


def test_fallback_moves_whom_a_slot_is_held_for_and_cancels_the_others(
    session: Session, slot: Slot, noon: Slot, at: datetime
) -> None:
    large, small = (make_booking(session, slot, at, adults=adults) for adults in (5, 2))
    close(session, slot, now=at)
    assert not what_is_due(session, at).offers
    assert settle(session, now=at) == 0
    later = at + timedelta(hours=25)
    assert what_is_due(session, later).offers
    assert settle(session, now=later) == 2
    assert settle(session, now=later) == 0
    assert reread(session, large).slot_id == noon.id
    assert reread(session, small).status is BookingStatus.CANCELLED
    assert (taken(session, slot), taken(session, noon)) == (0, 5)
    actors = {each.actor for each in entries_of(session, "booking", small.reference)}
    assert str(SYSTEM) in actors
    assert recount(session) == []


def test_what_is_held_stays_the_partys_after_the_experience_was_withdrawn(
    session: Session, slot: Slot, noon: Slot, evening: Slot, at: datetime
) -> None:
    """Nobody new books it; those who were asked still take their places, or are given them."""
    answering, silent = (make_booking(session, slot, at, adults=adults) for adults in (5, 2))
    close(session, slot, now=at)
    session.execute(sa.update(Experience).values(is_published=False))
    booking = reread(session, answering)
    accept_offer(session, booking=booking, now=at, actor=VISITOR)
    assert settle(session, now=at + timedelta(hours=25)) == 1
    assert [reread(session, each).slot_id for each in (answering, silent)] == [noon.id, evening.id]
    assert recount(session) == []


def test_answer_that_comes_late_but_before_the_fallback_still_counts(
    session: Session, slot: Slot, noon: Slot, at: datetime
) -> None:
    booking = make_booking(session, slot, at)
    close(session, slot, now=at)
    late = offer_of(session, booking).answer_by + HOUR
    decline_offer(session, booking=reread(session, booking), now=late, actor=VISITOR)
    assert settle(session, now=late) == 0
    assert reread(session, booking).status is BookingStatus.CANCELLED


def test_offers_of_bookings_changed_by_other_means_are_withdrawn(
    session: Session, slot: Slot, noon: Slot, evening: Slot, at: datetime
) -> None:
    cancelled, moved, smaller = (make_booking(session, slot, at, adults=2) for _ in range(3))
    close(session, slot, now=at)
    cancel_booking(session, booking=reread(session, cancelled), now=at, actor=VISITOR)
    booking = reread(session, moved)
    free = next(each for each in (noon, evening) if session.get_one(Slot, each.id).places_left >= 2)
    move_booking(session, booking=booking, slot_id=free.id, now=at, actor=VISITOR)
    booking = reread(session, smaller)
    party = party_of(slot, adults=1)
    shrink_booking(session, booking=booking, party=party, now=at, actor=VISITOR)
    assert recount(session) == []
    assert settle(session, now=at) == 2
    assert offer_of(session, moved).status is OfferStatus.WITHDRAWN
    assert recount(session) == []
    accept_offer(session, booking=reread(session, smaller), now=at, actor=VISITOR)
    assert recount(session) == []
    assert sum(taken(session, each) for each in (slot, noon, evening)) == 3


def test_party_that_was_confirming_while_its_slot_closed_gets_an_offer_too(
    session: Session, slot: Slot, noon: Slot, at: datetime
) -> None:
    hold = make_hold(session, slot, at)
    close(session, slot, now=at)
    confirm(session, reread(session, hold), at)
    assert find_last_offer(session, hold) is None
    assert settle(session, now=at) == 1
    assert offer_of(session, hold).slot_id == noon.id
    assert settle(session, now=at) == 0
    assert recount(session) == []


def test_who_is_in_already_gets_no_offer(
    session: Session, slot: Slot, noon: Slot, at: datetime
) -> None:
    booking = make_booking(session, slot, at)
    session.execute(sa.update(Ticket).values(admitted=1))
    close(session, slot, now=at)
    assert find_last_offer(session, booking) is None


def test_closing_again_offers_nothing_twice(
    session: Session, slot: Slot, noon: Slot, at: datetime
) -> None:
    make_booking(session, slot, at)
    for _ in range(2):
        close(session, slot, now=at)
    assert session.scalar(sa.select(sa.func.count()).select_from(Offer)) == 1
    assert taken(session, noon) == 2


def test_slot_that_is_held_for_others_can_be_closed_itself(
    session: Session, slot: Slot, noon: Slot, evening: Slot, at: datetime
) -> None:
    """First the morning is closed, then the noon to which its party had moved."""
    booking = make_booking(session, slot, at)
    close(session, slot, now=at)
    accept_offer(session, booking=reread(session, booking), now=at, actor=VISITOR)
    close(session, noon, now=at)
    assert offer_of(session, booking).slot_id == evening.id
    assert recount(session) == []


def test_slots_that_are_over_are_not_closed(session: Session, slot: Slot, at: datetime) -> None:
    over = slot.ends_at
    with pytest.raises(NothingToCloseError):
        close_slots(session, slot_ids=[slot.id], reason=ClosureReason.RAIN, now=over, actor=OWNER)


def test_a_slot_knows_why_it_was_closed_until_it_is_opened_again(
    session: Session, slot: Slot, at: datetime
) -> None:
    words = {"zh-Hans": "路上有积水"}
    closure = close_slots(
        session, slot_ids=[slot.id], reason=ClosureReason.OTHER, words=words, now=at, actor=OWNER
    )
    session.commit()
    session.expire_all()
    assert (slot.closed_for, slot.closed_words, closure.words) == ("other", words, words)
    reopen_slot(session, slot_id=slot.id, now=at, actor=OWNER)
    assert (slot.closed_for, slot.closed_words) == (None, None)


def test_who_books_after_a_closure_was_taken_back_is_not_asked_to_move(
    session: Session, slot: Slot, noon: Slot, at: datetime
) -> None:
    """Opened again it takes place, also when later on no more bookings are taken."""
    close(session, slot, now=at)
    reopen_slot(session, slot_id=slot.id, now=at, actor=OWNER)
    booking = make_booking(session, get_slot(session, slot.id), at)
    close_slot(session, slot_id=slot.id, now=at, actor=OWNER)
    session.commit()
    settle(session, now=at)
    assert find_last_offer(session, booking) is None
