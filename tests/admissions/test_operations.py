"""Admitting: every outcome, in parts, again, and by many phones at once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories.admissions import (
    enrolled,
    make_gate,
    make_scan,
    make_slot_now,
    make_ticket,
    reference_of,
)
from tests.factories.channels import make_channel
from tests.factories.destination import make_destination
from tourism.admissions.judgement import Device, Scan
from tourism.admissions.models import Admission, Direction, Outcome
from tourism.admissions.operations import Answer, admit
from tourism.audit.operations import SYSTEM
from tourism.bookings.closures import close_slots
from tourism.bookings.models import Booking, ClosureReason
from tourism.core.money import Money
from tourism.destination.models import Accuracy, Place
from tourism.experiences.models import Slot, SlotState
from tourism.tickets.models import Ticket, TicketStatus
from tourism.web import db

pytestmark = pytest.mark.flaky(reruns=0)  # once in a hundred times is what these look for


@pytest.fixture
def slot(session: Session, at: datetime) -> Slot:
    make_destination(session)
    return make_slot_now(session, at)


@pytest.fixture
def device(session: Session, slot: Slot, at: datetime) -> Device:
    """A phone at the gate of the slot's own orchard."""
    return enrolled(session, make_gate(session, slot.experience), at)


def test_admits_the_whole_party_unless_told_otherwise(
    session: Session, device: Device, slot: Slot, at: datetime
) -> None:
    ticket = make_ticket(session, slot, 4)
    answer = admit(session, device=device, scan=make_scan(ticket), now=at)
    assert (answer.outcome, answer.people) == (Outcome.OK, 4)
    assert answer.ticket is not None
    assert (answer.ticket.admitted, answer.ticket.left) == (4, 0)
    assert _admitted(session, ticket) == 4


def test_admits_in_parts_and_then_says_how_many_are_left(
    session: Session, device: Device, slot: Slot, at: datetime
) -> None:
    """Two of four, then asked for three: nobody moves, "2 left"; then the rest by a new scan."""
    ticket = make_ticket(session, slot, 4)
    first = admit(session, device=device, scan=make_scan(ticket, people=2), now=at)
    assert (first.outcome, first.people) == (Outcome.OK, 2)
    too_many = admit(session, device=device, scan=make_scan(ticket, people=3), now=at)
    assert (too_many.outcome, too_many.people) == (Outcome.PARTIAL, 0)
    assert too_many.ticket is not None
    assert too_many.ticket.left == 2
    rest = admit(session, device=device, scan=make_scan(ticket), now=at)
    assert (rest.outcome, rest.people) == (Outcome.OK, 2)
    assert _admitted(session, ticket) == 4


def test_used_names_when_and_where_the_first_went_in(
    session: Session, device: Device, slot: Slot, at: datetime
) -> None:
    ticket = make_ticket(session, slot, 3)
    west = enrolled(session, make_gate(session, slot.experience, "west"), at)
    admit(session, device=device, scan=make_scan(ticket, people=1), now=at)
    admit(session, device=west, scan=make_scan(ticket), now=at + timedelta(minutes=1))
    answer = admit(session, device=west, scan=make_scan(ticket), now=at + timedelta(minutes=5))
    assert (answer.outcome, answer.people) == (Outcome.USED, 0)
    assert answer.first is not None
    assert answer.first.at == at
    assert answer.first.gate["zh-Hans"] == "east门"
    assert answer.first.people == 1


def test_the_same_scan_again_is_told_the_same(
    session: Session, device: Device, slot: Slot, at: datetime
) -> None:
    """A lost answer: the phone asks again with the same id, and nobody is counted twice."""
    ticket = make_ticket(session, slot, 4)
    scan = make_scan(ticket, people=2)
    first = admit(session, device=device, scan=scan, now=at)
    again = admit(session, device=device, scan=scan, now=at + timedelta(minutes=2))
    assert (first.is_repeat, again.is_repeat) == (False, True)
    assert (again.outcome, again.people, again.decided_at) == (Outcome.OK, 2, at)
    assert _admitted(session, ticket) == 2
    assert session.scalar(sa.select(sa.func.count()).select_from(Admission)) == 1


def test_a_refusal_again_is_told_the_same(
    session: Session, device: Device, slot: Slot, at: datetime
) -> None:
    """Even if the ticket has become good meanwhile: the id stands for that one decision."""
    ticket = make_ticket(session, slot, status=TicketStatus.BLOCKED)
    scan = make_scan(ticket)
    admit(session, device=device, scan=scan, now=at)
    ticket.status = TicketStatus.VALID
    session.flush()
    assert admit(session, device=device, scan=scan, now=at).outcome is Outcome.BLOCKED
    assert admit(session, device=device, scan=make_scan(ticket), now=at).outcome is Outcome.OK


@pytest.mark.parametrize("status", [TicketStatus.CANCELLED, TicketStatus.BLOCKED])
def test_refuses_by_status(
    session: Session, device: Device, slot: Slot, at: datetime, status: TicketStatus
) -> None:
    ticket = make_ticket(session, slot, status=status)
    assert admit(session, device=device, scan=make_scan(ticket), now=at).outcome == status


@pytest.mark.parametrize(
    ("minutes", "outcome", "off"),
    [
        (-30, Outcome.OK, 0),
        (-31, Outcome.EARLY, 31),
        (90, Outcome.OK, 0),
        (91, Outcome.LATE, 31),
        (-10 * 60, Outcome.WRONG_DAY, 0),
        (16 * 60, Outcome.WRONG_DAY, 0),
    ],
)
def test_judges_the_time(
    session: Session,
    device: Device,
    slot: Slot,
    minutes: int,
    outcome: Outcome,
    off: int,
) -> None:
    """The window is 8:50 to 9:50 in the destination's time; 30 minutes about it are on time."""
    ticket = make_ticket(session, slot)
    moment = slot.starts_at + timedelta(minutes=minutes)
    answer = admit(session, device=device, scan=make_scan(ticket), now=moment)
    assert (answer.outcome, answer.minutes) == (outcome, off)


def test_the_steward_may_let_an_early_party_in_with_a_reason(
    session: Session, device: Device, slot: Slot
) -> None:
    ticket = make_ticket(session, slot)
    moment = slot.starts_at - timedelta(hours=2)
    scan = make_scan(ticket, override="room")
    answer = admit(session, device=device, scan=scan, now=moment)
    assert (answer.outcome, answer.people) == (Outcome.OK, 4)
    assert session.get_one(Admission, scan.id).override == "room"


@pytest.mark.parametrize("values", [{"status": TicketStatus.CANCELLED}, {"admitted": 4}])
def test_a_reason_opens_nothing_else(
    session: Session, device: Device, slot: Slot, at: datetime, values: dict[str, object]
) -> None:
    ticket = make_ticket(session, slot, **values)
    scan = make_scan(ticket, override="room")
    assert admit(session, device=device, scan=scan, now=at).people == 0


def test_another_orchard_is_named_with_the_way(
    session: Session, device: Device, at: datetime
) -> None:
    """About 9.1 km east; both positions are good to 500 m, so the distance can be said."""
    other = make_slot_now(session, at, "other")
    _move(session, other, longitude=119.1)
    answer = admit(session, device=device, scan=make_scan(make_ticket(session, other)), now=at)
    assert answer.outcome is Outcome.WRONG_PLACE
    assert answer.way_m == pytest.approx(9_108, abs=5)


@pytest.mark.parametrize(
    "values", [{"accuracy": Accuracy.SCHEMATIC}, {"accuracy_m": 5_000}, {"longitude": 119.001}]
)
def test_no_way_is_named_that_may_be_an_error_of_the_map(
    session: Session, device: Device, at: datetime, values: dict[str, object]
) -> None:
    other = make_slot_now(session, at, "other")
    _move(session, other, **{"longitude": 119.1} | values)
    answer = admit(session, device=device, scan=make_scan(make_ticket(session, other)), now=at)
    assert (answer.outcome, answer.way_m) == (Outcome.WRONG_PLACE, None)


def test_a_gate_of_the_township_admits_every_orchards_guests(
    session: Session, slot: Slot, at: datetime
) -> None:
    gate = make_gate(session, slot.experience, "town", operator_id=None)
    ticket = make_ticket(session, slot)
    answer = admit(session, device=enrolled(session, gate, at), scan=make_scan(ticket), now=at)
    assert answer.outcome is Outcome.OK


def test_a_typed_reference_finds_the_ticket(
    session: Session, device: Device, slot: Slot, at: datetime
) -> None:
    ticket = make_ticket(session, slot)
    scan = make_scan(reference=reference_of(session, ticket))
    answer = admit(session, device=device, scan=scan, now=at)
    assert answer.outcome is Outcome.OK
    assert answer.ticket is not None
    assert answer.ticket.ticket_id == ticket.id


@pytest.mark.parametrize("named", [{"ticket_id": "0" * 16}, {"reference": "ZZZZZZZZ"}])
def test_a_ticket_that_is_not_there_is_unknown_and_kept_as_a_record(
    session: Session, device: Device, slot: Slot, at: datetime, named: dict[str, str]
) -> None:
    """With a good signature it is an alarm: a leaked key, or a database from a backup."""
    scan = make_scan(**named)
    answer = admit(session, device=device, scan=scan, now=at)
    assert (answer.outcome, answer.ticket) == (Outcome.UNKNOWN_TICKET, None)
    assert session.get_one(Admission, scan.id).outcome is Outcome.UNKNOWN_TICKET


def test_a_moved_ticket_is_judged_by_its_new_time(
    session: Session, device: Device, slot: Slot, at: datetime
) -> None:
    ticket = make_ticket(session, slot, starts_at=at + timedelta(days=1))
    ticket.ends_at = ticket.starts_at + timedelta(hours=1)
    session.flush()
    scan = make_scan(ticket)
    assert admit(session, device=device, scan=scan, now=at).outcome is Outcome.WRONG_DAY
    later = at + timedelta(days=1)
    assert admit(session, device=device, scan=make_scan(ticket), now=later).people == 4


def test_the_record_says_who_went_in(
    session: Session, device: Device, slot: Slot, at: datetime
) -> None:
    ticket = make_ticket(session, slot)
    scans = [make_scan(ticket, people=4), make_scan(ticket)]
    for scan in scans:
        admit(session, device=device, scan=scan, now=at)
    inside, refused = (session.get_one(Admission, scan.id) for scan in scans)
    assert (inside.people, inside.direction, inside.asked) == (4, Direction.IN, 4)
    assert (refused.people, refused.direction, refused.asked) == (0, None, None)


def test_part_of_a_party_leaves_and_comes_back(
    session: Session, device: Device, slot: Slot, at: datetime
) -> None:
    """Four in, three out, more than are inside cannot leave; two come back, then the last."""
    ticket = make_ticket(session, slot, 4)
    asked: list[tuple[Direction, int | None, Outcome, int, int]] = [
        (Direction.OUT, None, Outcome.NOT_INSIDE, 0, 0),
        (Direction.IN, None, Outcome.OK, 4, 4),
        (Direction.OUT, 3, Outcome.OUT, 3, 1),
        (Direction.OUT, 2, Outcome.OUT_PARTIAL, 0, 1),
        (Direction.IN, 4, Outcome.PARTIAL, 0, 1),
        (Direction.IN, 2, Outcome.OK, 2, 3),
        (Direction.IN, None, Outcome.OK, 1, 4),
        (Direction.IN, None, Outcome.USED, 0, 4),
        (Direction.OUT, None, Outcome.OUT, 4, 0),
    ]
    for way, people, outcome, moved, inside in asked:
        scan = make_scan(ticket, people=people, direction=way)
        answer = admit(session, device=device, scan=scan, now=at)
        assert (answer.outcome, answer.people) == (outcome, moved)
        assert answer.ticket is not None
        assert answer.ticket.inside == inside
        assert session.get_one(Admission, scan.id).direction == (way if moved else None)
    assert (_admitted(session, ticket), ticket.away) == (4, 4)


def test_a_slot_that_was_called_off_says_why(
    session: Session, device: Device, slot: Slot, at: datetime
) -> None:
    """Closed for new bookings alone, its parties come; called off for rain, the steward asks."""
    ticket = make_ticket(session, slot)
    slot.state = SlotState.CLOSED
    session.flush()
    assert admit(session, device=device, scan=make_scan(ticket), now=at).outcome is Outcome.OK
    close_slots(session, slot_ids=[slot.id], reason=ClosureReason.RAIN, now=at, actor=SYSTEM)
    session.flush()
    other = make_ticket(session, slot)
    answer = admit(session, device=device, scan=make_scan(other), now=at)
    assert (answer.outcome, answer.people) == (Outcome.CLOSED, 0)
    assert answer.ticket is not None
    assert answer.ticket.closed == "rain"
    answer = admit(session, device=device, scan=make_scan(other, override="owner"), now=at)
    assert answer.people == 4


def test_what_is_due_is_told_once(
    session: Session, device: Device, slot: Slot, at: datetime
) -> None:
    """To the first of a party; not at all when a channel has been paid."""
    ticket, sold = make_ticket(session, slot), make_ticket(session, slot)
    for each, channel in ((ticket, None), (sold, make_channel(session).id)):
        booking = session.get_one(Booking, each.booking_id)
        booking.total_amount, booking.total_currency = 12000, "CNY"
        booking.channel_id = channel
    session.flush()
    answers = [
        admit(session, device=device, scan=make_scan(each, people=1), now=at)
        for each in (ticket, ticket, sold)
    ]
    due = [answer.ticket.due for answer in answers if answer.ticket]
    assert due == [Money(12000, "CNY"), None, None]


def test_four_phones_of_eight_threads_admit_each_party_once(
    app: Flask, session: Session, slot: Slot, at: datetime
) -> None:
    """A hundred parties, each asked for by all phones at once, singly and for all who are left;
    then out and in again at once: nobody is counted twice, nobody is lost."""
    gate = make_gate(session, slot.experience)
    phones = [enrolled(session, gate, at) for _ in range(4)]
    sizes = {make_ticket(session, slot, 1 + number % 4): 1 + number % 4 for number in range(100)}
    session.commit()
    first = [
        (phone, make_scan(ticket, people=people))
        for ticket in sizes
        for phone, people in zip(phones, (1, None, 2, None), strict=True)
    ]
    _at_once(app, first + first[:5], at)  # some scans are sent twice at the same time
    assert _recorded(session) == {ticket.id: size for ticket, size in sizes.items()}
    assert {ticket: _admitted(session, ticket) for ticket in sizes} == sizes
    ways = (Direction.OUT, Direction.IN, Direction.OUT, Direction.IN)
    then = [
        (phone, make_scan(ticket, people=people, direction=way))
        for ticket in list(sizes)[:30]
        for phone, way, people in zip(phones, ways, (1, 1, None, None), strict=True)
    ]
    _at_once(app, then, at)
    inside = {ticket.id: _inside(session, ticket) for ticket in sizes}
    assert _recorded(session) == {each: people for each, people in inside.items() if people}
    assert {ticket: ticket.admitted for ticket in sizes} == sizes


def test_one_scan_sent_by_eight_threads_is_one_record(
    app: Flask, session: Session, slot: Slot, device: Device, at: datetime
) -> None:
    ticket = make_ticket(session, slot, 8)
    session.commit()
    scan = make_scan(ticket, people=1)
    answers = _at_once(app, [(device, scan)] * 8, at)
    assert {(answer.outcome, answer.people) for answer in answers} == {(Outcome.OK, 1)}
    assert sorted(answer.is_repeat for answer in answers) == [False] + [True] * 7
    assert _admitted(session, ticket) == 1


def _at_once(app: Flask, jobs: list[tuple[Device, Scan]], at: datetime) -> list[Answer]:
    """Each job in a transaction of its own, 32 threads starting together."""
    barrier = threading.Barrier(min(32, len(jobs)), timeout=20)

    def run(numbered: tuple[int, tuple[Device, Scan]]) -> Answer:
        number, (device, scan) = numbered
        if number < barrier.parties:
            barrier.wait()
        with app.app_context(), db.transaction() as session:
            return admit(session, device=device, scan=scan, now=at)

    with ThreadPoolExecutor(barrier.parties) as pool:
        return list(pool.map(run, enumerate(jobs)))


def _admitted(session: Session, ticket: Ticket) -> int:
    session.commit()
    session.refresh(ticket)
    return ticket.admitted


def _inside(session: Session, ticket: Ticket) -> int:
    return _admitted(session, ticket) - ticket.away


def _recorded(session: Session) -> dict[str | None, int]:
    """In less out, by ticket."""
    is_out = Admission.direction == Direction.OUT
    net = sa.func.sum(sa.case((is_out, -Admission.people), else_=Admission.people))
    query = sa.select(Admission.ticket_id, net)
    rows = session.execute(query.group_by(Admission.ticket_id))
    return {ticket_id: people for ticket_id, people in rows if people}


def _move(session: Session, slot: Slot, **values: object) -> None:
    place = session.get_one(Place, slot.experience.place_id)
    for name, value in values.items():
        setattr(place, name, value)
    session.flush()
