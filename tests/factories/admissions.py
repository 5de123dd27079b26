"""Gates, phones and tickets to scan, with workable defaults."""

import itertools
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from tests.factories.destination import in_all
from tests.factories.experiences import make_experience, make_slot
from tourism.admissions.enrolments import authenticate, create_enrolment, enrol_device
from tourism.admissions.judgement import Device, Scan
from tourism.admissions.models import Gate, Outcome
from tourism.admissions.offline import Told, record_scans
from tourism.audit.operations import SYSTEM
from tourism.bookings.models import Booking, BookingStatus
from tourism.core import base32
from tourism.experiences.models import Experience, Slot
from tourism.tickets.models import Ticket
from tourism.tickets.operations import issue_ticket

_numbers = itertools.count(1)
EARLIER = datetime(2027, 5, 1, tzinfo=UTC)


def make_gate(session: Session, experience: Experience, slug: str = "east", **values: Any) -> Gate:
    """A gate of the experience's operator, at its place."""
    defaults: dict[str, Any] = {
        "slug": slug,
        "name": in_all(f"{slug}门"),
        "operator_id": experience.operator_id,
        "place_id": experience.place_id,
    }
    gate = Gate(**defaults | values)
    session.add(gate)
    session.flush()
    return gate


def make_device(session: Session, gate: Gate, now: datetime, name: str = "红手机") -> str:
    """An enrolled phone; gives back its secret."""
    new = create_enrolment(
        session, gate=gate, device_name=name, created_by=None, actor=SYSTEM, now=now
    )
    return enrol_device(session, code=new.code, name="", build="test", now=now).secret


def enrolled(session: Session, gate: Gate, now: datetime) -> Device:
    """An enrolled phone as the operations see it."""
    return authenticate(session, secret=make_device(session, gate, now))


def make_ticket(
    session: Session, slot: Slot, party_size: int = 4, *, key_id: int = 1, **values: Any
) -> Ticket:
    """The ticket of a confirmed booking of that slot."""
    booking = Booking(
        reference=base32.encode(next(_numbers).to_bytes(5, "big")),
        key="k",
        slot_id=slot.id,
        party_size=party_size,
        status=BookingStatus.CONFIRMED,
        language="zh-Hans",
        created_at=EARLIER,
    )
    session.add(booking)
    session.flush()
    ticket = issue_ticket(
        session,
        booking_id=booking.id,
        slot_id=slot.id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        party_size=party_size,
        key_id=key_id,
        now=EARLIER,
    )
    for name, value in values.items():
        setattr(ticket, name, value)
    session.flush()
    return ticket


def reference_of(session: Session, ticket: Ticket) -> str:
    return session.get_one(Booking, ticket.booking_id).reference


def make_scan(ticket: Ticket | None = None, **values: Any) -> Scan:
    """A scan of that ticket's code."""
    defaults: dict[str, Any] = {
        "id": str(uuid.uuid4()),
        "seq": next(_numbers),
        "code": "OG1",
        "ticket_id": ticket.id if ticket else None,
    }
    return Scan(**defaults | values)


def make_slot_now(session: Session, at: datetime, slug: str = "test-picking") -> Slot:
    """A slot whose window is open at that instant, of an experience of its own."""
    return make_slot(session, make_experience(session, slug), at - timedelta(minutes=10))


def let_in_twice(session: Session, slot: Slot, at: datetime) -> Ticket:
    """A party of four that came in at two gates, whose phones could not hear of each other."""
    ticket = make_ticket(session, slot, 4)
    for minutes, name in enumerate(("north", "south")):
        device = enrolled(session, make_gate(session, slot.experience, name), at)
        when = at + timedelta(minutes=minutes)
        told = Told(scan=make_scan(ticket), at=when, people=4, verdict=Outcome.OK)
        record_scans(session, device=device, scans=[told], now=when)
    return ticket
