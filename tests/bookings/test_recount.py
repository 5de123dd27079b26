"""The proof of the ledger, and its command."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories.admissions import enrolled, make_gate
from tests.factories.bookings import (
    HOLD,
    make_bookable_slot,
    make_booking,
    make_hold,
    taken,
)
from tests.factories.experiences import make_ceiling, make_slot
from tests.statements import statements
from tourism.audit.operations import VISITOR
from tourism.bookings.allotments import give_allotment
from tourism.bookings.closures import close_slots
from tourism.bookings.models import Booking, BookingStatus, ClosureReason
from tourism.bookings.operations import cancel_booking, expire_holds
from tourism.bookings.recount import Discrepancy, recount, repair
from tourism.bookings.walk_ins import hold_back
from tourism.cli.ledger import recount as recount_command
from tourism.cli.ledger import sweep as sweep_command
from tourism.core.clock import now
from tourism.experiences.models import Slot


@pytest.fixture
def slot(session: Session, at: datetime) -> Slot:
    return make_bookable_slot(session, at)


def spoil(session: Session, slot: Slot, taken: int) -> None:
    session.execute(sa.update(Slot).where(Slot.id == slot.id).values(taken=taken))
    session.commit()


def invoke(app: Flask, *words: str) -> Result:
    command = sweep_command if words[0] == "sweep" else recount_command
    return app.test_cli_runner().invoke(command, words[1:])


def test_recount_counts_what_holds_places_and_nothing_else(
    session: Session, slot: Slot, at: datetime
) -> None:
    make_hold(session, slot, at, 1)
    done = make_booking(session, slot, at, 2)
    done.status = BookingStatus.COMPLETED
    cancelled = make_booking(session, slot, at, 3)
    cancel_booking(session, booking=cancelled, now=at, actor=VISITOR)
    expired = make_hold(session, slot, at - HOLD, 4)
    expire_holds(session, now=at)
    assert expired.party_size == 4
    make_slot(session, slot.experience, slot.ends_at)
    assert taken(session, slot) == 3
    with statements(session) as seen:
        assert recount(session) == []
    assert len(seen) == 2  # the slots, and whether there are ceilings


@pytest.mark.parametrize("wrong", [0, 1, 9])
def test_recount_finds_counters_that_are_off_either_way(
    session: Session, slot: Slot, at: datetime, wrong: int
) -> None:
    make_booking(session, slot, at, 2)
    empty = make_slot(session, slot.experience, slot.ends_at)
    spoil(session, slot, wrong)
    spoil(session, empty, 1)
    assert recount(session) == [
        Discrepancy(slot.id, 10, wrong, 2),
        Discrepancy(empty.id, 10, 1, 0),
    ]


def test_repair_sets_the_counters_right(session: Session, slot: Slot, at: datetime) -> None:
    make_booking(session, slot, at, 2)
    spoil(session, slot, 9)
    repair(session, recount(session))
    assert (taken(session, slot), recount(session)) == (2, [])


BY_HAND = {
    "a counter too high": "UPDATE slots SET taken = taken + 1",
    "a counter too low": "UPDATE slots SET taken = taken - 1",
    "places held back": "UPDATE slots SET held_back = held_back - 1 WHERE held_back > 0",
    "a booking's state": "UPDATE bookings SET status = 'cancelled' WHERE party_size = 3",
    "a booking's party": "UPDATE bookings SET party_size = 1 WHERE party_size = 3",
    "a booking's slot": "UPDATE bookings SET slot_id = (SELECT max(id) FROM slots)",
    "an offer": "UPDATE offers SET status = 'withdrawn'",
    "a phone's allotment": "UPDATE allotments SET places = places + 1",
    "who has not come": "UPDATE tickets SET released_at = issued_at WHERE party_size = 3",
    "a ceiling's counter": "UPDATE ceiling_counts SET taken = taken - 1",
    "a ceiling's row": "DELETE FROM ceiling_counts",
}


@pytest.mark.parametrize("damage", BY_HAND.values(), ids=BY_HAND)
def test_each_kind_of_damage_is_found_and_mended(
    session: Session, slot: Slot, at: datetime, damage: str
) -> None:
    """Below a ceiling: a couple asked to come later, three who come, places for a phone and for
    whoever comes without booking."""
    later = make_slot(session, slot.experience, slot.ends_at, capacity=20)
    acts = {"now": at, "actor": VISITOR}
    make_ceiling(session, 90)
    make_booking(session, slot, at, 2)
    close_slots(session, slot_ids=[slot.id], reason=ClosureReason.RAIN, **acts)  # type: ignore[arg-type]
    for party in (3, 1):
        make_booking(session, later, at, party)
    hold_back(session, slot_id=later.id, places=3, **acts)  # type: ignore[arg-type]
    device = enrolled(session, make_gate(session, slot.experience), at)
    give_allotment(session, slot_id=later.id, device_id=device.id, places=2, **acts)  # type: ignore[arg-type]
    session.commit()
    assert recount(session) == []
    session.execute(sa.text(damage))
    session.commit()
    found = recount(session)
    assert found
    repair(session, found)
    session.commit()
    assert recount(session) == []


def test_repair_leaves_an_oversold_slot_to_people(
    session: Session, slot: Slot, at: datetime
) -> None:
    """Somebody wrote to the database by hand: no counter can be right, so none is set."""
    booking = make_booking(session, slot, at, 2)
    session.execute(sa.update(Booking).where(Booking.id == booking.id).values(party_size=11))
    (found,) = recount(session)
    assert found.is_oversold
    assert repair(session, [found]) == []
    assert recount(session) == [found]


def test_the_command_says_that_all_is_well(app: Flask, session: Session, slot: Slot) -> None:
    session.commit()
    result = invoke(app, "recount")
    assert (result.exit_code, result.output) == (0, "0 differences, 0 repaired, 0 left.\n")


def test_the_command_fails_on_a_difference_and_mends_it_when_asked(
    app: Flask, session: Session, slot: Slot
) -> None:
    session.commit()
    spoil(session, slot, 4)
    result = invoke(app, "recount")
    assert result.exit_code == 1
    assert f"slot {slot.id}: counter 4, booked 0" in result.output
    result = invoke(app, "recount", "--repair")
    assert (result.exit_code, "1 repaired, 0 left" in result.output) == (0, True)
    assert invoke(app, "recount").exit_code == 0


def test_the_command_fails_on_an_oversold_slot_even_when_it_may_repair(
    app: Flask, session: Session, slot: Slot, at: datetime
) -> None:
    make_booking(session, slot, at, 2)
    session.execute(sa.update(Booking).values(party_size=11))
    session.commit()
    result = invoke(app, "recount", "--repair")
    assert result.exit_code == 1
    assert "more than its 10 places" in result.output


def test_sweep_ends_old_holds(app: Flask, session: Session, slot: Slot) -> None:
    soon = make_slot(session, slot.experience, now() + timedelta(hours=1))
    make_hold(session, soon, now() - HOLD)
    make_hold(session, soon, now())
    session.commit()
    assert (
        invoke(app, "sweep").output
        == "1 holds expired, 0 offers settled, 0 waiting served, 0 parties have not come,"
        " 0 notices delivered.\n"
    )
    session.rollback()
    assert taken(session, soon) == 2
