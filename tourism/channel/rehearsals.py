"""Bookings with a test key: everything is answered as if it were meant, and nothing is sold.

The hold is really made, by the same operation and under the same rules, and then rolled back with
its places; what was answered is kept (`Rehearsal`). From there on only that answer changes.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _

from tourism.bookings.errors import SaleRepeatedError
from tourism.bookings.sales import Wanted
from tourism.channel.errors import no_booking, refused
from tourism.channel.receipts import contact, second
from tourism.channel.schemas.bookings import (
    Booking,
    BookingStatus,
    Cancellation,
    Confirm,
    DeliveryOption,
    Reserve,
    UnitItem,
    UnitItemAsked,
    Update,
)
from tourism.channel.seller import current_channel, current_key
from tourism.channels.operations import keep_rehearsal
from tourism.channels.queries import find_rehearsal, rehearsals_of
from tourism.core.clock import now
from tourism.web.db import db_session, transaction

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

NO_TICKET = "TEST"  # begins the code of a rehearsed ticket, which no gate takes for one


class _Curtain(Exception):  # noqa: N818 - no error: the play is over
    """Rolls back what was only played."""


@contextmanager
def stage() -> "Iterator[Session]":
    """A transaction that is undone at its end if the key is for tests."""
    try:
        with transaction() as session:
            yield session
            if current_key().is_test:
                raise _Curtain
    except _Curtain:
        pass


def find(uuid: str) -> Booking | None:
    """The rehearsal of that uuid, expired if its time is over."""
    kept = find_rehearsal(db_session(), current_channel().id, uuid.lower())
    return None if kept is None else _as_of_now(kept.body)


def repeated(uuid: str, asked: Reserve) -> Booking | None:
    """What the same request made before. Raises SaleRepeatedError for something else."""
    played = find(uuid)
    if played is None:
        return None
    same = (played.product_id, played.availability_id) == (asked.product_id, asked.availability_id)
    if not same or _party(played.unit_items) != _party(asked.unit_items):
        raise SaleRepeatedError(uuid=uuid)
    return played


def get(uuid: str) -> Booking:
    """As `find`. Raises OctoError."""
    found = find(uuid)
    if found is None:
        raise no_booking(uuid)
    return found


def find_all(wanted: Wanted) -> Sequence[Booking]:
    kept = rehearsals_of(db_session(), current_channel().id)
    found = [_as_of_now(each.body) for each in kept]
    return [each for each in found if _is_wanted(each, wanted)]


def keep(played: Booking) -> None:
    with transaction() as session:
        body = played.model_dump(mode="json", by_alias=True, exclude_unset=True)
        keep_rehearsal(
            session, channel_id=current_channel().id, uuid=played.uuid, body=body, now=now()
        )


def extend(uuid: str, hold: timedelta) -> Booking:
    played = _live(uuid, "ON_HOLD", "CONFIRMED")
    if played.status == "CONFIRMED":
        return played
    return _changed(played, {"utc_expires_at": second(now() + hold)})


def confirm(uuid: str, asked: Confirm) -> Booking:
    played = _live(uuid, "ON_HOLD", "CONFIRMED")
    if played.status == "CONFIRMED":
        return played
    code = DeliveryOption(
        delivery_format="QRCODE", delivery_value=f"{NO_TICKET} {played.supplier_reference}"
    )
    assert played.voucher is not None
    return _changed(
        played,
        {
            "status": "CONFIRMED",
            "utc_expires_at": None,
            "utc_confirmed_at": second(now()),
            "voucher": played.voucher.model_copy(update={"delivery_options": [code]}),
            **_noted(asked),
        },
    )


def update(uuid: str, asked: Update) -> Booking:
    played = _live(uuid, "ON_HOLD", "CONFIRMED")
    if asked.availability_id not in (None, played.availability_id):
        raise refused(_("Who comes and when cannot be changed: cancel it and book anew."))
    notes = {} if asked.notes is None else {"notes": asked.notes}
    return _changed(played, _noted(asked) | notes)


def cancel(uuid: str, reason: str | None) -> Booking:
    played = get(uuid)
    if played.status not in ("ON_HOLD", "CONFIRMED"):
        return played
    given = Cancellation(refund="FULL", reason=reason, utc_cancelled_at=second(now()))
    assert played.voucher is not None
    return _changed(
        played,
        {
            "status": "CANCELLED",
            "utc_expires_at": None,
            "cancellation": given,
            "cancellable": False,
            "voucher": played.voucher.model_copy(update={"delivery_options": []}),
        },
    )


def _live(uuid: str, *states: BookingStatus) -> Booking:
    played = get(uuid)
    if played.status == "EXPIRED":
        raise no_booking(uuid)
    if played.status not in states:
        raise refused(_("The booking is cancelled."))
    return played


def _party(items: Sequence[UnitItem] | Sequence[UnitItemAsked]) -> Counter[str]:
    return Counter(item.unit_id for item in items)


def _noted(asked: Confirm | Update) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if asked.contact is not None:
        values["contact"] = contact(asked.contact.model_dump())
    if asked.reseller_reference is not None:
        values["reseller_reference"] = asked.reseller_reference
    return values


def _changed(played: Booking, values: dict[str, Any]) -> Booking:
    values |= {"utc_updated_at": second(now())}
    if "status" in values:
        values["unit_items"] = [
            item.model_copy(update={"status": values["status"]}) for item in played.unit_items
        ]
    changed = played.model_copy(update=values)
    keep(changed)
    return changed


def _as_of_now(body: dict[str, Any]) -> Booking:
    played = Booking.model_validate(body)
    over = played.utc_expires_at is not None and played.utc_expires_at <= now()
    if played.status != "ON_HOLD" or not over:
        return played
    items = [item.model_copy(update={"status": "EXPIRED"}) for item in played.unit_items]
    return played.model_copy(
        update={"status": "EXPIRED", "cancellable": False, "unit_items": items}
    )


def _is_wanted(played: Booking, wanted: Wanted) -> bool:
    assert played.availability is not None
    day = played.availability.local_date_time_start.date()
    return (
        wanted.reseller_reference in (None, played.reseller_reference)
        and wanted.reference in (None, played.supplier_reference)
        and wanted.experience in (None, played.product_id)
        and (wanted.first or date.min) <= day <= (wanted.last or date.max)
    )
