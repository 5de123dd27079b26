"""The visitor site: open to everyone."""

from flask import Blueprint

from tourism.visitor import account, bookings, experiences, festivals, home, places, tickets

bp = Blueprint("visitor", __name__)
for module in (account, bookings, experiences, festivals, home, places, tickets):
    bp.register_blueprint(module.bp)
