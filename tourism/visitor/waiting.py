"""The waiting list of a full slot: getting in line, one's turn, leaving it."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tourism.bookings.errors import PartyError, SlotHasRoomError
from tourism.bookings.waiting import (
    ANSWER_WITHIN,
    get_waiting,
    join_waiting,
    leave_waiting,
    turn_of,
)
from tourism.core.clock import now
from tourism.core.errors import ConflictError
from tourism.experiences.queries import get_slot
from tourism.visitor.contacts import ContactForm, contact_form
from tourism.web.auth import actor
from tourism.web.db import db_session, transaction
from tourism.web.languages import current_language
from tourism.web.limits import limiter
from tourism.web.parties import addressed, party_form, quantities, typed_quantities

bp = Blueprint("waiting", __name__)


@bp.get("/slots/<int:slot_id>/waiting")
def new(slot_id: int) -> ResponseReturnValue:
    return _join_page(slot_id, request.args, contact_form())


@bp.post("/slots/<int:slot_id>/waiting")
@limiter.limit("20/minute")
def create(slot_id: int) -> ResponseReturnValue:
    """Leads back to booking when there is room after all, or nothing to wait for."""
    form, party = ContactForm(), quantities(typed_quantities(request.form))
    if not form.validate() or party is None:
        return _join_page(slot_id, request.form, form), 422
    try:
        with transaction() as session:
            waiting = join_waiting(
                session,
                slot_id=slot_id,
                party=party,
                name=form.name.data or "",
                phone=form.phone.number,
                language=current_language(),
                now=now(),
                actor=actor(),
            )
    except SlotHasRoomError:
        flash(_("There is room again: you can book at once."), "good")
        return _to_booking(slot_id, party)
    except (PartyError, ConflictError):
        return _to_booking(slot_id, party)
    return redirect(url_for(".show", key=waiting.key), 303)


@bp.get("/waiting/<key>")
def show(key: str) -> ResponseReturnValue:
    waiting = get_waiting(db_session(), key)
    slot = get_slot(db_session(), waiting.slot_id)
    return render_template(
        "visitor/waiting/show.html",
        waiting=waiting,
        slot=slot,
        turn=turn_of(db_session(), waiting),
        is_held=waiting.booking is not None and waiting.booking.is_held_at(now()),
        within=ANSWER_WITHIN,
    )


@bp.post("/waiting/<key>/leave")
def leave(key: str) -> ResponseReturnValue:
    with transaction() as session:
        leave_waiting(session, waiting=get_waiting(session, key), now=now(), actor=actor())
    return redirect(url_for(".show", key=key), 303)


@bp.after_request
def _keep_private(response: Response) -> Response:
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _join_page(slot_id: int, values: Mapping[str, str], form: ContactForm) -> str:
    slot = get_slot(db_session(), slot_id)
    party = party_form(slot.experience, typed_quantities(values))
    return render_template(
        "visitor/waiting/new.html", slot=slot, party=party, form=form, within=ANSWER_WITHIN
    )


def _to_booking(slot_id: int, party: Mapping[int, int]) -> ResponseReturnValue:
    values: dict[str, Any] = addressed(party.items())
    return redirect(url_for("visitor.bookings.new", slot_id=slot_id, **values), 303)
