"""What goes on at the gates a person is responsible for: who is inside now, and the last scans.

Desk and office share these pages; the parent blueprint guards them.
"""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tourism.admissions.errors import UndoTooLateError
from tourism.admissions.presence import presence_for
from tourism.admissions.undos import get_scan_of, latest_scans_of, undo_scan
from tourism.core.clock import now
from tourism.web.auth import actor
from tourism.web.db import db_session, transaction

bp = Blueprint("scans", __name__, url_prefix="/scans")


@bp.get("/")
def index() -> ResponseReturnValue:
    moment = now()
    slots, ceilings = presence_for(db_session(), current_user, moment)
    scans = latest_scans_of(db_session(), current_user, moment)
    return render_template("gates/scans/index.html", slots=slots, ceilings=ceilings, scans=scans)


@bp.get("/<scan_id>/undo")
def confirm(scan_id: str) -> ResponseReturnValue:
    """Ask once more: the people are counted out again."""
    scan = get_scan_of(db_session(), current_user, scan_id)
    return render_template("gates/scans/confirm.html", scan=scan)


@bp.post("/<scan_id>/undo")
def undo(scan_id: str) -> ResponseReturnValue:
    try:
        with transaction() as session:
            scan = get_scan_of(session, current_user, scan_id)
            undo_scan(session, scan=scan, user=current_user, actor=actor(), now=now())
    except UndoTooLateError:
        flash(_("It is too late to take this scan back. Scan the ticket the other way."), "bad")
    else:
        flash(_("The scan is taken back."), "good")
    return redirect(url_for(".index"), 303)
