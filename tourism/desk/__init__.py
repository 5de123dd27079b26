"""The orchard desk: for owners, members of an operator."""

from datetime import date, timedelta

from flask import Blueprint
from flask.typing import ResponseReturnValue

from tourism.accounts.models import Role
from tourism.desk import (
    arrivals,
    copying,
    guests,
    harvest,
    harvest_sales,
    people,
    schedule,
    slots,
    timetable,
    walk_ins,
)
from tourism.web import allotment_pages, closure_pages, conflict_pages, device_pages, scan_pages
from tourism.web.auth import keep_private, require_role
from tourism.web.filters import weekday

bp = Blueprint("desk", __name__, url_prefix="/desk")
bp.after_request(keep_private)
for module in (
    arrivals,
    closure_pages,
    conflict_pages,
    copying,
    device_pages,
    allotment_pages,
    scan_pages,
    guests,
    harvest,
    harvest_sales,
    people,
    schedule,
    slots,
    timetable,
    walk_ins,
):
    bp.register_blueprint(module.bp)


@bp.context_processor
def words() -> dict[str, object]:
    """The names of the weekdays, from Monday on, as the page's language has them."""
    monday = date(2001, 1, 1)
    return {"weekday_names": [weekday(monday + timedelta(days=day)) for day in range(7)]}


@bp.before_request
def guard() -> ResponseReturnValue | None:
    return require_role(Role.OWNER)
