"""Holding and confirming for strangers when everybody comes at once: the plain case, shortly.

Each short way asks what the view and its hooks ask, in the same words, and answers with the same
headers. Whatever is not plain (somebody signed in, a stale form, a limit reached, something typed
wrong, a full slot) is left to the view, and nothing has been done.
"""

from flask import Response, current_app, g, request
from flask_wtf.csrf import CSRFError

from tourism.audit.operations import VISITOR
from tourism.bookings.errors import BookingNotFoundError
from tourism.core.clock import now
from tourism.settings import Settings
from tourism.visitor.access import claim_asked_for, to_booking
from tourism.visitor.bookings import page_key, per_address
from tourism.visitor.contacts import forget_contact, open_booking, plain_contact
from tourism.web import rush
from tourism.web.codes import ticket_keys
from tourism.web.languages import current_language
from tourism.web.limits import count_ahead
from tourism.web.pages import is_stranger
from tourism.web.parties import quantities, typed_quantities
from tourism.web.prompt import Site
from tourism.web.security import has_nul
from tourism.web.site import load_destination


def init_app(app: Site) -> None:
    app.short_ways |= {"visitor.bookings.create": hold, "visitor.bookings.confirm": confirm}


def hold(slot_id: int) -> Response | None:
    """`bookings.create`."""
    party = quantities(typed_quantities(request.form))
    key = party and page_key(slot_id, party)
    # With a key it may be asked for twice: the view can be asked whatever happens here.
    if not party or not key or not (_is_plain() and count_ahead(per_address())):
        return None
    settings: Settings = current_app.config["TOURISM"]
    held = rush.try_hold(
        slot_id,
        party=party,
        language=current_language(),
        now=now(),
        hold=settings.hold,
        idempotency_key=key,
        actor=VISITOR,
    )
    return None if held is None else current_app.process_response(to_booking(held))


def confirm(reference: str) -> Response | None:
    """`bookings.confirm`."""
    if not (_is_plain() and count_ahead(per_address())):
        return None
    contact = plain_contact(request.form, g.destination.country)
    if contact is None:
        return None
    try:
        claim = claim_asked_for(reference)
    except BookingNotFoundError:
        return None
    key_id = ticket_keys().current_id
    if not rush.try_confirm(claim, **contact, now=now(), key_id=key_id, actor=VISITOR):
        return None
    forget_contact()
    open_booking(claim)
    return current_app.process_response(to_booking(claim))


def _is_plain() -> bool:
    """Whether it comes from a stranger's fresh form."""
    if has_nul() or not is_stranger():
        return False
    load_destination()
    return not current_app.config["WTF_CSRF_ENABLED"] or _is_own_form()


def _is_own_form() -> bool:
    try:
        current_app.extensions["csrf"].protect()
    except CSRFError:
        return False
    return True
