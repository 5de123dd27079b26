"""The ledger's proof: every slot's counter against what it counts: bookings, places kept
for open offers, given to phones and held back; and every ceiling's against the slots below it."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tourism.bookings.models import COUNTED, Allotment, Booking, Offer, OfferStatus
from tourism.experiences.ceilings import CeilingDiscrepancy, differing_counts, repair_counts
from tourism.experiences.models import Slot
from tourism.experiences.operations import lock_counters
from tourism.tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A slot whose counter says something else than its bookings."""

    slot_id: int
    capacity: int
    taken: int
    counted: int

    @property
    def is_oversold(self) -> bool:
        return self.counted > self.capacity


# Its places are among those held back since then.
_has_not_come = sa.exists().where(Ticket.booking_id == Booking.id, Ticket.released_at.is_not(None))
Difference = Discrepancy | CeilingDiscrepancy


def recount(session: Session) -> list[Difference]:
    """Every slot and every ceiling whose counter is wrong. One statement for all slots, so one
    view of a database in use; a ceiling's counters move while they are being added up."""
    return [*_read(session, _differing()), *differing_counts(session)]


def repair(session: Session, found: Sequence[Difference]) -> list[Difference]:
    """Set the counters of these slots to what their bookings say, and then those of all ceilings;
    gives back what it changed.

    The slots are locked before they are counted anew: who is booking meanwhile waits, and adds
    to a counter that is right. An oversold slot is left for people to decide on.
    """
    ids = [each.slot_id for each in found if isinstance(each, Discrepancy)]
    lock_counters(session, ids)
    again = _read(session, _differing().where(Slot.id.in_(ids)))
    repairable = [each for each in again if not each.is_oversold]
    for each in repairable:
        session.execute(
            sa.update(Slot).where(Slot.id == each.slot_id).values(taken=each.counted),
            execution_options={"synchronize_session": False},
        )
    return [*repairable, *repair_counts(session)]


def _read(session: Session, query: sa.Select[int, int, int, int]) -> list[Discrepancy]:
    return [Discrepancy(*row) for row in session.execute(query)]


def _differing() -> sa.Select[int, int, int, int]:
    booked = (
        sa.select(Booking.slot_id, sa.func.sum(Booking.party_size).label("places"))
        .where(Booking.status.in_(COUNTED), ~_has_not_come)
        .group_by(Booking.slot_id)
        .subquery()
    )
    offered = (
        sa.select(Offer.slot_id, sa.func.sum(Offer.places).label("places"))
        .where(Offer.status == OfferStatus.OPEN)
        .group_by(Offer.slot_id)
        .subquery()
    )
    allotted = (
        sa.select(Allotment.slot_id, sa.func.sum(Allotment.places).label("places"))
        .where(Allotment.places > 0)
        .group_by(Allotment.slot_id)
        .subquery()
    )
    places = (sa.func.coalesce(each.c.places, 0) for each in (booked, offered, allotted))
    counted = sum(places, Slot.held_back)
    return (
        sa.select(Slot.id, Slot.capacity, Slot.taken, counted)
        .outerjoin(booked, booked.c.slot_id == Slot.id)
        .outerjoin(offered, offered.c.slot_id == Slot.id)
        .outerjoin(allotted, allotted.c.slot_id == Slot.id)
        .where(Slot.taken != counted)
        .order_by(Slot.id)
    )
