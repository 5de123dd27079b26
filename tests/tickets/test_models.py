from datetime import datetime, timedelta

import pytest

from tourism.tickets.models import Ticket, TicketState, TicketStatus

BEFORE, DURING, AFTER = timedelta(hours=-1), timedelta(minutes=30), timedelta(hours=1)


@pytest.mark.parametrize(
    ("status", "admitted", "moment", "state"),
    [
        (TicketStatus.VALID, 0, BEFORE, TicketState.READY),
        (TicketStatus.VALID, 0, DURING, TicketState.READY),
        (TicketStatus.VALID, 0, AFTER, TicketState.PAST),
        (TicketStatus.VALID, 1, DURING, TicketState.PARTLY),
        (TicketStatus.VALID, 1, AFTER, TicketState.PARTLY),
        (TicketStatus.VALID, 4, AFTER, TicketState.USED),
        (TicketStatus.CANCELLED, 0, BEFORE, TicketState.CANCELLED),
        (TicketStatus.CANCELLED, 4, AFTER, TicketState.CANCELLED),
        (TicketStatus.BLOCKED, 0, BEFORE, TicketState.BLOCKED),
    ],
)
def test_state_at(
    at: datetime, status: TicketStatus, admitted: int, moment: timedelta, state: TicketState
) -> None:
    ends_at = at + timedelta(hours=1)
    ticket = Ticket(starts_at=at, ends_at=ends_at, party_size=4, admitted=admitted, status=status)
    assert ticket.state_at(at + moment) is state


def test_every_status_but_valid_has_a_state_of_its_name() -> None:
    assert {status.value for status in TicketStatus} - {"valid"} <= {
        state.value for state in TicketState
    }
