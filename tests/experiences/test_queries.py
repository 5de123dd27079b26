"""Slots as the pages ask for them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from tests.factories.destination import make_place
from tests.factories.experiences import make_experience, make_slot
from tourism.experiences import queries
from tourism.experiences.errors import ExperienceNotFoundError, SlotNotFoundError
from tourism.experiences.models import SlotState
from tourism.experiences.queries import DayPlaces

ZONE = ZoneInfo("Asia/Shanghai")
HOUR = timedelta(hours=1)


def test_get_experience_knows_only_published_ones(session: Session) -> None:
    """An unpublished experience is as unknown as one that never was."""
    make_experience(session, "hidden", is_published=False)
    with pytest.raises(ExperienceNotFoundError):
        queries.get_experience(session, "hidden")


def test_get_experience_has_all_that_a_page_shows(session: Session) -> None:
    make_experience(session, "picking")
    session.expire_all()
    found = queries.get_experience(session, "picking")
    assert [unit.code for unit in found.units] == ["adult", "child", "infant"]
    assert (found.place.slug, found.operator.slug) == ("picking-place", "picking-farm")
    assert found.festival is None


def test_get_slot_knows_only_slots_of_published_experiences(session: Session, at: datetime) -> None:
    slot = make_slot(session, make_experience(session, is_published=False), at)
    with pytest.raises(SlotNotFoundError):
        queries.get_slot(session, slot.id)


def test_experiences_of_places_are_the_published_ones_there(session: Session) -> None:
    here, there = make_place(session, "here"), make_place(session, "there")
    wanted = make_experience(session, "wanted", place=here)
    make_experience(session, "elsewhere", place=there)
    make_experience(session, "hidden", place=here, is_published=False)
    assert list(queries.experiences_of_places(session, [here.id])) == [wanted]
    assert not queries.experiences_of_places(session, [])


def test_open_slots_begin_in_the_range_and_have_room(session: Session, at: datetime) -> None:
    experience = make_experience(session)
    first = make_slot(session, experience, at)
    make_slot(session, experience, at - HOUR)
    make_slot(session, experience, at + HOUR, taken=10)
    make_slot(session, experience, at + 2 * HOUR, state=SlotState.CLOSED)
    make_slot(session, experience, at + 3 * HOUR)
    assert list(queries.open_slots(session, experience.id, at, at + 3 * HOUR)) == [first]


def test_slots_of_day_are_those_of_the_local_day(session: Session) -> None:
    """A day begins at the township's midnight, eight hours before that of the database."""
    experience = make_experience(session)
    make_slot(session, experience, datetime(2027, 5, 29, 15, 0, tzinfo=UTC))
    first = make_slot(session, experience, datetime(2027, 5, 29, 16, 0, tzinfo=UTC))
    last = make_slot(session, experience, datetime(2027, 5, 30, 15, 0, tzinfo=UTC))
    make_slot(session, experience, datetime(2027, 5, 30, 16, 0, tzinfo=UTC))
    found = queries.slots_of_day(session, experience, date(2027, 5, 30), ZONE)
    assert found == [first, last]


def test_next_open_slots_are_those_one_can_book_now(session: Session, at: datetime) -> None:
    """In the order of time, across experiences; not the full, closed, late or far-off ones."""
    early = make_experience(session, "early", booking_cutoff=timedelta(minutes=30))
    other = make_experience(session, "other", days_ahead=3)
    hidden = make_experience(session, "hidden", is_published=False)
    make_slot(session, early, at - HOUR / 2)  # ends in 30 minutes, exactly the cutoff
    running = make_slot(session, other, at - HOUR / 2)
    make_slot(session, early, at + HOUR, taken=10)
    make_slot(session, other, at + HOUR, state=SlotState.CLOSED)
    make_slot(session, hidden, at + HOUR)
    later = make_slot(session, early, at + 2 * HOUR)
    make_slot(session, other, at + timedelta(days=3))
    far = make_slot(session, early, at + timedelta(days=3))
    assert list(queries.next_open_slots(session, at, 10)) == [running, later, far]
    assert list(queries.next_open_slots(session, at, 1)) == [running]


def test_next_open_slots_carry_experience_and_place(session: Session, at: datetime) -> None:
    make_slot(session, make_experience(session, "picking"), at)
    session.commit()
    session.expunge_all()
    (slot,) = queries.next_open_slots(session, at, 1)
    assert slot.experience.place.slug == "picking-place"


def test_next_open_slots_of_an_empty_township_are_none(session: Session, at: datetime) -> None:
    assert not queries.next_open_slots(session, at, 3)
    assert queries.next_slots_of_each(session, at, 3) == {}


def test_next_slots_of_each_keep_the_first_few(session: Session, at: datetime) -> None:
    one, two = make_experience(session, "one"), make_experience(session, "two")
    full = make_experience(session, "full")
    slots = [make_slot(session, one, at + hours * HOUR) for hours in range(3)]
    lone = make_slot(session, two, at + HOUR)
    make_slot(session, full, at, taken=10)
    found = queries.next_slots_of_each(session, at, 2)
    assert found == {one.id: slots[:2], two.id: [lone]}


def test_places_by_day_adds_up_what_is_left(session: Session, at: datetime) -> None:
    """Local days; what is over by now is not counted, closed and free slots are told apart."""
    experience = make_experience(session)
    make_slot(session, experience, at - 2 * HOUR)  # over
    make_slot(session, experience, at, taken=4)
    make_slot(session, experience, at + 3 * HOUR, taken=10)
    make_slot(session, experience, at + timedelta(days=1), state=SlotState.CLOSED)
    make_slot(session, experience, at + timedelta(days=2), state=SlotState.FREE)
    make_slot(session, make_experience(session, "other"), at)
    days = [date(2027, 5, 30) + timedelta(days=number) for number in range(4)]
    found = queries.places_by_day(session, experience, days, ZONE, at)
    assert list(found) == days
    assert list(found.values()) == [
        DayPlaces(places_left=6, open_slots=2),
        DayPlaces(closed_slots=1),
        DayPlaces(free_slots=1),
        DayPlaces(),
    ]


def test_places_by_day_cuts_days_at_local_midnight(session: Session, at: datetime) -> None:
    experience = make_experience(session)
    make_slot(session, experience, datetime(2027, 5, 30, 15, 59, tzinfo=UTC), capacity=3)
    make_slot(session, experience, datetime(2027, 5, 30, 16, 0, tzinfo=UTC), capacity=5)
    days = [date(2027, 5, 30), date(2027, 5, 31)]
    found = queries.places_by_day(session, experience, days, ZONE, at)
    assert [found[day].places_left for day in days] == [3, 5]


@pytest.mark.parametrize(
    ("day", "says"),
    [
        (DayPlaces(0, 2, 1, 0), "full"),
        (DayPlaces(0, 0, 1, 0), "closed"),
        (DayPlaces(0, 0, 0, 0), "empty"),
        (DayPlaces(3, 2, 1, 0), None),
        (DayPlaces(0, 1, 0, 1), None),
    ],
)
def test_a_day_has_one_word(day: DayPlaces, says: str | None) -> None:
    words = {"full": day.is_full, "closed": day.is_closed, "empty": day.is_empty}
    assert [word for word, so in words.items() if so] == ([says] if says else [])
