"""Places given to a gate's phone, which may sell them where there is no network.

They count as taken from the moment they are given, so whatever the phone sells of them is never
sold twice. Places held back are given first, sold first, and go back last. A phone's row is locked
before the slot's counter, always in this order.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tourism.audit.operations import Actor, record
from tourism.bookings.errors import HeldBackInvalidError
from tourism.bookings.models import Allotment, Booking
from tourism.bookings.queries import find_repeated, get_booking, get_slot_to_book
from tourism.bookings.spot_places import take_on_the_spot
from tourism.bookings.walk_ins import INSERT, WalkIn, write_walk_in
from tourism.experiences.errors import SlotOverError
from tourism.experiences.held_back import change_held_back, lock_counter
from tourism.experiences.operations import free_places


def give_allotment(
    session: Session, *, device_id: int, slot_id: int, places: int, now: datetime, actor: Actor
) -> Allotment:
    """Let a phone sell so many places from now on, in all; the same number again changes nothing.
    Fewer than it has takes the rest from it: only the phone itself knows that it has not sold them.

    Raises HeldBackInvalidError, SlotOverError, SlotClosedError or SlotFullError with the number
    left; the commit raises CeilingFullError.
    """
    if places < 0:
        raise HeldBackInvalidError(least=0)
    slot, _zone = get_slot_to_book(session, slot_id)
    if places and now >= slot.ends_at:
        raise SlotOverError(slot_id=slot_id)
    mine = _locked(session, device_id, slot_id, now)
    before = mine.places
    if places > before:
        mine.held_back += take_on_the_spot(session, slot_id, places - before, now)
    elif places < before:
        _give_back(session, mine, before - places)
    mine.places = places
    if places != before:
        _record(session, mine, actor, now, before)
    session.flush()
    return mine


def return_allotment(
    session: Session, *, device_id: int, slot_id: int, now: datetime, actor: Actor
) -> None:
    """Take back all that a phone has not sold; done already, it changes nothing."""
    give_allotment(session, device_id=device_id, slot_id=slot_id, places=0, now=now, actor=actor)


def spend_allotment(
    session: Session,
    *,
    device_id: int,
    slot_id: int,
    walk_in: WalkIn,
    key_id: int,
    now: datetime,
    actor: Actor,
) -> Booking:
    """Book a party that a phone has let in by itself, from what it was given; told again with the
    same key, it gives back what was booked. At any time and in any state of the slot: the people
    are inside. Call it once in a transaction.

    What the phone sold beyond its allotment is taken as on the spot, if there is room; otherwise
    SlotFullError or SlotClosedError says that it sold what it did not have (the commit:
    CeilingFullError). Raises a PartyError.
    """
    if before := find_repeated(session, walk_in.idempotency_key):
        return get_booking(session, before.reference)
    slot, _zone = get_slot_to_book(session, slot_id)

    def take(places: int) -> dict[str, int]:
        return _spend(session, device_id, slot_id, places, now)

    return write_walk_in(session, slot, walk_in, take, key_id=key_id, now=now, actor=actor)


def allotments_of_device(session: Session, device_id: int) -> Sequence[Allotment]:
    """What a phone still has to sell."""
    query = sa.select(Allotment).where(Allotment.device_id == device_id, Allotment.places > 0)
    return session.scalars(query.order_by(Allotment.slot_id)).all()


def allotments_of_slot(session: Session, slot_id: int) -> Sequence[Allotment]:
    """Which phones have places of a slot to sell."""
    query = sa.select(Allotment).where(Allotment.slot_id == slot_id, Allotment.places > 0)
    return session.scalars(query.order_by(Allotment.device_id)).all()


def _locked(session: Session, device_id: int, slot_id: int, now: datetime) -> Allotment:
    """The phone's row for the slot, made if there is none."""
    session.flush()
    values = {"device_id": device_id, "slot_id": slot_id, "given_at": now}
    insert = INSERT[session.get_bind().dialect.name](Allotment)
    session.execute(insert.values(**values).on_conflict_do_nothing())
    query = sa.select(Allotment).where(
        Allotment.device_id == device_id, Allotment.slot_id == slot_id
    )
    query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).one()


def _spend(
    session: Session, device_id: int, slot_id: int, places: int, now: datetime
) -> dict[str, int]:
    mine = _locked(session, device_id, slot_id, now)
    own = min(mine.places, places)
    mine.places, mine.sold = mine.places - own, mine.sold + own
    mine.held_back -= min(mine.held_back, own)
    session.flush()
    held = take_on_the_spot(session, slot_id, places - own, now) if places > own else 0
    return {"allotment": own, "held_back": held}


def _give_back(session: Session, mine: Allotment, places: int) -> None:
    """Free places first, so that what was held back for people on the spot stays with them."""
    free = min(places, mine.places - mine.held_back)
    mine.held_back -= places - free
    lock_counter(session, mine.slot_id)
    change_held_back(session, mine.slot_id, places - free)
    if free:
        free_places(session, slot_id=mine.slot_id, places=free)


def _record(session: Session, mine: Allotment, actor: Actor, at: datetime, before: int) -> None:
    record(
        session,
        actor=actor,
        action="slots.allot",
        subject=("slot", mine.slot_id),
        at=at,
        before={"places": before},
        after={"places": mine.places, "device": mine.device_id},
    )
