"""The visitor site: open to everyone."""

from flask import Blueprint, request

from tourism.visitor import (
    account,
    bookings,
    changes,
    experiences,
    festivals,
    home,
    invitations,
    machines,
    offers,
    places,
    tickets,
    waiting,
)
from tourism.web.holds import give_back_overdue_holds
from tourism.web.kept import kept

MODULES = (
    account,
    bookings,
    changes,
    experiences,
    festivals,
    home,
    invitations,
    machines,
    offers,
    places,
    tickets,
    waiting,
)
bp = Blueprint("visitor", __name__)
for module in MODULES:
    bp.register_blueprint(module.bp)


@bp.before_request
def _show_what_is_free() -> None:
    if request.method == "GET":
        kept(("given back",), lambda _session: give_back_overdue_holds())  # once a second
