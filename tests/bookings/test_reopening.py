"""A closed slot takes place after all: who has not answered stays, who has answered too."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories.bookings import make_bookable_slot, make_booking, taken
from tests.factories.experiences import make_slot
from tourism.audit.operations import VISITOR, Actor
from tourism.audit.queries import entries_of
from tourism.bookings.capacity import Choice, lower_below_taken
from tourism.bookings.closures import close_slots
from tourism.bookings.errors import OfferAnsweredError
from tourism.bookings.models import Booking, ClosureReason, ClosureSlot, OfferStatus
from tourism.bookings.offers import accept_offer, find_last_offer
from tourism.bookings.queries import get_booking
from tourism.bookings.recount import recount
from tourism.bookings.reopening import Reopening, plan_reopening, reopen_slot
from tourism.bookings.settling import lacks_offer, settle
from tourism.experiences.errors import SlotStateError
from tourism.experiences.models import Slot, SlotState
from tourism.experiences.queries import get_slot
from tourism.experiences.slot_changes import close_slot

OWNER = Actor("user", "7")


@pytest.fixture
def slot(session: Session, at: datetime) -> Slot:
    return make_bookable_slot(session, at)


@pytest.fixture
def noon(session: Session, slot: Slot) -> Slot:
    return make_slot(session, slot.experience, slot.starts_at + timedelta(hours=3))


@pytest.fixture
def parties(session: Session, slot: Slot, noon: Slot, at: datetime) -> list[Booking]:
    """Of three parties of a slot that is closed for rain, the first has taken what was held."""
    made = [make_booking(session, slot, at, adults) for adults in (3, 2, 1)]
    close(session, slot, at)
    accept_offer(session, booking=made[0], now=at, actor=VISITOR)
    session.commit()
    return made


def close(session: Session, slot: Slot, at: datetime) -> None:
    acts = {"reason": ClosureReason.RAIN, "now": at, "actor": OWNER}
    close_slots(session, slot_ids=[slot.id], **acts)  # type: ignore[arg-type]
    session.commit()


def reopen(session: Session, slot: Slot, at: datetime) -> int:
    stay = reopen_slot(session, slot_id=slot.id, now=at, actor=OWNER)
    session.commit()
    session.expire_all()
    return stay


def status(session: Session, booking: Booking) -> OfferStatus | None:
    offer = find_last_offer(session, booking)
    return offer and offer.status


def test_who_has_not_answered_comes_as_booked(
    session: Session, slot: Slot, noon: Slot, parties: list[Booking], at: datetime
) -> None:
    assert plan_reopening(session, slot.id) == Reopening(undecided=2, gone=1)
    assert taken(session, noon) == 6
    assert reopen(session, slot, at) == 2
    assert [get_booking(session, each.reference).slot_id for each in parties] == [
        noon.id,
        slot.id,
        slot.id,
    ]
    withdrawn = OfferStatus.WITHDRAWN
    assert [status(session, each) for each in parties] == [
        OfferStatus.ACCEPTED,
        withdrawn,
        withdrawn,
    ]
    assert (taken(session, slot), taken(session, noon)) == (3, 3)
    assert get_slot(session, slot.id).state is SlotState.OPEN
    assert recount(session) == []


def test_a_lifted_closure_asks_nobody_who_books_later(
    session: Session, slot: Slot, parties: list[Booking], at: datetime
) -> None:
    """Closed once more, the slot is the later closure's matter alone."""
    reopen(session, slot, at)
    later = make_booking(session, get_slot(session, slot.id), at)
    session.commit()
    close(session, slot, at)
    assert status(session, later) is OfferStatus.OPEN
    assert not lacks_offer(session, later)


def test_who_is_asked_because_of_fewer_places_is_still_asked(
    session: Session, slot: Slot, noon: Slot, at: datetime
) -> None:
    """That question is not about whether the slot takes place, so opening does not answer it."""
    party = make_booking(session, slot, at, adults=3)
    session.commit()
    session.expire_all()
    fewer = {"capacity": 2, "choice": Choice.OFFER, "now": at, "actor": OWNER}
    lower_below_taken(session, slot_id=slot.id, **fewer)  # type: ignore[arg-type]
    close_slot(session, slot_id=slot.id, now=at, actor=OWNER)
    session.commit()
    assert reopen(session, slot, at) == 0
    assert status(session, party) is OfferStatus.OPEN
    assert session.scalars(sa.select(ClosureSlot.lifted_at)).all() == [None]


def test_the_fallback_of_a_lifted_closure_does_nothing(
    session: Session, slot: Slot, parties: list[Booking], at: datetime
) -> None:
    reopen(session, slot, at)
    assert settle(session, now=at + timedelta(hours=30)) == 0
    with pytest.raises(OfferAnsweredError):
        accept_offer(session, booking=parties[1], now=at, actor=VISITOR)


def test_done_twice_it_changes_nothing(
    session: Session, slot: Slot, parties: list[Booking], at: datetime
) -> None:
    reopen(session, slot, at)
    assert reopen(session, slot, at) == 0
    entries = [each.action for each in entries_of(session, "slot", slot.id)]
    assert sorted(entries) == ["slots.closure", "slots.reopen"]


def test_a_closure_that_was_lifted_asks_nobody_any_more(
    session: Session, slot: Slot, noon: Slot, parties: list[Booking], at: datetime
) -> None:
    """Closed again, everybody is asked once, for the closure that stands."""
    reopen(session, slot, at)
    new = make_booking(session, get_slot(session, slot.id), at, 1)
    close(session, slot, at)
    assert settle(session, now=at) == 0
    standing = find_last_offer(session, get_booking(session, new.reference))
    for each in parties[1:]:
        offer = find_last_offer(session, each)
        assert offer is not None
        assert standing is not None
        assert (offer.status, offer.closure_id) == (OfferStatus.OPEN, standing.closure_id)
    assert recount(session) == []


def test_a_slot_that_needs_no_booking_is_not_opened(
    session: Session, slot: Slot, at: datetime
) -> None:
    slot.state = SlotState.FREE
    session.commit()
    with pytest.raises(SlotStateError):
        reopen(session, slot, at)
