"""The site's ticket keys and the codes made with them.

Keys are read when they are first needed, so that commands which need none run without. A server
asks for them once before it listens: in production a missing file stops it.
"""

from flask import Flask, current_app
from flask_babel import gettext as _
from markupsafe import Markup

from tourism.core.clock import now
from tourism.settings import Settings, SettingsError
from tourism.tickets import qr
from tourism.tickets.errors import KeyFileError
from tourism.tickets.keys import TicketKeys, create_keys, load_keys
from tourism.tickets.models import Ticket, TicketState
from tourism.tickets.tokens import sign_ticket

_KEY = "tourism.ticket_keys"


def init_app(app: Flask, settings: Settings) -> None:
    app.extensions[_KEY] = None
    app.add_template_global(ticket_svg)
    app.add_template_global(ticket_state)


def ticket_keys() -> TicketKeys:
    """The keys of the present app. Raises SettingsError where they are missing in production."""
    keys: TicketKeys | None = current_app.extensions[_KEY]
    if keys is None:
        keys = current_app.extensions[_KEY] = _load(current_app.config["TOURISM"])
    return keys


def ticket_code(ticket: Ticket) -> str:
    """The text of the ticket's QR code."""
    return sign_ticket(ticket_keys(), ticket)


def ticket_svg(ticket: Ticket) -> Markup:
    """The ticket's QR code, to stand in a page; drawn once for each text and language."""
    return qr.svg(ticket_code(ticket), _("QR code of the ticket"))


def ticket_state(ticket: Ticket) -> TicketState:
    """How the ticket stands as the page is made."""
    return ticket.state_at(now())


def _load(settings: Settings) -> TicketKeys:
    path = settings.ticket_keys_file
    try:
        if settings.is_demo and not path.exists():
            return _made_or_found(settings)
        return load_keys(path)
    except KeyFileError as error:
        raise SettingsError(f"{error}; `tourism keys create` makes them") from error


def _made_or_found(settings: Settings) -> TicketKeys:
    try:
        return create_keys(settings.ticket_keys_file)
    except KeyFileError:  # another process of the same demo was quicker
        return load_keys(settings.ticket_keys_file)
