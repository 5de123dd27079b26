"""Reading tickets."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tourism.tickets.errors import TicketNotFoundError
from tourism.tickets.models import Ticket, TicketStatus


def get_ticket(session: Session, ticket_id: str) -> Ticket:
    """Raises TicketNotFoundError."""
    found = session.get(Ticket, ticket_id)
    if found is None:
        raise TicketNotFoundError(ticket_id=ticket_id)
    return found


def count_coming_tickets(session: Session, *, key_id: int, now: datetime) -> int:
    """How many living tickets whose time is not over were signed with that key."""
    query = sa.select(sa.func.count()).select_from(Ticket)
    living = (Ticket.status == TicketStatus.VALID, Ticket.ends_at > now, Ticket.key_id == key_id)
    return session.scalar(query.where(*living)) or 0
