"""The tourism office: for officers."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from tourism.accounts.models import Role
from tourism.office import (
    audit,
    ceilings,
    channels,
    experiences,
    gates,
    invitations,
    notices,
    operators,
    people,
    rules,
    statistics,
    units,
)
from tourism.web import allotment_pages, closure_pages, conflict_pages, device_pages, scan_pages
from tourism.web.auth import keep_private, require_role

bp = Blueprint("office", __name__, url_prefix="/office")
bp.after_request(keep_private)
for module in (
    audit,
    ceilings,
    channels,
    closure_pages,
    conflict_pages,
    device_pages,
    allotment_pages,
    scan_pages,
    experiences,
    gates,
    invitations,
    notices,
    operators,
    people,
    rules,
    statistics,
    units,
):
    bp.register_blueprint(module.bp)


@bp.before_request
def guard() -> ResponseReturnValue | None:
    return require_role(Role.OFFICER)
