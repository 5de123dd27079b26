"""Phones at the gates a person is responsible for: pages that desk and office share.

The parent blueprint guards them; which gates there are is the query's answer to who asks.
"""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tourism.admissions.enrolments import revoke_device
from tourism.admissions.queries import devices_at, gates_of, get_device_of
from tourism.core.clock import now
from tourism.web.auth import actor
from tourism.web.db import db_session, transaction

bp = Blueprint("devices", __name__, url_prefix="/devices")


@bp.get("/")
def index() -> ResponseReturnValue:
    devices = devices_at(db_session(), gates_of(db_session(), current_user))
    return render_template("gates/devices/index.html", devices=devices)


@bp.get("/<int:device_id>/revoke")
def confirm(device_id: int) -> ResponseReturnValue:
    """Ask once more: the phone is of no use at the gate afterwards."""
    device = get_device_of(db_session(), current_user, device_id)
    return render_template("gates/devices/confirm.html", device=device)


@bp.post("/<int:device_id>/revoke")
def revoke(device_id: int) -> ResponseReturnValue:
    with transaction() as session:
        device = get_device_of(session, current_user, device_id)
        revoke_device(session, device=device, actor=actor(), now=now())
    flash(_("%(name)s can no longer scan.", name=device.name or _("The phone")), "good")
    return redirect(url_for(".index"), 303)
