"""What a party changes on its own booking: another time, or fewer people.

The booking's row is changed under the condition that it still is as it was read, so of two
changes at the same instant one is done and the other refused. Then come ticket and audit, and the
counters last, those of two slots in the order of their ids: so nobody waits in a circle.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from tourism.audit.operations import Actor, record
from tourism.bookings.errors import (
    BookingCancelledError,
    BookingChangedError,
    BookingExpiredError,
    BookingUsedError,
    CancelTooLateError,
    OtherExperienceError,
    PartyNotSmallerError,
)
from tourism.bookings.models import Booking, BookingStatus, BookingUnit
from tourism.bookings.operations import check_time, take_or_expire
from tourism.bookings.party import checked_party
from tourism.bookings.queries import SOMEBODY_IS_IN, get_slot_to_book
from tourism.core.money import Money
from tourism.experiences.models import Slot
from tourism.experiences.operations import free_places
from tourism.tickets.errors import TicketUsedError
from tourism.tickets.operations import move_tickets, shrink_tickets, void_tickets

Changes = Iterable[tuple[int | None, int]]  # slots, and by how many places their counters change


def move_booking(
    session: Session, *, booking: Booking, slot_id: int, now: datetime, actor: Actor
) -> Booking:
    """Give a confirmed booking another time of the same experience; its ticket goes along.

    Needs slot and experience loaded. Moved there already, it changes nothing. Raises
    OtherExperienceError, CancelTooLateError once free changes are over, what `hold_slot` raises
    for the new slot, and BookingUsedError, BookingCancelledError or BookingChangedError.
    """
    if booking.slot_id == slot_id:
        return booking
    slot, zone = get_slot_to_book(session, slot_id)
    if slot.experience_id != booking.slot.experience_id:
        raise OtherExperienceError(slot_id=slot_id)
    check_time(slot, zone, now)
    check_cutoff(booking, now)
    before = booking.slot
    put_on(session, booking, slot, now=now, actor=actor, action="move")
    size = booking.party_size
    shift_places(session, {before.id: -size, slot.id: size}, now)
    return booking


def shrink_booking(
    session: Session, *, booking: Booking, party: Mapping[int, int], now: datetime, actor: Actor
) -> Booking:
    """Let fewer people come on a confirmed booking (unit id → how many remain).

    Needs slot, experience and units loaded. The same party again changes nothing. Raises a
    PartyError, PartyNotSmallerError for a unit that would grow, CancelTooLateError,
    BookingUsedError when more are in already, BookingCancelledError or BookingChangedError.
    """
    had = {each.unit_id: each.quantity for each in booking.units}
    staying = checked_party(booking.slot.experience, party)
    left = {unit.id: quantity for unit, quantity in staying.units}
    if left == had:
        return booking
    if any(quantity > had.get(unit_id, 0) for unit_id, quantity in left.items()):
        raise PartyNotSmallerError(size=booking.party_size)
    check_cutoff(booking, now)
    fewer = booking.party_size - staying.size
    _change_confirmed(session, booking, party_size=staying.size, **_total(booking, left))
    _leave(session, booking, left)
    _shrink_tickets(session, booking)
    _record(session, booking, "shrink", actor, now, ("party", had, left))
    session.flush()
    free_places(session, slot_id=booking.slot_id, places=fewer)
    return booking


def check_cutoff(booking: Booking, now: datetime) -> None:
    """Raises CancelTooLateError when the party may no longer change or cancel by itself."""
    if now > booking.free_cancel_until:
        raise CancelTooLateError(until=booking.free_cancel_until)


def put_on(
    session: Session, booking: Booking, slot: Slot, *, now: datetime, actor: Actor, action: str
) -> None:
    """Write another slot on a confirmed booking and its ticket; the counters are the caller's.
    At another orchard the party has the units of the same code there, at the price it booked."""
    was = booking.slot_id
    _change_confirmed(session, booking, ~SOMEBODY_IS_IN, slot_id=slot.id)
    if slot.experience_id != booking.slot.experience_id:
        _take_units(session, booking, slot)
    set_committed_value(booking, "slot", slot)
    move_tickets(
        session,
        booking_id=booking.id,
        slot_id=slot.id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
    )
    _record(session, booking, action, actor, now, ("slot", was, slot.id))
    session.flush()


def _take_units(session: Session, booking: Booking, slot: Slot) -> None:
    there = {unit.code: unit for unit in slot.experience.units}
    for each in booking.units:
        each.unit = there[each.unit.code]
    session.flush()


def cancel_as_host(session: Session, *, booking: Booking, now: datetime, actor: Actor) -> None:
    """Cancel a confirmed booking at any time; its places are left to the caller to give back."""
    values = {"status": BookingStatus.CANCELLED, "cancelled_at": now}
    _change_confirmed(session, booking, ~SOMEBODY_IS_IN, **values)
    void_tickets(session, booking_id=booking.id)
    was = BookingStatus.CONFIRMED
    _record(session, booking, "cancel", actor, now, ("status", was, BookingStatus.CANCELLED))
    session.flush()


def shift_places(session: Session, changes: Mapping[int, int], now: datetime) -> None:
    """Take (more than 0) and give back (less than 0) places of several slots, in the order of
    their ids: then two who change the same slots cannot wait for each other."""
    for slot_id, places in sorted(changes.items()):
        if places > 0:
            take_or_expire(session, slot_id=slot_id, places=places, now=now)
        elif places < 0:
            free_places(session, slot_id=slot_id, places=-places)


def sums(changes: Changes) -> Mapping[int, int]:
    """How each slot's counter changes when all of these are done; no slot, no change."""
    summed: dict[int, int] = {}
    for slot_id, places in changes:
        if slot_id is not None:
            summed[slot_id] = summed.get(slot_id, 0) + places
    return summed


def _change_confirmed(
    session: Session, booking: Booking, *where: sa.ColumnElement[bool], **values: Any
) -> None:
    """Change the row if it is confirmed and stands as it was read."""
    changed = session.scalar(
        sa.update(Booking)
        .where(
            Booking.id == booking.id,
            Booking.status == BookingStatus.CONFIRMED,
            Booking.slot_id == booking.slot_id,
            Booking.party_size == booking.party_size,
            *where,
        )
        .values(values)
        .returning(Booking.id),
        execution_options={"synchronize_session": False},
    )
    if changed is None:
        raise _why_not(session, booking)
    for name, value in values.items():
        set_committed_value(booking, name, value)


def _why_not(session: Session, booking: Booking) -> Exception:
    query = sa.select(Booking.status, Booking.slot_id, Booking.party_size, SOMEBODY_IS_IN)
    found = session.execute(query.where(Booking.id == booking.id)).one()
    facts = {"reference": booking.reference}
    if found.status is BookingStatus.CANCELLED:
        return BookingCancelledError(**facts)
    if found.status in (BookingStatus.HELD, BookingStatus.EXPIRED):
        return BookingExpiredError(**facts)
    unchanged = (found.slot_id, found.party_size) == (booking.slot_id, booking.party_size)
    return BookingUsedError(**facts) if unchanged else BookingChangedError(**facts)


def _total(booking: Booking, left: Mapping[int, int]) -> dict[str, Any]:
    """What the smaller party pays, at the prices of the day of booking."""
    if booking.total is None:
        return {}
    paid = {each.unit_id: each.price_amount or 0 for each in booking.units}
    total = Money(sum(paid[key] * many for key, many in left.items()), booking.total.currency)
    return {"total_amount": total.amount}


def _leave(session: Session, booking: Booking, left: Mapping[int, int]) -> None:
    for each in booking.units:
        if many := left.get(each.unit_id):
            each.quantity = many
    gone = [each.unit_id for each in booking.units if each.unit_id not in left]
    mine = BookingUnit.booking_id == booking.id
    session.execute(
        sa.delete(BookingUnit).where(mine, BookingUnit.unit_id.in_(gone)),
        execution_options={"synchronize_session": "fetch"},
    )
    kept = [each for each in booking.units if each.unit_id in left]
    set_committed_value(booking, "units", kept)


def _shrink_tickets(session: Session, booking: Booking) -> None:
    try:
        shrink_tickets(session, booking_id=booking.id, party_size=booking.party_size)
    except TicketUsedError as error:
        raise BookingUsedError(reference=booking.reference) from error


def _record(
    session: Session,
    booking: Booking,
    action: str,
    actor: Actor,
    at: datetime,
    change: tuple[str, object, object],
) -> None:
    what, before, after = change
    record(
        session,
        actor=actor,
        action=f"booking.{action}",
        subject=("booking", booking.reference),
        at=at,
        before={what: before},
        after={what: after},
    )
