"""Taking the sample layer away, with all that was done on it: bookings, tickets, scans, phones."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tourism.accounts.models import User
from tourism.admissions.models import Admission, Enrolment, Gate, GateDevice, Undo
from tourism.audit.operations import SYSTEM, record
from tourism.bookings.models import (
    Allotment,
    Booking,
    BookingUnit,
    Closure,
    ClosureSlot,
    Offer,
    Sale,
    WaitingParty,
)
from tourism.channels.models import ChannelOperator
from tourism.destination.queries import get_destination
from tourism.experiences.ceilings import repair_counts
from tourism.experiences.models import (
    Experience,
    Harvest,
    Invitation,
    Membership,
    Operator,
    Schedule,
    ScheduleDay,
    Slot,
    Unit,
    Weighing,
)
from tourism.festivals.models import Festival
from tourism.tickets.models import Ticket

_people = sa.select(User.id).where(User.sample)
_operators = sa.select(Operator.id).where(Operator.sample)
_experiences = sa.select(Experience.id).where(
    Experience.sample | Experience.operator_id.in_(_operators)
)
_slots = sa.select(Slot.id).where(Slot.experience_id.in_(_experiences))
_bookings = sa.select(Booking.id).where(Booking.slot_id.in_(_slots))
_units = sa.select(Unit.id).where(Unit.experience_id.in_(_experiences))
_schedules = sa.select(Schedule.id).where(Schedule.experience_id.in_(_experiences))
_tickets = sa.select(Ticket.id).where(Ticket.booking_id.in_(_bookings) | Ticket.slot_id.in_(_slots))
_gates = sa.select(Gate.id).where(Gate.sample | Gate.operator_id.in_(_operators))
_devices = sa.select(GateDevice.id).where(GateDevice.gate_id.in_(_gates))

# In the order that foreign keys ask for: what points comes before what it points to.
STEPS: list[sa.Delete | sa.Update] = [
    sa.delete(Undo).where(Undo.device_id.in_(_devices) | Undo.user_id.in_(_people)),
    sa.delete(Admission).where(
        Admission.ticket_id.in_(_tickets)
        | Admission.gate_id.in_(_gates)
        | Admission.device_id.in_(_devices)
    ),
    sa.delete(Ticket).where(Ticket.booking_id.in_(_bookings) | Ticket.slot_id.in_(_slots)),
    sa.delete(BookingUnit).where(
        BookingUnit.booking_id.in_(_bookings) | BookingUnit.unit_id.in_(_units)
    ),
    sa.delete(Sale).where(Sale.booking_id.in_(_bookings)),
    sa.delete(Offer).where(
        Offer.booking_id.in_(_bookings) | Offer.from_slot_id.in_(_slots) | Offer.slot_id.in_(_slots)
    ),
    sa.delete(ClosureSlot).where(ClosureSlot.slot_id.in_(_slots)),
    # A closure is made with its slots; what is left without any was about sample slots alone.
    sa.delete(Closure).where(
        ~sa.exists().where(ClosureSlot.closure_id == Closure.id),
        ~sa.exists().where(Offer.closure_id == Closure.id),
    ),
    sa.delete(WaitingParty).where(
        WaitingParty.booking_id.in_(_bookings) | WaitingParty.slot_id.in_(_slots)
    ),
    sa.delete(Allotment).where(Allotment.slot_id.in_(_slots) | Allotment.device_id.in_(_devices)),
    sa.delete(Booking).where(Booking.slot_id.in_(_slots)),
    sa.delete(Slot).where(Slot.experience_id.in_(_experiences)),
    sa.delete(ScheduleDay).where(ScheduleDay.schedule_id.in_(_schedules)),
    sa.delete(Schedule).where(Schedule.experience_id.in_(_experiences)),
    sa.delete(Harvest).where(Harvest.experience_id.in_(_experiences)),
    sa.delete(Weighing).where(Weighing.experience_id.in_(_experiences)),
    sa.delete(Unit).where(Unit.experience_id.in_(_experiences)),
    sa.delete(Experience).where(Experience.sample | Experience.operator_id.in_(_operators)),
    sa.delete(GateDevice).where(GateDevice.gate_id.in_(_gates)),
    sa.delete(Enrolment).where(Enrolment.gate_id.in_(_gates)),
    sa.delete(Gate).where(Gate.sample | Gate.operator_id.in_(_operators)),
    sa.delete(Invitation).where(Invitation.operator_id.in_(_operators)),
    sa.delete(Membership).where(
        Membership.operator_id.in_(_operators) | Membership.user_id.in_(_people)
    ),
    sa.delete(ChannelOperator).where(ChannelOperator.operator_id.in_(_operators)),
    sa.delete(Operator).where(Operator.sample),
    # What a demo person did to real things stays, without them.
    sa.update(Booking).where(Booking.visitor_id.in_(_people)).values(visitor_id=None),
    sa.update(Enrolment).where(Enrolment.created_by.in_(_people)).values(created_by=None),
    sa.update(GateDevice).where(GateDevice.enrolled_by.in_(_people)).values(enrolled_by=None),
    sa.update(Invitation).where(Invitation.created_by.in_(_people)).values(created_by=None),
    sa.update(Invitation).where(Invitation.used_by.in_(_people)).values(used_by=None),
    sa.delete(User).where(User.sample),
    sa.update(Festival).where(Festival.sample).values(starts_on=None, ends_on=None, sample=False),
]


def remove(session: Session, *, now: datetime) -> bool:
    """Remove the whole layer; False when none lies. What is real stays as it is."""
    destination = get_destination(session)
    if not destination.demo_loaded:
        return False
    counts: dict[str, Any] = {
        "bookings": session.scalar(sa.select(sa.func.count()).select_from(_bookings.subquery())),
        "slots": session.scalar(sa.select(sa.func.count()).select_from(_slots.subquery())),
    }
    for step in STEPS:
        session.execute(step, execution_options={"synchronize_session": False})
    session.expire_all()
    repair_counts(session)  # ceilings above sample slots counted their people
    destination.demo_loaded = False
    record(
        session,
        actor=SYSTEM,
        action="demo.removed",
        subject=("destination", destination.slug),
        at=now,
        before=counts,
    )
    session.flush()
    return True
