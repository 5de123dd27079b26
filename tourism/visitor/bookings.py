"""Booking a slot: who comes, the hold with its contact form, the booking; and finding it again.

What may be changed on a booking afterwards stands in `changes.py`, who may see it in `access.py`.
"""

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any

from flask import (
    Blueprint,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tourism.bookings.errors import (
    BookingCancelledError,
    BookingExpiredError,
    BookingUsedError,
    CancelTooLateError,
    HoldAtLimitError,
    PartyError,
    TooManyBookingsError,
)
from tourism.bookings.models import Booking, BookingStatus
from tourism.bookings.offers import find_last_offer
from tourism.bookings.operations import (
    cancel_booking,
    extend_hold,
    release_hold,
)
from tourism.bookings.queries import find_booking
from tourism.bookings.settling import lacks_offer
from tourism.bookings.waiting import serve_waiting
from tourism.core.clock import now
from tourism.experiences.errors import (
    CeilingFullError,
    SlotClosedError,
    SlotFullError,
    SlotOverError,
    SlotTooEarlyError,
)
from tourism.experiences.models import Slot
from tourism.experiences.queries import get_slot
from tourism.settings import Settings
from tourism.visitor.access import booking_asked_for, claim_asked_for, guard, to_booking
from tourism.visitor.booking_pages import BookingPage, party_page
from tourism.visitor.contacts import (
    ContactForm,
    FindForm,
    contact_form,
    forget_contact,
    keep_contact,
    open_booking,
    opened_bookings,
)
from tourism.web import rush
from tourism.web.auth import actor
from tourism.web.codes import ticket_keys
from tourism.web.db import db_session, transaction
from tourism.web.forms import one_line
from tourism.web.holds import settle_offers
from tourism.web.languages import current_language
from tourism.web.limits import limiter
from tourism.web.parties import (
    PartyForm,
    addressed,
    party_form,
    pressed_step,
    quantities,
    typed_quantities,
)
from tourism.web.refusals import ceiling_words

bp = Blueprint("bookings", __name__)
guard(bp)
_SLOT_REFUSALS = (SlotFullError, SlotClosedError, SlotOverError, SlotTooEarlyError)


def per_address() -> str:
    """Behind one address of a mobile network stand many people: the settings say how many."""
    return f"{_settings().holds_per_address}/minute"


@bp.route("/slots/<int:slot_id>/bookings/new", methods=["GET", "POST"])
def new(slot_id: int) -> ResponseReturnValue:
    """Who comes. Sent by POST when a key of a stepper was pressed without JavaScript."""
    values = request.form or request.args
    slot = get_slot(db_session(), slot_id)
    form = party_form(slot.experience, typed_quantities(values), pressed_step(values))
    return _party_page(slot, form)


@bp.get("/slots/<int:slot_id>/bookings")
def reload(slot_id: int) -> ResponseReturnValue:
    """Where a reader ends who changes the language of a refused form."""
    return redirect(url_for(".new", slot_id=slot_id), 303)


@bp.post("/slots/<int:slot_id>/bookings")
@limiter.limit(per_address)
def create(slot_id: int) -> ResponseReturnValue:
    typed = typed_quantities(request.form)
    party = quantities(typed)
    if party is None:
        return _party_again(slot_id, typed), 422
    try:
        booking = rush.hold(
            slot_id,
            party=party,
            language=current_language(),
            now=now(),
            hold=_settings().hold,
            idempotency_key=page_key(request.form, slot_id, party),
            actor=actor(),
            visitor_id=current_user.id if current_user.is_authenticated else None,
        )
    except PartyError as error:
        return _party_again(slot_id, typed, error), 422
    except CeilingFullError as error:
        flash(ceiling_words(error), "warn")
        return _party_again(slot_id, typed, was_refused=False), 409
    except _SLOT_REFUSALS:
        return _party_again(slot_id, typed), 409
    return to_booking(booking)


@bp.get("/bookings/<reference>")
def show(reference: str) -> ResponseReturnValue:
    """The booking in its state; on a slot that was closed, with what is offered instead."""
    booking = booking_asked_for(reference)
    if lacks_offer(db_session(), booking):
        settle_offers(now())
    booking = booking_asked_for(reference)
    return _booking_page(booking, contact_form(booking))


@bp.get("/bookings/<reference>/confirm")
@bp.get("/bookings/<reference>/extend")
@bp.get("/bookings/<reference>/release")
def back(reference: str) -> ResponseReturnValue:
    return to_booking(booking_asked_for(reference))


@bp.post("/bookings/<reference>/confirm")
@limiter.limit(per_address)
def confirm(reference: str) -> ResponseReturnValue:
    claim, form = claim_asked_for(reference), ContactForm()
    if not form.validate():
        return _booking_page(booking_asked_for(reference), form), 422
    try:
        rush.confirm(
            claim,
            name=form.name.data or "",
            phone=form.phone.number,
            note=form.note.data or "",
            now=now(),
            key_id=ticket_keys().current_id,
            actor=actor(),
        )
    except TooManyBookingsError as error:
        form.phone.errors = [_too_many(error)]
        return _booking_page(booking_asked_for(reference), form), 422
    except CeilingFullError as error:
        flash(ceiling_words(error), "warn")
        keep_contact(form)
        return _booking_page(booking_asked_for(reference), form), 409
    except BookingExpiredError:
        keep_contact(form)
        return _booking_page(booking_asked_for(reference), form), 409
    except BookingCancelledError:
        return to_booking(booking_asked_for(reference))
    forget_contact()
    open_booking(claim.reference)
    return to_booking(claim)


@bp.post("/bookings/<reference>/extend")
def extend(reference: str) -> ResponseReturnValue:
    booking = booking_asked_for(reference)
    try:
        with transaction() as session:
            extend_hold(session, booking=booking, now=now(), hold=_settings().hold, actor=actor())
    except HoldAtLimitError:
        flash(_("The places cannot be kept any longer: please confirm now."), "warn")
    except (BookingExpiredError, BookingCancelledError):
        pass  # the booking's page says so itself
    return redirect(_address(reference), 303)


@bp.post("/bookings/<reference>/release")
def release(reference: str) -> ResponseReturnValue:
    """Give a hold back to choose the party anew; its places are in the pot again at once."""
    booking = booking_asked_for(reference)
    with transaction() as session:
        release_hold(session, booking=booking, now=now(), actor=actor())
        serve_waiting(session, slot_id=booking.slot_id, now=now())
    if booking.status in (BookingStatus.CONFIRMED, BookingStatus.COMPLETED):
        return to_booking(booking)
    values: dict[str, Any] = addressed((each.unit_id, each.quantity) for each in booking.units)
    return redirect(url_for(".new", slot_id=booking.slot_id, **values), 303)


@bp.get("/bookings/<reference>/cancel")
def ask_cancel(reference: str) -> ResponseReturnValue:
    """What cancelling does, before it is done."""
    booking = booking_asked_for(reference)
    if booking.status is not BookingStatus.CONFIRMED:
        return to_booking(booking)
    page = BookingPage(booking, contact_form(), now())
    return render_template("visitor/bookings/cancel.html", page=page)


@bp.post("/bookings/<reference>/cancel")
def cancel(reference: str) -> ResponseReturnValue:
    booking = booking_asked_for(reference)
    try:
        with transaction() as session:
            cancel_booking(session, booking=booking, now=now(), actor=actor())
            serve_waiting(session, slot_id=booking.slot_id, now=now())
    except (CancelTooLateError, BookingUsedError):
        page = BookingPage(booking_asked_for(reference), contact_form(), now())
        return render_template("visitor/bookings/cancel.html", page=page), 409
    return to_booking(booking)


@bp.get("/bookings")
def find() -> ResponseReturnValue:
    form = FindForm(formdata=None, data={"reference": request.args.get("reference", "")})
    return _find_page(form)


@bp.post("/bookings")
@limiter.limit("10/minute;60/hour")
def search() -> ResponseReturnValue:
    """A wrong phone and a wrong number get the same answer."""
    form = FindForm()
    if not form.validate():
        return _find_page(form), 422
    booking = find_booking(db_session(), form.reference.data or "", form.phone.number)
    if booking is None:
        return _find_page(form, not_found=True), 422
    open_booking(booking.reference)
    return redirect(_address(booking.reference), 303)


def _settings() -> Settings:
    settings: Settings = current_app.config["TOURISM"]
    return settings


def _address(reference: str) -> str:
    return url_for(".show", reference=reference, key=request.args.get("key"))


def page_key(form: Mapping[str, str], slot_id: int, party: Mapping[int, int]) -> str | None:
    """One for each page and party: sent twice it books once, but another party is another wish."""
    page = one_line(form.get("request"))[:32]
    if not page:
        return None
    wish = hashlib.sha256(repr((slot_id, sorted(party.items()))).encode()).hexdigest()[:16]
    return f"page:{page}:{wish}"


def _party_again(
    slot_id: int,
    typed: Mapping[int, str],
    error: PartyError | None = None,
    was_refused: bool = True,
) -> str:
    slot = get_slot(db_session(), slot_id)
    form = party_form(slot.experience, typed, error=error)
    return _party_page(slot, form, was_refused=was_refused and not error)


def _party_page(slot: Slot, form: PartyForm, was_refused: bool = False) -> str:
    key = request.form.get("request", "")[:32] or secrets.token_urlsafe(12)
    page = party_page(slot, form, key, _settings().hold, was_refused and not form.faults)
    return render_template("visitor/bookings/new.html", page=page)


def _booking_page(booking: Booking, form: ContactForm) -> str:
    page = BookingPage(booking, form, now())
    offer = find_last_offer(db_session(), booking)
    return render_template(
        f"visitor/bookings/{_template(page)}.html", page=page, link=_link(booking), offer=offer
    )


def _template(page: BookingPage) -> str:
    match page.booking.status:
        case BookingStatus.CANCELLED:
            return "cancelled"
        case BookingStatus.CONFIRMED | BookingStatus.COMPLETED:
            return "confirmed"
    return "held" if page.booking.is_held_at(page.now) else "expired"


def _link(booking: Booking) -> str:
    """The private address of the booking, to keep and to send on."""
    site = _settings().public_url or request.host_url.rstrip("/")
    return site + url_for(".show", reference=booking.reference, key=booking.key)


def _find_page(form: FindForm, not_found: bool = False) -> str:
    opened = opened_bookings()[::-1]
    return render_template(
        "visitor/bookings/find.html", form=form, not_found=not_found, opened=opened
    )


def _too_many(error: TooManyBookingsError) -> str:
    words: str = _(
        "This number already has %(most)s bookings on that day, and that is the most.",
        most=error.facts["most"],
    )
    return words
