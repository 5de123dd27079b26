"""What a phone is told of tickets: the coming days, every change, and none missed."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories.admissions import enrolled, make_gate, make_slot_now, make_ticket, reference_of
from tests.factories.destination import make_destination
from tests.factories.experiences import make_experience, make_slot
from tourism.admissions.judgement import Device
from tourism.admissions.manifest import Changes, changes_since
from tourism.experiences.models import Slot
from tourism.tickets.models import Ticket, TicketStatus
from tourism.tickets.operations import void_tickets
from tourism.web import db


@pytest.fixture
def slot(session: Session, at: datetime) -> Slot:
    make_destination(session)
    return make_slot_now(session, at)


@pytest.fixture
def device(session: Session, slot: Slot, at: datetime) -> Device:
    return enrolled(session, make_gate(session, slot.experience), at)


def test_the_first_list_holds_today_and_two_days_more(
    session: Session, device: Device, slot: Slot, at: datetime
) -> None:
    days = {
        day: make_ticket(session, make_slot(session, slot.experience, at + timedelta(days=day)))
        for day in (-1, 1, 2, 3)
    }
    session.commit()
    assert _ids(_ask(session, device, at)) == {days[1].id, days[2].id}


def test_a_row_says_no_more_than_the_gate_needs(
    session: Session, device: Device, slot: Slot, at: datetime
) -> None:
    ticket = make_ticket(session, slot, 3)
    session.commit()
    changes = _ask(session, device, at)
    [row] = changes.rows
    assert (row.ticket_id, row.slot_id, row.party_size) == (ticket.id, slot.id, 3)
    assert (row.status, row.admitted) == (TicketStatus.VALID, 0)
    assert row.reference == reference_of(session, ticket)
    [told] = changes.slots
    assert (told.starts_at, told.is_here, told.way_m) == (slot.starts_at, True, None)


def test_another_operators_slot_is_not_here(
    session: Session, device: Device, slot: Slot, at: datetime
) -> None:
    other = make_slot(session, make_experience(session, "other"), at)
    make_ticket(session, other)
    session.commit()
    assert [told.is_here for told in _ask(session, device, at).slots] == [False]


def test_every_kind_of_change_is_told(
    session: Session, device: Device, slot: Slot, at: datetime
) -> None:
    """Through the mapper or by a statement: the revision is raised by the column itself."""
    first, second, third, quiet = (make_ticket(session, slot) for _ in range(4))
    session.commit()
    cursor = _ask(session, device, at).cursor
    first.slot_id = make_slot(session, slot.experience, at + timedelta(days=9)).id
    void_tickets(session, booking_id=second.booking_id)
    session.execute(sa.update(Ticket).where(Ticket.id == third.id).values(admitted=1))
    session.commit()
    changes = _ask(session, device, at, cursor)
    assert not changes.is_whole
    assert {first.id, second.id, third.id} <= _ids(changes)
    assert quiet.id not in _ids(changes)
    assert _ids(_ask(session, device, at, changes.cursor)) == set()


@pytest.mark.parametrize("cursor", ["", "yesterday", "2027-05-29.1", "2027-05-30.999999999999"])
def test_an_old_or_foreign_cursor_gets_the_whole_list(
    session: Session, device: Device, slot: Slot, at: datetime, cursor: str
) -> None:
    """Another day, or a database that was put back and counts anew."""
    ticket = make_ticket(session, slot)
    session.commit()
    changes = _ask(session, device, at, cursor)
    assert changes.is_whole
    assert _ids(changes) == {ticket.id}


def test_a_change_committed_late_is_not_missed(
    app: Flask, session: Session, device: Device, slot: Slot, at: datetime
) -> None:
    """The slower of two transactions began first: its lower revision comes after the cursor."""
    slow, quick = make_ticket(session, slot), make_ticket(session, slot)
    session.commit()
    cursor = _ask(session, device, at).cursor
    session.commit()
    if db.engine().dialect.name == "sqlite":
        _change(quick)  # a second writer waits for the first: their order is that of the commits
        cursor = _ask(session, device, at, cursor).cursor
        session.commit()
        _change(slow)
    else:
        with db.engine().connect() as waiting:
            waiting.execute(_update(slow))
            _change(quick)
            changes = _ask(session, device, at, cursor)
            session.commit()
            assert _ids(changes) == {quick.id}
            cursor = changes.cursor
            waiting.commit()
    assert slow.id in _ids(_ask(session, device, at, cursor))


def _change(ticket: Ticket) -> None:
    with db.engine().begin() as connection:
        connection.execute(_update(ticket))


def _update(ticket: Ticket) -> sa.Update:
    return sa.update(Ticket).where(Ticket.id == ticket.id).values(admitted=1)


def _ask(session: Session, device: Device, at: datetime, cursor: str = "") -> Changes:
    return changes_since(session, device=device, cursor=cursor, now=at)


def _ids(changes: Changes) -> set[str]:
    return {row.ticket_id for row in changes.rows}
