from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.factories.tickets import make_ticketed_booking
from tourism.tickets.errors import PartyTooLargeError, TicketNotFoundError
from tourism.tickets.models import TicketStatus
from tourism.tickets.operations import issue_ticket, void_tickets
from tourism.tickets.queries import count_coming_tickets, get_ticket


def test_issue_ticket_makes_a_ticket_that_is_found(session: Session, at: datetime) -> None:
    booking, ticket = make_ticketed_booking(session, at)
    session.commit()
    session.expire_all()
    found = get_ticket(session, ticket.id)
    assert (found.booking_id, found.party_size, found.admitted) == (booking.id, 3, 0)
    assert found.status is TicketStatus.VALID


def test_issue_ticket_refuses_a_party_that_a_code_cannot_say(
    session: Session, at: datetime
) -> None:
    with pytest.raises(PartyTooLargeError):
        issue_ticket(
            session,
            booking_id=1,
            slot_id=1,
            starts_at=at,
            ends_at=at + timedelta(hours=1),
            party_size=256,
            key_id=1,
            now=at,
        )


def test_get_ticket_refuses_an_unknown_id(session: Session) -> None:
    with pytest.raises(TicketNotFoundError):
        get_ticket(session, "0000000000000000")


def test_void_tickets_cancels_those_of_the_booking_alone(session: Session, at: datetime) -> None:
    booking, ticket = make_ticketed_booking(session, at)
    other = issue_ticket(
        session,
        booking_id=make_ticketed_booking(
            session, at + timedelta(hours=1), experience=booking.slot.experience
        )[0].id,
        slot_id=booking.slot_id,
        starts_at=at,
        ends_at=at + timedelta(hours=1),
        party_size=1,
        key_id=1,
        now=at,
    )
    void_tickets(session, booking_id=booking.id)
    void_tickets(session, booking_id=booking.id)
    assert ticket.status is TicketStatus.CANCELLED
    assert other.status is TicketStatus.VALID


def test_count_coming_tickets_counts_living_ones_of_that_key(
    session: Session, at: datetime
) -> None:
    booking, ticket = make_ticketed_booking(session, at)
    before, over = at - timedelta(minutes=1), ticket.ends_at
    assert count_coming_tickets(session, key_id=1, now=before) == 1
    assert count_coming_tickets(session, key_id=2, now=before) == 0
    assert count_coming_tickets(session, key_id=1, now=over) == 0
    void_tickets(session, booking_id=booking.id)
    assert count_coming_tickets(session, key_id=1, now=before) == 0
