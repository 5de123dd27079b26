"""What a channel books: held, extended, confirmed, changed, cancelled, looked up."""

from datetime import date, timedelta
from uuid import uuid4

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tourism.bookings.sales import (
    Wanted,
    cancel_sale,
    confirm_sale,
    extend_sale,
    find_sales,
    get_sale,
    sell_slot,
    update_sale,
)
from tourism.channel import rehearsals
from tourism.channel.availability import check_currency, find_offer
from tourism.channel.catalogue import OPTION, zone
from tourism.channel.errors import bad_request, no_option, refused
from tourism.channel.parties import note_of
from tourism.channel.products import experience_asked_for
from tourism.channel.receipts import receipt, receipts
from tourism.channel.schemas.bookings import Cancel, Confirm, Extend, Reserve, Update
from tourism.channel.seller import actor, answer, current_channel, current_key, read
from tourism.core.base32 import as_typed
from tourism.core.clock import now
from tourism.web.codes import ticket_keys
from tourism.web.db import db_session, transaction
from tourism.web.languages import current_language

bp = Blueprint("bookings", __name__, url_prefix="/bookings")
_LONGEST_HOLD = timedelta(minutes=30)


@bp.post("", strict_slashes=False)
def create() -> ResponseReturnValue:
    asked = read(Reserve)
    experience = experience_asked_for(asked.product_id, asked.option_id)
    check_currency(asked.currency)
    note = note_of(asked, experience)
    offer = find_offer(experience, asked.availability_id, len(asked.unit_items))
    uuid = (asked.uuid or str(uuid4())).lower()
    if current_key().is_test and (played := rehearsals.repeated(uuid, asked)):
        return answer(played)
    with rehearsals.stage() as session:
        moment = now()
        sell_slot(
            session,
            channel=current_channel(),
            uuid=uuid,
            slot_id=offer.slot.id,
            note=note,
            language=current_language(),
            hold=_hold(asked.expiration_minutes),
            zone=zone(),
            now=moment,
            actor=actor(),
        )
        made = receipt(get_sale(session, current_channel().id, uuid), moment)
    if current_key().is_test:
        rehearsals.keep(made)
    return answer(made)


@bp.post("/<uuid>/extend", strict_slashes=False)
def extend(uuid: str) -> ResponseReturnValue:
    hold = _hold(read(Extend).expiration_minutes)
    if current_key().is_test:
        return answer(rehearsals.extend(uuid, hold))
    with transaction() as session:
        sale = get_sale(session, current_channel().id, uuid)
        extend_sale(session, sale=sale, hold=hold, now=now(), actor=actor())
    return show(uuid)


@bp.post("/<uuid>/confirm", strict_slashes=False)
def confirm(uuid: str) -> ResponseReturnValue:
    asked = read(Confirm)
    if current_key().is_test:
        return answer(rehearsals.confirm(uuid, asked))
    with transaction() as session:
        sale = get_sale(session, current_channel().id, uuid)
        confirm_sale(
            session,
            channel=current_channel(),
            sale=sale,
            note=note_of(asked, sale.booking.slot.experience),
            key_id=ticket_keys().current_id,
            zone=zone(),
            now=now(),
            actor=actor(),
        )
    return show(uuid)


@bp.patch("/<uuid>", strict_slashes=False)
def update(uuid: str) -> ResponseReturnValue:
    asked = read(Update)
    if current_key().is_test:
        return answer(rehearsals.update(uuid, asked))
    with transaction() as session:
        sale = get_sale(session, current_channel().id, uuid)
        experience = sale.booking.slot.experience
        if asked.product_id not in (None, experience.slug):
            raise refused(_("Another product is another booking: cancel this one and book anew."))
        if asked.option_id not in (None, OPTION):
            raise no_option(asked.option_id)
        slot_id = sale.booking.slot_id
        if asked.availability_id is not None:
            slot_id = find_offer(experience, asked.availability_id, 0).slot.id
        update_sale(
            session,
            channel=current_channel(),
            sale=sale,
            note=note_of(asked, experience),
            slot_id=slot_id,
            zone=zone(),
            now=now(),
            actor=actor(),
        )
        if asked.expiration_minutes is not None:
            hold = _hold(asked.expiration_minutes)
            extend_sale(session, sale=sale, hold=hold, now=now(), actor=actor())
    return show(uuid)


@bp.post("/<uuid>/cancel", strict_slashes=False)
def cancel(uuid: str) -> ResponseReturnValue:
    asked = read(Cancel)
    if current_key().is_test:
        return answer(rehearsals.cancel(uuid, asked.reason))
    with transaction() as session:
        sale = get_sale(session, current_channel().id, uuid)
        cancel_sale(session, sale=sale, reason=asked.reason, now=now(), actor=actor())
    return show(uuid)


@bp.get("/<uuid>", strict_slashes=False)
def show(uuid: str) -> ResponseReturnValue:
    if current_key().is_test:
        return answer(rehearsals.get(uuid))
    return answer(receipt(get_sale(db_session(), current_channel().id, uuid), now()))


@bp.get("", strict_slashes=False)
def index() -> ResponseReturnValue:
    wanted = _wanted()
    if request.args.get("optionId", OPTION) != OPTION:
        return answer([])
    if current_key().is_test:
        return answer(rehearsals.find_all(wanted))
    moment = now()
    found = find_sales(db_session(), current_channel().id, wanted, zone())
    return answer(receipts(found, moment))


def _hold(minutes: int | None) -> timedelta:
    """How long places are kept: as long as visitors have, or as asked, within reason."""
    if minutes is None:
        hold: timedelta = current_app.config["TOURISM"].hold
        return hold
    return min(timedelta(minutes=minutes), _LONGEST_HOLD)


def _wanted() -> Wanted:
    given = request.args
    first = last = _day("localDate")
    wanted = Wanted(
        reseller_reference=given.get("resellerReference"),
        reference=as_typed(given["supplierReference"]) if "supplierReference" in given else None,
        first=_day("localDateStart") or first,
        last=_day("localDateEnd") or last,
    )
    if wanted == Wanted():
        raise bad_request(_("Say which bookings: by a reference or by dates."))
    if (wanted.first is None) != (wanted.last is None):
        raise bad_request(_("Say the first date and the last."))
    return Wanted(
        reseller_reference=wanted.reseller_reference,
        reference=wanted.reference,
        first=wanted.first,
        last=wanted.last,
        experience=given.get("productId"),
    )


def _day(name: str) -> date | None:
    text = request.args.get(name)
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if not 2000 <= day.year < 2200:
        raise bad_request(_("%(field)s is missing or not as it should be.", field=name))
    return day
