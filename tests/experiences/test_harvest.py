"""From ripe fruit to a capacity."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.factories.destination import make_destination
from tests.factories.experiences import make_experience, make_slot
from tourism.experiences.harvest import Said, propose, windows_at_once

SAID = Said(ripe_g=300_000, head_g=1_500, rows_open=12, row_people=8, staff=6, staff_people=25)
HOUR = timedelta(hours=1)


def test_smallest_of_fruit_rows_and_staff_is_proposed() -> None:
    """300 kg by 1.5 kg are 200 heads, 40 for each of 5 windows; 96 by 2 and 150 by 2 are more."""
    made = propose(SAID, windows=5, at_once=2)
    assert (made.heads, made.by_fruit, made.by_rows, made.by_staff) == (200, 40, 48, 75)
    assert made.places == 40


@pytest.mark.parametrize(
    ("said", "windows", "at_once", "places"),
    [
        (SAID, 4, 3, 32),  # the rows
        (Said(300_000, 1_500, 12, 8, 1, 25), 4, 1, 25),  # the staff
        (Said(1_499, 1_500, 12, 8, 6, 25), 1, 1, 0),
        (Said(0, 50, 1, 1, 1, 1), 0, 1, 0),
    ],
)
def test_each_can_be_the_smallest(said: Said, windows: int, at_once: int, places: int) -> None:
    made = propose(said, windows, at_once)
    assert made.places == places
    assert made.is_picked_out is (made.by_fruit == 0)


def test_windows_at_once_are_those_whose_stay_reaches_into_another(
    session: Session, at: datetime
) -> None:
    make_destination(session)
    experience = make_experience(session)
    slots = [make_slot(session, experience, at + number * HOUR) for number in (0, 1, 2, 6)]
    assert windows_at_once(slots, timedelta(0)) == 1
    assert windows_at_once(slots, HOUR) == 2
    assert windows_at_once(slots, 2 * HOUR) == 3
    assert windows_at_once([], HOUR) == 1
