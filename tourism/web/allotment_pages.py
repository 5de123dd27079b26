"""Places that a gate's phone may sell without a network: given beforehand, for each of today's
slots. Desk and office share these pages; the parent blueprint guards them."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tourism.admissions.queries import get_device_of
from tourism.bookings.allotments import give_allotment
from tourism.bookings.on_the_spot import offers_on_the_spot
from tourism.core.clock import now
from tourism.core.errors import TourismError
from tourism.experiences.errors import SlotFullError, SlotNotFoundError
from tourism.web.auth import actor
from tourism.web.db import db_session, transaction

bp = Blueprint("allotments", __name__, url_prefix="/devices/<int:device_id>/places")
LARGEST = 200


@bp.get("/")
def index(device_id: int) -> ResponseReturnValue:
    return _page(device_id)


@bp.post("/")
def give(device_id: int) -> ResponseReturnValue:
    """So many places in all, for one slot; the same number again changes nothing."""
    slot_id = request.form.get("slot", type=int)
    typed = request.form.get("places", "").strip()
    if not typed.isascii() or not typed.isdigit() or int(typed) > LARGEST:
        error = _("Enter a number from 0 to %(most)s.", most=LARGEST)
        return _page(device_id, slot_id, error), 422
    try:
        _give(device_id, slot_id or 0, int(typed))
    except SlotFullError as error:
        left = _("Only %(count)s more places are left.", count=error.facts["left"])
        return _page(device_id, slot_id, left), 422
    except SlotNotFoundError:
        raise
    except TourismError:
        return _page(device_id, slot_id, _("That is not possible for this time now.")), 422
    flash(_("The phone may now sell %(count)s places of this time.", count=int(typed)), "good")
    return redirect(url_for(".index", device_id=device_id), 303)


def _give(device_id: int, slot_id: int, places: int) -> None:
    with transaction() as session:
        device = get_device_of(session, current_user, device_id)
        offers = offers_on_the_spot(
            session, device_id=device.id, operator_id=device.gate.operator_id, now=now()
        )
        if slot_id not in {each.slot.id for each in offers}:
            raise SlotNotFoundError(slot_id=slot_id)
        give_allotment(
            session,
            device_id=device.id,
            slot_id=slot_id,
            places=places,
            now=now(),
            actor=actor(),
        )


def _page(device_id: int, slot_id: int | None = None, error: str = "") -> str:
    session = db_session()
    device = get_device_of(session, current_user, device_id)
    offers = offers_on_the_spot(
        session, device_id=device.id, operator_id=device.gate.operator_id, now=now()
    )
    return render_template(
        "gates/devices/places.html",
        device=device,
        offers=offers,
        wrong=slot_id,
        error=error,
        typed=request.form.get("places", ""),
        most=LARGEST,
    )
