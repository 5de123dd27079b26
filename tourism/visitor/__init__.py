"""The visitor site: open to everyone."""

from flask import Blueprint, request

from tourism.visitor import (
    account,
    bookings,
    changes,
    experiences,
    festivals,
    home,
    places,
    tickets,
)
from tourism.web.holds import give_back_overdue_holds

bp = Blueprint("visitor", __name__)
for module in (account, bookings, changes, experiences, festivals, home, places, tickets):
    bp.register_blueprint(module.bp)


@bp.before_request
def _show_what_is_free() -> None:
    if request.method == "GET":
        give_back_overdue_holds()
