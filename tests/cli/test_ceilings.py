"""Limits above slots, and rules of an experience, from the command line."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories.bookings import make_bookable_slot, make_booking
from tourism.cli.ceilings import ceilings, rules
from tourism.core.clock import now
from tourism.experiences.models import Slot


@pytest.fixture
def slot(session: Session) -> Slot:
    """A party of four has booked."""
    slot = make_bookable_slot(session, now())
    make_booking(session, slot, now(), 4)
    session.commit()
    return slot


def said(app: Flask, *words: str) -> str:
    return app.test_cli_runner().invoke(ceilings, words).output


def test_a_ceiling_is_set_changed_listed_and_removed(app: Flask, slot: Slot) -> None:
    """Below who is booked it says so; of a place it goes by the place's name."""
    assert said(app, "set", "day", "9", "--name", "全镇") == "1: 全镇, day, 9 at most, 4 booked\n"
    over = "1: 全镇, day, 3 at most, 4 booked, 1 too many: sells nothing there\n"
    assert said(app, "set", "day", "3") == over
    place = said(app, "set", "present", "50", "--place", "test-picking-place")
    assert place.endswith("present, 50 at most, 4 booked\n")
    assert said(app, "list") == over + place
    assert said(app, "remove", "1") == "Removed.\n"
    assert said(app, "list") == place


@pytest.mark.parametrize(
    "words",
    [
        ("set", "day", "0", "--name", "全镇"),
        ("set", "day", "5"),
        ("set", "day", "5", "--place", "nowhere"),
        ("remove", "7"),
    ],
)
def test_what_cannot_be_is_refused(app: Flask, slot: Slot, words: tuple[str, ...]) -> None:
    assert said(app, *words).startswith("Error: ")
    assert said(app, "list") == ""


def test_rules_of_an_experience_are_set(app: Flask, session: Session, slot: Slot) -> None:
    words = (slot.experience.slug, "--grace", "30", "--strict")
    assert app.test_cli_runner().invoke(rules, words).output == "Done.\n"
    session.refresh(slot.experience)
    assert slot.experience.no_show_after == timedelta(minutes=30)
    assert slot.experience.strict_line
    assert app.test_cli_runner().invoke(rules, ("nothing", "--strict")).exit_code == 1
