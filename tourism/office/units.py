"""The price list of an experience: kinds of visitors, each with what it pays."""

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tourism.core.clock import now
from tourism.experiences.catalogue import get_whole_experience, has_times
from tourism.experiences.errors import ExperienceInUseError
from tourism.experiences.models import Experience, Unit
from tourism.experiences.price_lists import add_unit, change_unit, get_unit, remove_unit
from tourism.office.experience_forms import UnitForm, unit_values
from tourism.web.auth import actor
from tourism.web.db import db_session, transaction

bp = Blueprint("units", __name__, url_prefix="/experiences/<int:experience_id>/units")


@bp.get("/new")
def new(experience_id: int) -> ResponseReturnValue:
    experience = get_whole_experience(db_session(), experience_id)
    return _page(experience, None, UnitForm(None, data={"comes_alone": True}))


@bp.post("/")
def create(experience_id: int) -> ResponseReturnValue:
    form = UnitForm()
    unit = form.read() if form.validate_on_submit() else None
    if unit is None:
        return _page(get_whole_experience(db_session(), experience_id), None, form)
    with transaction() as session:
        experience = get_whole_experience(session, experience_id)
        add_unit(session, experience=experience, new=unit, now=now(), actor=actor())
    return _back(experience_id)


@bp.get("/<int:unit_id>")
def show(experience_id: int, unit_id: int) -> ResponseReturnValue:
    experience = get_whole_experience(db_session(), experience_id)
    unit = get_unit(experience, unit_id)
    return _page(experience, unit, UnitForm(None, data=unit_values(unit)))


@bp.post("/<int:unit_id>")
def update(experience_id: int, unit_id: int) -> ResponseReturnValue:
    form = UnitForm()
    new = form.read() if form.validate_on_submit() else None
    if new is None:
        experience = get_whole_experience(db_session(), experience_id)
        return _page(experience, get_unit(experience, unit_id), form)
    with transaction() as session:
        experience = get_whole_experience(session, experience_id)
        unit = get_unit(experience, unit_id)
        change_unit(session, experience=experience, unit=unit, new=new, now=now(), actor=actor())
    return _back(experience_id)


@bp.post("/<int:unit_id>/remove")
def remove(experience_id: int, unit_id: int) -> ResponseReturnValue:
    try:
        with transaction() as session:
            experience = get_whole_experience(session, experience_id)
            unit = get_unit(experience, unit_id)
            remove_unit(session, experience=experience, unit=unit, now=now(), actor=actor())
    except ExperienceInUseError:
        flash(_("Not removed: times have been made, so it may be booked."), "bad")
        return redirect(url_for(".show", experience_id=experience_id, unit_id=unit_id), 303)
    return _back(experience_id)


def _back(experience_id: int) -> ResponseReturnValue:
    flash(_("The price list is kept."), "good")
    address = url_for("office.experiences.show", experience_id=experience_id, _anchor="prices")
    return redirect(address, 303)


def _page(experience: Experience, unit: Unit | None, form: UnitForm) -> ResponseReturnValue:
    answer = render_template(
        "office/units/form.html",
        experience=experience,
        unit=unit,
        form=form,
        may_remove=unit is not None and not has_times(db_session(), experience),
        currency=g.destination.currency,
    )
    return answer, form.status
