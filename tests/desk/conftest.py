"""An orchard with its owner at the desk, and a neighbour."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.desk.farms import Farm, make_farms
from tests.factories.accounts import make_user, sign_in
from tests.factories.bookings import make_booking, make_hold
from tests.factories.destination import in_all, make_destination
from tests.factories.experiences import make_experience, make_slot
from tourism.accounts.models import Role, User
from tourism.bookings.models import Booking
from tourism.experiences.models import Membership, Slot
from tourism.tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class Orchard:
    owner: User
    slot: Slot
    booking: Booking
    ticket: Ticket


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """9:30 in the town on a day of the season, at the desk too."""
    moment = datetime(2027, 5, 30, 1, 30, tzinfo=UTC)
    for module in (
        "arrivals",
        "copying",
        "harvest",
        "harvest_sales",
        "schedule",
        "slots",
        "timetable",
    ):
        monkeypatch.setattr(f"tourism.desk.{module}.now", lambda: moment)
    return moment


@pytest.fixture
def orchard(session: Session, client: FlaskClient, at: datetime) -> Orchard:
    """A slot of ten places from 9:00 to 10:00 with a party of three, one of them in, and a hold
    of two; its owner is signed in."""
    make_destination(session)
    experience = make_experience(session, name=in_all("樱桃采摘"))
    slot = make_slot(session, experience, at.replace(minute=0))
    booking = make_booking(session, slot, at, adults=3)
    (ticket,) = booking.tickets
    ticket.admitted = 1
    make_hold(session, slot, at, adults=2)
    owner = make_user(session, Role.OWNER, name="李园主")
    session.add(Membership(operator_id=experience.operator_id, user_id=owner.id))
    session.commit()
    session.refresh(slot)
    sign_in(client, owner)
    return Orchard(owner, slot, booking, ticket)


@pytest.fixture
def neighbour(session: Session, orchard: Orchard) -> Slot:
    """A slot of another orchard at the same time."""
    experience = make_experience(session, "neighbour", name=in_all("邻家蓝莓"))
    slot = make_slot(session, experience, orchard.slot.starts_at)
    session.commit()
    return slot


@pytest.fixture
def farms(session: Session) -> tuple[Farm, Farm]:
    """The orchard that is tried, and one whose owner tries it. Gates are the first one's alone."""
    return make_farms(session)
