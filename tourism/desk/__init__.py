"""The orchard desk: for owners, members of an operator."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from tourism.accounts.models import Role
from tourism.desk import arrivals, devices
from tourism.web.auth import require_role

bp = Blueprint("desk", __name__, url_prefix="/desk")
for module in (arrivals, devices):
    bp.register_blueprint(module.bp)


@bp.before_request
def guard() -> ResponseReturnValue | None:
    return require_role(Role.OWNER)
