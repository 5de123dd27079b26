"""Holding and confirming for strangers when everybody comes at once: the plain case, shortly.

Each short way asks what the view and its hooks ask, in the same words, and answers with the same
headers. Whatever is not plain (somebody signed in, a stale form, a limit reached, something typed
wrong, a full slot) is left to the view, and nothing has been done.
"""

from flask import current_app, g

from tourism.audit.operations import VISITOR
from tourism.bookings.rush import Held
from tourism.core import base32
from tourism.core.clock import now
from tourism.settings import Settings
from tourism.visitor.access import PRIVATE
from tourism.visitor.bookings import page_key, per_address
from tourism.visitor.contacts import forget_contact, open_booking, plain_contact
from tourism.web import rush
from tourism.web.asked import Asked, Headers
from tourism.web.codes import ticket_keys
from tourism.web.limits import count_ahead
from tourism.web.parties import quantities, typed_quantities
from tourism.web.prompt import Site
from tourism.web.site import load_destination

_MOST_DIGITS = 9


def init_app(app: Site) -> None:
    app.short_ways |= {"visitor.bookings.create": hold, "visitor.bookings.confirm": confirm}


def hold(asked: Asked, slot_id: int) -> Headers | None:
    """`bookings.create`."""
    party = quantities(typed_quantities(asked.form))
    key = party and page_key(asked.form, slot_id, party)
    # With a key it may be asked for twice: the view can be asked whatever happens here.
    if not party or not key or not _is_welcome(asked):
        return None
    settings: Settings = current_app.config["TOURISM"]
    asked.environ[rush.TRIED] = True
    held = rush.try_hold(
        slot_id,
        party=party,
        language=asked.language,
        now=now(),
        hold=settings.hold,
        idempotency_key=key,
        actor=VISITOR,
    )
    return None if held is None else _to_booking(asked, held)


def confirm(asked: Asked, reference: str) -> Headers | None:
    """`bookings.confirm`, for who has the booking's private link. The page said of which slot it
    is; where that is no longer so, nothing is written."""
    mine = Held(base32.as_typed(reference), asked.query.get("key", ""))
    slot = asked.form.get("slot", "")
    if not mine.key or not slot.isdecimal() or len(slot) > _MOST_DIGITS or not _is_welcome(asked):
        return None
    contact = plain_contact(asked.form, g.destination.country)
    if contact is None:
        return None
    key_id = ticket_keys().current_id
    asked.environ[rush.TRIED] = True
    if not rush.try_confirm(mine, int(slot), **contact, now=now(), key_id=key_id, actor=VISITOR):
        return None
    forget_contact(asked.session)
    open_booking(mine.reference, asked.session)
    return _to_booking(asked, mine)


def _is_welcome(asked: Asked) -> bool:
    """Whether it is a stranger's own form and within the limit of their address."""
    if not asked.is_plain():
        return False
    load_destination()
    return count_ahead(asked, per_address())


def _to_booking(asked: Asked, held: Held) -> Headers:
    address = f"/bookings/{held.reference}?key={held.key}"
    return [*asked.led_to(address), *PRIVATE.items()]
