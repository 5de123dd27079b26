"""Windows to slots: made, changed, taken away; what is booked or hand-made is left alone."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.factories.bookings import make_booking, make_hold
from tests.factories.destination import make_destination
from tests.factories.experiences import make_experience, make_slot
from tests.statements import statements
from tourism.audit.operations import Actor
from tourism.audit.queries import entries_of
from tourism.bookings.operations import cancel_booking
from tourism.bookings.queries import get_booking
from tourism.bookings.recount import recount
from tourism.bookings.timetable import Timetable, Why, apply_timetable, compare
from tourism.bookings.timetable import make_slot as add
from tourism.experiences.models import Experience, Slot, SlotState
from tourism.experiences.queries import get_slot
from tourism.experiences.schedule import Window
from tourism.experiences.slot_changes import change_capacity, close_slot

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OWNER = Actor("user", "7")


@pytest.fixture
def experience(session: Session) -> Experience:
    make_destination(session)
    return make_experience(session)


def window(at: datetime, hours: int, capacity: int = 10) -> Window:
    return Window(at + hours * HOUR, at + (hours + 1) * HOUR, capacity)


def plan(session: Session, experience: Experience, at: datetime, *wanted: Window) -> Timetable:
    return compare(session, experience_id=experience.id, wanted=wanted, spans=[(at, at + 90 * DAY)])


def apply(session: Session, timetable: Timetable, at: datetime) -> None:
    apply_timetable(session, timetable, action="schedule.apply", now=at, actor=OWNER)
    session.commit()


def slots(session: Session, experience: Experience) -> list[Slot]:
    session.expire_all()
    found = session.query(Slot).filter_by(experience_id=experience.id).order_by(Slot.starts_at)
    return [get_slot(session, slot.id) for slot in found]


def test_makes_what_is_missing_and_the_second_time_nothing(
    session: Session, experience: Experience, at: datetime
) -> None:
    wanted = [window(at, 24), window(at, 25)]
    first = plan(session, experience, at, *wanted)
    assert (list(first.made), first.is_settled) == (wanted, False)
    apply(session, first, at)
    assert [each.scheduled for each in slots(session, experience)] == [True, True]
    again = plan(session, experience, at, *wanted)
    assert (again.is_settled, len(again.same)) == (True, 2)
    apply(session, again, at)
    (entry,) = entries_of(session, "experience", experience.id)
    assert (entry.action, entry.after["made"]) == ("schedule.apply", 2)


def test_applying_a_plan_twice_at_once_makes_each_slot_once(
    session: Session, experience: Experience, at: datetime
) -> None:
    both = [plan(session, experience, at, window(at, 24)) for _ in range(2)]
    for each in both:
        apply(session, each, at)
    assert len(slots(session, experience)) == 1


def test_changes_and_takes_away_only_what_is_empty_and_its_own(
    session: Session, experience: Experience, at: datetime
) -> None:
    apply(session, plan(session, experience, at, *(window(at, 24 + n) for n in range(6))), at)
    empty, booked, held, changed, closed, last = slots(session, experience)
    make_booking(session, booked, at)
    make_hold(session, held, at)
    change_capacity(session, slot_id=changed.id, capacity=11, now=at, actor=OWNER)
    close_slot(session, slot_id=closed.id, now=at, actor=OWNER)
    hand = make_slot(session, experience, at + 40 * HOUR)
    session.commit()
    later = plan(session, experience, at, *(window(at, 24 + n, 30) for n in range(5)))
    assert [each.slot.id for each in later.changed] == [empty.id]
    assert [each.slot.id for each in later.removed] == [last.id]
    why = {each.slot.id: each.slot.why for each in later.left_alone}
    assert why == {
        booked.id: Why.BOOKED,
        held.id: Why.BOOKED,
        changed.id: Why.BY_HAND,
        closed.id: Why.BY_HAND,
        hand.id: Why.BY_HAND,
    }
    apply(session, later, at)
    capacities = {each.id: each.capacity for each in slots(session, experience)}
    assert capacities == {
        empty.id: 30,
        booked.id: 10,
        held.id: 10,
        changed.id: 11,
        closed.id: 10,
        hand.id: 10,
    }
    assert recount(session) == []


def test_who_books_between_looking_and_doing_keeps_the_slot(
    session: Session, experience: Experience, at: datetime
) -> None:
    apply(session, plan(session, experience, at, window(at, 24), window(at, 25)), at)
    smaller = plan(session, experience, at, window(at, 24, 1))
    for slot in slots(session, experience):
        make_booking(session, slot, at, adults=3)
    session.commit()
    apply(session, smaller, at)
    assert [(each.capacity, each.taken) for each in slots(session, experience)] == [(10, 3)] * 2


def test_slot_that_cancelled_bookings_name_is_closed_instead(
    session: Session, experience: Experience, at: datetime
) -> None:
    apply(session, plan(session, experience, at, window(at, 24)), at)
    (slot,) = slots(session, experience)
    booking = make_booking(session, slot, at)
    cancel_booking(session, booking=get_booking(session, booking.reference), now=at, actor=OWNER)
    session.commit()
    gone = plan(session, experience, at)
    assert [each.slot.has_past for each in gone.removed] == [True]
    apply(session, gone, at)
    (slot,) = slots(session, experience)
    assert slot.state is SlotState.CLOSED
    assert plan(session, experience, at).is_settled


def test_past_slots_are_no_concern_of_a_plan(
    session: Session, experience: Experience, at: datetime
) -> None:
    make_slot(session, experience, at - HOUR, scheduled=True)
    assert plan(session, experience, at, window(at, -1)).is_settled


def test_one_slot_more_is_the_host_s_own(
    session: Session, experience: Experience, at: datetime
) -> None:
    values = {"experience_id": experience.id, "window": window(at, 24), "now": at, "actor": OWNER}
    assert [add(session, **values), add(session, **values)] == [True, False]
    (slot,) = slots(session, experience)
    assert (slot.scheduled, slot.changed_at) == (False, at)
    assert [each.slot.why for each in plan(session, experience, at).left_alone] == [Why.BY_HAND]


def test_a_season_takes_few_statements(
    session: Session, experience: Experience, at: datetime
) -> None:
    """60 days of 8 slots: looked at by one statement, made by one, noted by one."""
    wanted = [window(at, 24 * day + hour) for day in range(1, 61) for hour in range(8)]
    with statements(session) as asked:
        found = plan(session, experience, at, *wanted)
        apply(session, found, at)
    assert len(asked) == 3, asked
    assert len(slots(session, experience)) == 480
