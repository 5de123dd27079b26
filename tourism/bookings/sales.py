"""Bookings that a channel makes: the same operations as everybody's, within the channel's terms.

A channel's limits are kept by locking its row first: of its own requests one books after the
other, so what it has sold can be counted. The slot's places are guarded by the ledger as always.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tourism.audit.operations import Actor, record
from tourism.bookings.changes import move_booking, shrink_booking
from tourism.bookings.errors import (
    BookingFixedError,
    BookingNotFoundError,
    PartyFixedError,
    SaleRepeatedError,
)
from tourism.bookings.models import COUNTED, Booking, BookingStatus, BookingUnit, Offer, Sale
from tourism.bookings.offers import choose_other, decline_offer, find_open_offer
from tourism.bookings.operations import cancel_booking, confirm_booking, extend_hold, hold_slot
from tourism.channels.errors import DailyLimitError, ShareError
from tourism.channels.models import Channel
from tourism.experiences.models import Experience, Slot
from tourism.experiences.queries import midnight

MOST_LISTED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """One visitor of a sale, as the channel knows them."""

    uuid: str
    unit_id: int
    reseller_reference: str | None = None
    contact: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What a channel notes about a sale; empty leaves it as it is."""

    reseller_reference: str | None = None
    contact: dict[str, Any] | None = None
    name: str | None = None
    phone: str | None = None
    text: str | None = None
    guests: Sequence[Guest] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which sales: at least one of these is set."""

    reseller_reference: str | None = None
    reference: str | None = None
    first: date | None = None
    last: date | None = None
    experience: str | None = None


def sell_slot(  # noqa: PLR0913 - each is a fact of the request
    session: Session,
    *,
    channel: Channel,
    uuid: str,
    slot_id: int,
    note: Note,
    language: str,
    hold: timedelta,
    zone: ZoneInfo,
    now: datetime,
    actor: Actor,
) -> Sale:
    """Hold places for a channel's visitors, within its terms.

    Asked again with the same uuid it gives back what it made. Raises what `hold_slot` raises,
    ShareError, DailyLimitError, and SaleRepeatedError for a uuid used for something else.
    """
    _lock(session, channel)
    guests = note.guests or ()
    party = Counter(guest.unit_id for guest in guests)
    booking = hold_slot(
        session,
        slot_id=slot_id,
        party=party,
        language=language,
        now=now,
        hold=hold,
        idempotency_key=f"channel:{channel.id}:{uuid}",
        actor=actor,
        channel_id=channel.id,
    )
    made = session.get(Sale, booking.id)
    if made is not None:
        return _same(made, booking, slot_id, party)
    sale = Sale(
        booking_id=booking.id,
        channel_id=channel.id,
        uuid=uuid,
        reseller_reference=note.reseller_reference,
        contact=note.contact or {},
        items=[asdict(guest) for guest in guests],
        updated_at=now,
    )
    booking.note = note.text or ""
    session.add(sale)
    session.flush()
    _check_limits(session, channel, slot_id, zone, now)
    return sale


def extend_sale(
    session: Session, *, sale: Sale, hold: timedelta, now: datetime, actor: Actor
) -> None:
    """Keep the places until so long from now, at least. Raises what `extend_hold` raises."""
    ends = sale.booking.hold_expires_at
    if sale.booking.is_held_at(now) and ends is not None and ends >= now + hold:
        return
    extend_hold(session, booking=sale.booking, now=now, hold=hold, actor=actor)
    sale.updated_at = now


def confirm_sale(
    session: Session,
    *,
    channel: Channel,
    sale: Sale,
    note: Note,
    key_id: int,
    zone: ZoneInfo,
    now: datetime,
    actor: Actor,
) -> None:
    """Turn a channel's hold into a booking. Done already, it changes nothing.

    Raises what `confirm_booking` raises, PartyFixedError, ShareError, DailyLimitError.
    """
    booking = sale.booking
    if booking.status is BookingStatus.CONFIRMED:
        return
    _lock(session, channel)
    confirm_booking(
        session,
        booking=booking,
        name=note.name or channel.name,
        phone=note.phone,
        note=note.text if note.text is not None else booking.note,
        now=now,
        key_id=key_id,
        actor=actor,
    )
    if note.guests is not None and Counter(g.unit_id for g in note.guests) != _party(sale.items):
        raise PartyFixedError(reference=booking.reference)
    _write(sale, note, now)
    session.flush()
    _check_limits(session, channel, booking.slot_id, zone, now)


def update_sale(
    session: Session,
    *,
    channel: Channel,
    sale: Sale,
    note: Note,
    slot_id: int,
    zone: ZoneInfo,
    now: datetime,
    actor: Actor,
) -> None:
    """Note something else about a sale; once it is confirmed, also move it or let fewer come.

    What a closure offers may be taken at any time and beyond the channel's limits. Raises
    BookingFixedError, PartyFixedError for a hold, what `move_booking` and `shrink_booking` raise,
    ShareError and DailyLimitError.
    """
    booking = sale.booking
    offer = find_open_offer(session, booking)
    if not may_change(booking, now, offer):
        raise BookingFixedError(reference=booking.reference)
    party = _party(sale.items) if note.guests is None else Counter(g.unit_id for g in note.guests)
    if slot_id != booking.slot_id or party != _party(sale.items):
        if booking.status is not BookingStatus.CONFIRMED:
            raise PartyFixedError(reference=booking.reference)
        _lock(session, channel)
        shrink_booking(session, booking=booking, party=party, now=now, actor=actor)
        if offer is None:
            move_booking(session, booking=booking, slot_id=slot_id, now=now, actor=actor)
            _check_limits(session, channel, slot_id, zone, now)
        elif slot_id != booking.slot_id:
            choose_other(session, booking=booking, slot_id=slot_id, now=now, actor=actor)
    _write(sale, note, now)
    if note.text is not None:
        booking.note = note.text
    if booking.status is BookingStatus.CONFIRMED and note.contact is not None:
        booking.name, booking.phone = note.name or booking.name, note.phone or booking.phone
    record(
        session,
        actor=actor,
        action="booking.update",
        subject=("booking", booking.reference),
        at=now,
    )
    session.flush()


def cancel_sale(
    session: Session, *, sale: Sale, reason: str | None, now: datetime, actor: Actor
) -> None:
    """Give a channel's places back; after a closure at any time. Raises what `cancel_booking`
    raises."""
    before = sale.booking.status
    if find_open_offer(session, sale.booking):
        decline_offer(session, booking=sale.booking, now=now, actor=actor)
    else:
        cancel_booking(session, booking=sale.booking, now=now, actor=actor)
    if before is not sale.booking.status:
        sale.cancel_reason, sale.updated_at = reason, now
    session.flush()


def may_change(booking: Booking, now: datetime, offer: Offer | None) -> bool:
    """Whether it may still be cancelled or changed; needs slot, experience and tickets, and the
    open offer of a closure if there is one."""
    if booking.status is not BookingStatus.CONFIRMED:
        return booking.is_held_at(now)
    nobody_in = not any(ticket.admitted for ticket in booking.tickets)
    return nobody_in and (offer is not None or now <= booking.free_cancel_until)


def get_sale(session: Session, channel_id: int, uuid: str) -> Sale:
    """A channel's own sale with all that describes its booking, as the database has it now.

    Raises BookingNotFoundError for every other: whether it exists is not theirs to know.
    """
    query = _whole().where(Sale.channel_id == channel_id, Sale.uuid == uuid.lower())
    found = session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise BookingNotFoundError(uuid=uuid)
    return found


def find_sales(session: Session, channel_id: int, wanted: Wanted, zone: ZoneInfo) -> Sequence[Sale]:
    """A channel's own sales, the newest first and no more than MOST_LISTED."""
    query = _whole().join(Sale.booking).join(Booking.slot).where(Sale.channel_id == channel_id)
    if wanted.reseller_reference is not None:
        query = query.where(Sale.reseller_reference == wanted.reseller_reference)
    if wanted.reference is not None:
        query = query.where(Booking.reference == wanted.reference)
    if wanted.first is not None:
        query = query.where(Slot.starts_at >= midnight(wanted.first, zone))
    if wanted.last is not None:
        query = query.where(Slot.starts_at < midnight(wanted.last + timedelta(days=1), zone))
    if wanted.experience is not None:
        mine = sa.select(Experience.id).where(Experience.slug == wanted.experience)
        query = query.where(Slot.experience_id.in_(mine))
    query = query.order_by(Sale.booking_id.desc()).limit(MOST_LISTED)
    return session.scalars(query.execution_options(populate_existing=True)).all()


def sold_places(
    session: Session, channel_id: int, slot_ids: Collection[int], now: datetime
) -> dict[int, int]:
    """How many places of each of these slots a channel has, holds included."""
    query = _sold(channel_id, now).where(Booking.slot_id.in_(slot_ids))
    rows = session.execute(query.add_columns(Booking.slot_id).group_by(Booking.slot_id))
    return {slot_id: places for places, slot_id in rows}


def _lock(session: Session, channel: Channel) -> None:
    """Of a channel with limits only one request books at a time."""
    if channel.daily_limit is None and channel.share_percent is None:
        return
    query = sa.select(Channel.id).where(Channel.id == channel.id)
    session.execute(query.with_for_update(key_share=True))


def _same(sale: Sale, booking: Booking, slot_id: int, party: Mapping[int, int]) -> Sale:
    if booking.slot_id != slot_id or party != _party(sale.items):
        raise SaleRepeatedError(uuid=sale.uuid)
    return sale


def _party(items: Sequence[Mapping[str, Any]]) -> Counter[int]:
    return Counter(item["unit_id"] for item in items)


def _write(sale: Sale, note: Note, now: datetime) -> None:
    if note.guests is not None:
        sale.items = [asdict(guest) for guest in note.guests]
    if note.reseller_reference is not None:
        sale.reseller_reference = note.reseller_reference
    if note.contact is not None:
        sale.contact = note.contact
    sale.updated_at = now


def _check_limits(
    session: Session, channel: Channel, slot_id: int, zone: ZoneInfo, now: datetime
) -> None:
    """Refuse what goes over the channel's limits; the new booking is counted already."""
    if channel.share_percent is None and channel.daily_limit is None:
        return
    capacity, starts_at = session.execute(
        sa.select(Slot.capacity, Slot.starts_at).where(Slot.id == slot_id)
    ).one()
    sold = sold_places(session, channel.id, [slot_id], now).get(slot_id, 0)
    if sold > channel.share_of(capacity):
        raise ShareError(most=channel.share_of(capacity))
    if channel.daily_limit is not None:
        day = starts_at.astimezone(zone).date()
        if _sold_on(session, channel, day, zone, now) > channel.daily_limit:
            raise DailyLimitError(limit=channel.daily_limit)


def _sold_on(session: Session, channel: Channel, day: date, zone: ZoneInfo, now: datetime) -> int:
    query = _sold(channel.id, now).join(Booking.slot)
    starts = (
        Slot.starts_at >= midnight(day, zone),
        Slot.starts_at < midnight(day + timedelta(days=1), zone),
    )
    return session.scalar(query.where(*starts)) or 0


def _sold(channel_id: int, now: datetime) -> sa.Select[int]:
    live = sa.or_(Booking.status != BookingStatus.HELD, Booking.hold_expires_at > now)
    query = sa.select(sa.func.coalesce(sa.func.sum(Booking.party_size), 0))
    return query.where(Booking.channel_id == channel_id, Booking.status.in_(COUNTED), live)


def _whole() -> sa.Select[Sale]:
    booking = joinedload(Sale.booking)
    experience = booking.joinedload(Booking.slot).joinedload(Slot.experience)
    return sa.select(Sale).options(
        experience.joinedload(Experience.place),
        experience.joinedload(Experience.operator),
        experience.joinedload(Experience.festival),
        experience.selectinload(Experience.units),
        booking.selectinload(Booking.units).joinedload(BookingUnit.unit),
        booking.selectinload(Booking.tickets),
    )
