"""Saying how ripe it is, and noting what is sold at the exit."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tourism.core.clock import now
from tourism.desk.harvest import page
from tourism.desk.harvest_notes import RipenessForm, SaleForm, kilograms
from tourism.experiences.harvests import say_ripeness, void_weighing, weigh
from tourism.experiences.ownership import get_experience_of
from tourism.web.auth import actor
from tourism.web.db import db_session, transaction
from tourism.web.filters import local

bp = Blueprint("harvest_sales", __name__, url_prefix="/harvest/<int:experience_id>")
bp.add_app_template_filter(kilograms)


@bp.post("/ripeness")
def ripeness(experience_id: int) -> ResponseReturnValue:
    """Visitors read it at once, with today's date."""
    experience = get_experience_of(db_session(), current_user, experience_id)
    form = RipenessForm()
    words = form.read() if form.validate_on_submit() else None
    if form.errors:
        return page(experience, ripeness=form)
    with transaction() as session:
        experience = get_experience_of(session, current_user, experience_id)
        say_ripeness(
            session,
            experience=experience,
            words=words,
            day=local(now()).date(),
            now=now(),
            actor=actor(),
        )
    flash(_("Visitors read it now.") if words else _("The note is gone."), "good")
    return redirect(url_for("desk.harvest.show", experience_id=experience_id), 303)


@bp.post("/sales")
def sell(experience_id: int) -> ResponseReturnValue:
    experience = get_experience_of(db_session(), current_user, experience_id)
    form = SaleForm()
    sale = form.read() if form.validate_on_submit() else None
    if sale is None:
        return page(experience, sale=form)
    with transaction() as session:
        experience = get_experience_of(session, current_user, experience_id)
        made = weigh(
            session,
            experience_id=experience.id,
            day=local(now()).date(),
            sale=sale,
            now=now(),
            actor=actor(),
        )
    flash(_("%(net)s kg noted.", net=kilograms(made.net_g)), "good")
    return redirect(url_for("desk.harvest.show", experience_id=experience_id, _anchor="sales"), 303)


@bp.post("/sales/<int:weighing_id>/void")
def void(experience_id: int, weighing_id: int) -> ResponseReturnValue:
    with transaction() as session:
        experience = get_experience_of(session, current_user, experience_id)
        void_weighing(
            session,
            experience_id=experience.id,
            weighing_id=weighing_id,
            now=now(),
            actor=actor(),
        )
    flash(_("It counts no longer."), "good")
    return redirect(url_for("desk.harvest.show", experience_id=experience_id, _anchor="sales"), 303)
