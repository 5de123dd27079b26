"""Parties that came in twice, at the gates a person is responsible for.

Desk and office share these pages; the parent blueprint guards them.
"""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tourism.admissions.conflicts import (
    LONGEST_NOTE,
    conflicts_of,
    get_conflict_of,
    settle_conflict,
)
from tourism.core.clock import now
from tourism.web.auth import actor
from tourism.web.db import db_session, transaction

bp = Blueprint("conflicts", __name__, url_prefix="/conflicts")


@bp.get("/")
def index() -> ResponseReturnValue:
    conflicts = conflicts_of(db_session(), current_user)
    return render_template("gates/conflicts/index.html", conflicts=conflicts)


@bp.get("/<conflict_id>")
def show(conflict_id: str) -> ResponseReturnValue:
    return _page(conflict_id)


@bp.post("/<conflict_id>")
def settle(conflict_id: str) -> ResponseReturnValue:
    """Close it with what was found out."""
    note = request.form.get("note", "").strip()
    if not note or len(note) > LONGEST_NOTE:
        error = _("Write what you found out, in at most %(most)s letters.", most=LONGEST_NOTE)
        return _page(conflict_id, error), 422
    with transaction() as session:
        conflict = get_conflict_of(session, current_user, conflict_id)
        settle_conflict(session, conflict=conflict, note=note, actor=actor(), now=now())
    flash(_("Closed with your note."), "good")
    return redirect(url_for(".index"), 303)


def _page(conflict_id: str, error: str = "") -> str:
    conflict = get_conflict_of(db_session(), current_user, conflict_id)
    return render_template(
        "gates/conflicts/show.html",
        conflict=conflict,
        error=error,
        note=request.form.get("note", ""),
    )
