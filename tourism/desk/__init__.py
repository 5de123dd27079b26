"""The orchard desk: for owners, members of an operator."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from tourism.accounts.models import Role
from tourism.desk import arrivals, slots
from tourism.web import conflict_pages, device_pages
from tourism.web.auth import keep_private, require_role

bp = Blueprint("desk", __name__, url_prefix="/desk")
bp.after_request(keep_private)
for module in (arrivals, conflict_pages, device_pages, slots):
    bp.register_blueprint(module.bp)


@bp.before_request
def guard() -> ResponseReturnValue | None:
    return require_role(Role.OWNER)
