"""What happens to a booking: held, extended, released, confirmed, cancelled, expired.

A change of status is a conditional UPDATE, so of two processes that want the same change one
does it and the other finds it done: places are never given back twice. All rows are written
first, the slot's counter last (`experiences/operations.py`); nobody who has touched a slot waits
for a booking, so there is no circle to lock in.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from tourism.audit.operations import SYSTEM, Actor, record
from tourism.bookings.entries import audit_entry, loaded, new_key, new_reference, write_hold
from tourism.bookings.errors import (
    BookingCancelledError,
    BookingExpiredError,
    BookingUsedError,
    CancelTooLateError,
    HoldAtLimitError,
    TooManyBookingsError,
)
from tourism.bookings.models import Booking, BookingStatus
from tourism.bookings.party import Party, checked_party
from tourism.bookings.queries import (
    SOMEBODY_IS_IN,
    count_of_phone_that_day,
    find_repeated,
    get_slot_to_book,
    overdue_holds,
)
from tourism.core.errors import TourismError
from tourism.experiences.availability import Availability, availability, last_day
from tourism.experiences.errors import (
    SlotClosedError,
    SlotFullError,
    SlotOverError,
    SlotTooEarlyError,
)
from tourism.experiences.models import Slot
from tourism.experiences.operations import free_places, take_places
from tourism.tickets.operations import issue_ticket, void_tickets

LONGEST_HOLD = 2  # an extended hold ends at most so many times its length after it began
_MUTABLE = ("status", "party_size", "hold_expires_at", "confirmed_at", "cancelled_at")


def hold_slot(  # noqa: PLR0913 - each is a fact of the request
    session: Session,
    *,
    slot_id: int,
    party: Mapping[int, int],
    language: str,
    now: datetime,
    hold: timedelta,
    idempotency_key: str | None,
    actor: Actor,
    visitor_id: int | None = None,
    channel_id: int | None = None,
) -> Booking:
    """Keep places for a party (unit id → quantity) while its contact is being typed.

    A key seen before gives back what it made then, whatever has become of it. Raises
    SlotNotFoundError, SlotOverError, SlotTooEarlyError, SlotClosedError, SlotFullError or a
    PartyError. Only columns of the result are loaded; `get_booking` reads the rest.
    """
    try:
        slot, zone = get_slot_to_book(session, slot_id)
        check_time(slot, zone, now)
        coming = checked_party(slot.experience, party)
    except TourismError:
        repeated = idempotency_key and find_repeated(session, idempotency_key)
        if repeated:
            return repeated
        raise
    booking, is_new = _write(
        session,
        coming,
        actor,
        slot_id=slot_id,
        party_size=coming.size,
        note="",
        language=language,
        status=BookingStatus.HELD,
        hold_expires_at=now + hold,
        created_at=now,
        idempotency_key=idempotency_key,
        visitor_id=visitor_id,
        channel_id=channel_id,
        sample=slot.sample,
        total_amount=coming.total and coming.total.amount,
        total_currency=coming.total and coming.total.currency,
    )
    if is_new:
        take_or_expire(session, slot_id=booking.slot_id, places=booking.party_size, now=now)
    return booking


def extend_hold(
    session: Session, *, booking: Booking, now: datetime, hold: timedelta, actor: Actor
) -> Booking:
    """Keep the places for another full length from now, within LONGEST_HOLD lengths in all.

    Raises HoldAtLimitError, BookingExpiredError when it is too late, or BookingCancelledError. A
    booking that is confirmed already needs no more time and is given back as it is.
    """
    until = min(now + hold, booking.created_at + LONGEST_HOLD * hold)
    live = (Booking.status == BookingStatus.HELD, Booking.hold_expires_at > now)
    if _change(session, booking, *live, Booking.hold_expires_at < until, hold_expires_at=until):
        _record(session, booking, "extend", actor, now, until=until.isoformat())
        return booking
    session.refresh(booking, _MUTABLE)
    if booking.is_held_at(now):
        raise HoldAtLimitError(until=booking.hold_expires_at)
    return _settled(booking)


def confirm_booking(
    session: Session,
    *,
    booking: Booking,
    name: str,
    phone: str | None,
    note: str,
    now: datetime,
    key_id: int,
    actor: Actor,
) -> Booking:
    """Turn a hold into a booking with a contact and a ticket; needs slot and experience loaded.

    Done already, it changes nothing. A hold that is over is confirmed too if its places can be
    taken once more; otherwise BookingExpiredError. Raises TooManyBookingsError for a phone with
    its number of bookings on that day: a limit for fairness, which two requests at the same
    instant can pass by one. Raises BookingCancelledError.
    """
    if booking.status in (BookingStatus.CONFIRMED, BookingStatus.COMPLETED):
        return booking
    _check_phone(session, booking, phone)
    values = {
        "status": BookingStatus.CONFIRMED,
        "hold_expires_at": None,
        "confirmed_at": now,
        "name": name,
        "phone": phone,
        "note": note,
    }
    live = (Booking.status == BookingStatus.HELD, Booking.hold_expires_at > now)
    if _change(session, booking, *live, **values):
        _issue(session, booking, key_id, actor, now)
        return booking
    session.refresh(booking, _MUTABLE, with_for_update=True)
    was = booking.status
    if was not in (BookingStatus.HELD, BookingStatus.EXPIRED):
        return _settled(booking)
    _change(session, booking, **values)
    _issue(session, booking, key_id, actor, now)
    if was is BookingStatus.HELD:  # overdue, its places not given back yet
        free_places(session, slot_id=booking.slot_id, places=booking.party_size)
    _take_again(session, booking, now)
    return booking


def cancel_booking(session: Session, *, booking: Booking, now: datetime, actor: Actor) -> Booking:
    """Give the places of a hold or a booking back and void its tickets.

    Done already or expired, it changes nothing. Raises CancelTooLateError once the experience's
    time for it is over, BookingUsedError when somebody of the party is in.
    """
    in_time = now <= booking.free_cancel_until
    may = (BookingStatus.HELD, BookingStatus.CONFIRMED) if in_time else (BookingStatus.HELD,)
    if _give_up(session, booking, may, now, actor):
        return booking
    session.refresh(booking, _MUTABLE)
    match booking.status:
        case BookingStatus.CANCELLED | BookingStatus.EXPIRED:
            return booking
        case BookingStatus.CONFIRMED if not in_time:
            raise CancelTooLateError(until=booking.free_cancel_until)
    raise BookingUsedError(reference=booking.reference)


def release_hold(session: Session, *, booking: Booking, now: datetime, actor: Actor) -> Booking:
    """Give the places of a hold back before its time. What is no hold stays as it is."""
    if not _give_up(session, booking, (BookingStatus.HELD,), now, actor):
        session.refresh(booking, _MUTABLE)
    return booking


def expire_holds(session: Session, *, now: datetime, slot_id: int | None = None) -> int:
    """Give back the places of holds that are over, of one slot or of all; says how many were.

    Holds that another process is just changing are left to it: whoever asks may stand on a
    slot's lock and must not wait for a booking.
    """
    overdue = overdue_holds(now)
    if slot_id is not None:
        overdue = overdue.where(Booking.slot_id == slot_id)
    expired = session.execute(
        sa.update(Booking)
        .where(Booking.id.in_(overdue.with_for_update(skip_locked=True)))
        .values(status=BookingStatus.EXPIRED)
        .returning(Booking.reference, Booking.slot_id, Booking.party_size),
        execution_options={"synchronize_session": False},
    ).all()
    freed: Counter[int] = Counter()
    for reference, of_slot, places in expired:
        freed[of_slot] += places
        record(
            session, actor=SYSTEM, action="booking.expire", subject=("booking", reference), at=now
        )
    session.flush()
    for of_slot in sorted(freed):  # always in the same order, so that two sweeps cannot entangle
        free_places(session, slot_id=of_slot, places=freed[of_slot])
    return len(expired)


def check_time(slot: Slot, zone: ZoneInfo, now: datetime) -> None:
    """Raises SlotOverError, SlotTooEarlyError or SlotClosedError for a slot (with its experience)
    that may not be booked at that instant, whatever room it has."""
    match availability(slot, now):
        case Availability.OVER:
            raise SlotOverError(slot_id=slot.id)
        case Availability.CLOSED | Availability.FREE:
            raise SlotClosedError(slot_id=slot.id, state=slot.state)
    if slot.starts_at.astimezone(zone).date() > last_day(
        slot.experience, now.astimezone(zone).date()
    ):
        raise SlotTooEarlyError(slot_id=slot.id)


def take_or_expire(session: Session, *, slot_id: int, places: int, now: datetime) -> None:
    """Take places; a slot that looks full first gets back what overdue holds keep."""
    try:
        take_places(session, slot_id=slot_id, places=places)
    except SlotFullError:
        if not expire_holds(session, now=now, slot_id=slot_id):
            raise
        take_places(session, slot_id=slot_id, places=places)


def _check_phone(session: Session, booking: Booking, phone: str | None) -> None:
    """Visitors have a limit each; a channel may give one number for all and has its own limits."""
    if phone is None or booking.channel_id is not None:
        return
    made = count_of_phone_that_day(session, phone, booking.slot.starts_at)
    most = booking.slot.experience.bookings_per_phone
    if made >= most:
        raise TooManyBookingsError(most=most)


def _write(session: Session, party: Party, actor: Actor, **values: Any) -> tuple[Booking, bool]:
    """A new booking, or the one that a request with the same key has made in the meantime.

    ON CONFLICT waits for that other request to end, and unlike an error it leaves the transaction
    usable. A conflict without such a booking means that the random reference was taken.
    """
    values["key"] = new_key()
    after = {"status": values["status"], "slot": values["slot_id"], "party": party.size}
    units = [
        {"unit_id": unit.id, "quantity": quantity, "price_amount": unit.price_amount}
        for unit, quantity in party.units
    ]
    while True:
        values["reference"] = new_reference()
        entry = audit_entry(actor, "hold", values["reference"], values["created_at"], after)
        made = write_hold(session, booking=values, units=units, entry=entry)
        if made is not None:
            return loaded(session, {"id": made, **values}), True
        wanted = values["idempotency_key"]
        repeated = wanted and find_repeated(session, wanted)
        if repeated:
            return repeated, False


def _take_again(session: Session, booking: Booking, now: datetime) -> None:
    if now >= booking.slot.ends_at - booking.slot.experience.booking_cutoff:
        raise BookingExpiredError(reference=booking.reference)
    try:
        take_or_expire(session, slot_id=booking.slot_id, places=booking.party_size, now=now)
    except (SlotFullError, SlotClosedError) as error:
        raise BookingExpiredError(reference=booking.reference) from error


def _change(
    session: Session, booking: Booking, *where: sa.ColumnElement[bool], **values: Any
) -> int:
    """Change the booking's row if it still is as `where` says: its party's size, or 0 if not."""
    size: int | None = session.scalar(
        sa.update(Booking)
        .where(Booking.id == booking.id, Booking.slot_id == booking.slot_id, *where)
        .values(values)
        .returning(Booking.party_size),
        execution_options={"synchronize_session": False},
    )
    if size is None:
        return 0
    for name, value in (values | {"party_size": size}).items():
        set_committed_value(booking, name, value)
    return size


def _issue(session: Session, booking: Booking, key_id: int, actor: Actor, now: datetime) -> None:
    _record(session, booking, "confirm", actor, now)
    ticket = issue_ticket(
        session,
        booking_id=booking.id,
        slot_id=booking.slot_id,
        starts_at=booking.slot.starts_at,
        ends_at=booking.slot.ends_at,
        party_size=booking.party_size,
        key_id=key_id,
        now=now,
    )
    set_committed_value(booking, "tickets", [ticket])


def _give_up(
    session: Session,
    booking: Booking,
    may: Collection[BookingStatus],
    now: datetime,
    actor: Actor,
) -> bool:
    """Cancel a booking that is in one of these states and of whose party nobody is in."""
    places = _change(
        session,
        booking,
        Booking.status.in_(may),
        ~SOMEBODY_IS_IN,
        status=BookingStatus.CANCELLED,
        hold_expires_at=None,
        cancelled_at=now,
    )
    if not places:
        return False
    void_tickets(session, booking_id=booking.id)
    _record(session, booking, "cancel", actor, now)
    session.flush()
    free_places(session, slot_id=booking.slot_id, places=places)
    return True


def _settled(booking: Booking) -> Booking:
    """The booking, if it is confirmed; otherwise the error that says how it has ended."""
    match booking.status:
        case BookingStatus.CANCELLED:
            raise BookingCancelledError(reference=booking.reference)
        case BookingStatus.HELD | BookingStatus.EXPIRED:
            raise BookingExpiredError(reference=booking.reference)
    return booking


def _record(
    session: Session, booking: Booking, action: str, actor: Actor, at: datetime, **after: object
) -> None:
    subject = ("booking", booking.reference)
    after = {"status": booking.status, **after}
    record(session, actor=actor, action=f"booking.{action}", subject=subject, at=at, after=after)
