"""The rules of an experience: set within reason, kept from then on, and noted."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories.bookings import confirm, make_bookable_slot, make_booking, make_hold, rule
from tourism.audit.models import AuditEntry
from tourism.audit.operations import SYSTEM
from tourism.bookings.errors import PartyTooLargeError, TooManyBookingsError
from tourism.bookings.models import BookingStatus
from tourism.bookings.rules import LONGEST_GRACE, MOST_BOOKINGS, rules_of, set_rules
from tourism.experiences.errors import ExperienceNotFoundError, RuleInvalidError
from tourism.experiences.models import Slot
from tourism.tickets.operations import LARGEST_PARTY


@pytest.fixture
def slot(session: Session, at: datetime) -> Slot:
    slot = make_bookable_slot(session, at)
    session.commit()
    return slot


def noted(session: Session) -> list[tuple[Any, Any]]:
    query = sa.select(AuditEntry).where(AuditEntry.action == "experience.rules")
    return [(each.before, each.after) for each in session.scalars(query)]


def test_what_changed_is_noted_and_the_same_again_is_not(
    session: Session, slot: Slot, at: datetime
) -> None:
    for _ in range(2):
        rule(session, slot, at, grace=timedelta(minutes=30), is_strict=True)
    before, after = {"grace": None, "is_strict": False}, {"grace": 30, "is_strict": True}
    assert noted(session) == [(before, after)]


def test_a_phone_has_as_many_bookings_as_the_experience_lets_it(
    session: Session, slot: Slot, at: datetime
) -> None:
    rule(session, slot, at, bookings_per_phone=2)
    first, _second = make_booking(session, slot, at, 1), make_booking(session, slot, at, 1)
    third = make_hold(session, slot, at, 1)
    with pytest.raises(TooManyBookingsError) as refusal:
        confirm(session, third, at)
    assert refusal.value.facts == {"most": 2}
    rule(session, slot, at, bookings_per_phone=3)
    assert confirm(session, third, at).status is BookingStatus.CONFIRMED
    assert first.status is BookingStatus.CONFIRMED


def test_a_smaller_largest_party_refuses_the_next_and_leaves_who_has_booked(
    session: Session, slot: Slot, at: datetime
) -> None:
    large = make_booking(session, slot, at, 4)
    rule(session, slot, at, largest_party=3)
    with pytest.raises(PartyTooLargeError) as refusal:
        make_hold(session, slot, at, 4)
    assert refusal.value.facts == {"largest": 3}
    assert large.status is BookingStatus.CONFIRMED


@pytest.mark.parametrize(
    ("changes", "most"),
    [
        ({"largest_party": 0}, LARGEST_PARTY),
        ({"largest_party": LARGEST_PARTY + 1}, LARGEST_PARTY),
        ({"bookings_per_phone": 0}, MOST_BOOKINGS),
        ({"bookings_per_phone": MOST_BOOKINGS + 1}, MOST_BOOKINGS),
        ({"grace": timedelta()}, 720),
        ({"grace": LONGEST_GRACE + timedelta(minutes=1)}, 720),
    ],
)
def test_a_rule_that_cannot_be_is_refused(
    session: Session, slot: Slot, at: datetime, changes: dict[str, Any], most: int
) -> None:
    with pytest.raises(RuleInvalidError) as refusal:
        rule(session, slot, at, **changes)
    assert refusal.value.facts == {"rule": next(iter(changes)), "least": 1, "most": most}
    assert noted(session) == []


def test_only_an_experience_has_rules(session: Session, slot: Slot, at: datetime) -> None:
    rules = rules_of(slot.experience)
    with pytest.raises(ExperienceNotFoundError):
        set_rules(session, slug="nothing", rules=rules, now=at, actor=SYSTEM)
