"""Issuing, changing and voiding tickets; always part of what happens to a booking."""

import secrets
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tourism.core import base32
from tourism.tickets.errors import PartyTooLargeError, TicketUsedError
from tourism.tickets.models import Ticket, TicketStatus

ID_BYTES = 10
LARGEST_PARTY = 255  # one byte of the code


def new_ticket_id() -> str:
    """An id that cannot be guessed, so it also guards the ticket's page."""
    return base32.encode(secrets.token_bytes(ID_BYTES))


def issue_ticket(
    session: Session,
    *,
    booking_id: int,
    slot_id: int,
    starts_at: datetime,
    ends_at: datetime,
    party_size: int,
    key_id: int,
    now: datetime,
) -> Ticket:
    """Make the ticket of a party. Raises PartyTooLargeError for one that a code cannot say."""
    if party_size > LARGEST_PARTY:
        raise PartyTooLargeError(largest=LARGEST_PARTY)
    ticket = Ticket(
        id=new_ticket_id(),
        booking_id=booking_id,
        slot_id=slot_id,
        starts_at=starts_at,
        ends_at=ends_at,
        party_size=party_size,
        admitted=0,
        status=TicketStatus.VALID,
        key_id=key_id,
        issued_at=now,
    )
    session.add(ticket)
    session.flush()
    return ticket


def move_tickets(
    session: Session, *, booking_id: int, slot_id: int, starts_at: datetime, ends_at: datetime
) -> None:
    """Give every ticket of a booking another slot. Its id stays, so an old picture of its code
    leads to the new times: a gate reads them here, not in the code."""
    _change(session, booking_id, slot_id=slot_id, starts_at=starts_at, ends_at=ends_at)


def shrink_tickets(session: Session, *, booking_id: int, party_size: int) -> None:
    """Let a booking's ticket admit fewer. Raises TicketUsedError when more are in already."""
    enough = Ticket.admitted <= party_size
    if not _change(session, booking_id, enough, party_size=party_size):
        raise TicketUsedError(booking_id=booking_id)


def void_tickets(session: Session, *, booking_id: int) -> None:
    """Cancel every ticket of a booking; doing it again changes nothing."""
    session.execute(
        sa.update(Ticket)
        .where(Ticket.booking_id == booking_id)
        .values(status=TicketStatus.CANCELLED)
    )


def _change(
    session: Session, booking_id: int, *where: sa.ColumnElement[bool], **values: object
) -> int:
    """Change the living tickets of a booking and count the change; says how many."""
    changed = session.scalars(
        sa.update(Ticket)
        .where(Ticket.booking_id == booking_id, Ticket.status == TicketStatus.VALID, *where)
        .values(changes=Ticket.changes + 1, **values)
        .returning(Ticket.id),
        execution_options={"synchronize_session": False},
    ).all()
    return len(changed)
