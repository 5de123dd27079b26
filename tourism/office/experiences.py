"""What can be booked: made as a draft, shown to visitors, withdrawn, archived, with its prices."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tourism.admissions.gates import every_gate
from tourism.core.clock import now
from tourism.core.languages import missing_languages
from tourism.destination.models import Place
from tourism.destination.queries import all_places
from tourism.experiences.catalogue import (
    Times,
    archive_experience,
    change_experience,
    create_experience,
    get_whole_experience,
    has_schedule,
    has_times,
    publish_experience,
    restore_experience,
    times_ahead,
    withdraw_experience,
)
from tourism.experiences.errors import (
    CeilingFullError,
    ExperienceIncompleteError,
    ExperienceInUseError,
    OperatorNotFoundError,
)
from tourism.experiences.models import Experience, Operator
from tourism.experiences.operators import get_operator, people_of
from tourism.festivals.models import Crop, Festival
from tourism.festivals.queries import all_crops, festivals
from tourism.office.experience_forms import (
    KINDS,
    ExperienceForm,
    kept_values,
    usual_units,
    usual_values,
)
from tourism.web.auth import actor
from tourism.web.db import db_session, transaction

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

bp = Blueprint("experiences", __name__, url_prefix="/experiences")


@dataclass(frozen=True, slots=True)
class Choices:
    """What the form chooses from."""

    kinds: dict[Any, Any]
    places: Sequence[Place]
    festivals: Sequence[Festival]
    crops: Sequence[Crop]


@dataclass(frozen=True, slots=True)
class ExperiencePage:
    """An experience, what is still to come of it, and what it lacks before anybody can come."""

    experience: Experience
    times: Times
    has_times: bool
    lacks: Sequence[str]
    choices: Choices


@bp.get("/new")
def new() -> ResponseReturnValue:
    operator = _operator(request.args.get("operator", 0, type=int))
    return _new_page(operator, ExperienceForm(None, data=usual_values()))


@bp.post("/")
def create() -> ResponseReturnValue:
    operator = _operator(request.form.get("operator", 0, type=int))
    form = ExperienceForm()
    facts = form.read(db_session()) if form.validate_on_submit() else None
    if facts is None:
        return _new_page(operator, form)
    with transaction() as session:
        experience_id = create_experience(
            session,
            operator=get_operator(session, operator.id),
            facts=facts,
            units=usual_units(),
            now=now(),
            actor=actor(),
        ).id
    flash(_("The draft is kept. Visitors see it once you publish it."), "good")
    return redirect(url_for(".show", experience_id=experience_id), 303)


@bp.get("/<int:experience_id>")
def show(experience_id: int) -> ResponseReturnValue:
    experience = get_whole_experience(db_session(), experience_id)
    return _page(experience, ExperienceForm(None, data=kept_values(experience)))


@bp.post("/<int:experience_id>")
def update(experience_id: int) -> ResponseReturnValue:
    form, kept = ExperienceForm(), get_whole_experience(db_session(), experience_id)
    facts = form.read(db_session(), kept) if form.validate_on_submit() else None
    if facts is None:
        return _page(kept, form)
    try:
        with transaction() as session:
            experience = get_whole_experience(session, experience_id)
            change_experience(session, experience=experience, facts=facts, now=now(), actor=actor())
    except ExperienceInUseError:
        form.refuse("arrival", _("Times have been made already, so this cannot change any more."))
    except CeilingFullError:
        form.refuse("stay", _("With this stay or place, too many would be here at once."))
    else:
        flash(_("Saved."), "good")
        return redirect(url_for(".show", experience_id=experience_id), 303)
    return _page(get_whole_experience(db_session(), experience_id), form)


@bp.post("/<int:experience_id>/publish")
def publish(experience_id: int) -> ResponseReturnValue:
    try:
        _do(publish_experience, experience_id)
    except ExperienceIncompleteError:
        flash(_("Not published: nobody could book it. See what it lacks."), "bad")
    else:
        flash(_("Published. Visitors see it now."), "good")
    return redirect(url_for(".show", experience_id=experience_id), 303)


@bp.get("/<int:experience_id>/withdraw")
def confirm_withdraw(experience_id: int) -> ResponseReturnValue:
    """Who has booked, before it is done."""
    experience = get_whole_experience(db_session(), experience_id)
    return _question("office/experiences/withdraw.html", experience)


@bp.post("/<int:experience_id>/withdraw")
def withdraw(experience_id: int) -> ResponseReturnValue:
    _do(withdraw_experience, experience_id)
    flash(_("It is a draft again. Visitors no longer see it."), "good")
    return redirect(url_for(".show", experience_id=experience_id), 303)


@bp.get("/<int:experience_id>/archive")
def confirm_archive(experience_id: int) -> ResponseReturnValue:
    """Who is still to come, before it is done."""
    experience = get_whole_experience(db_session(), experience_id)
    return _question("office/experiences/archive.html", experience)


@bp.post("/<int:experience_id>/archive")
def archive(experience_id: int) -> ResponseReturnValue:
    try:
        _do(archive_experience, experience_id)
    except ExperienceInUseError:
        experience = get_whole_experience(db_session(), experience_id)
        return _question("office/experiences/archive.html", experience, 409)
    flash(_("Archived. It can be brought back at any time."), "good")
    return redirect(url_for(".show", experience_id=experience_id), 303)


@bp.post("/<int:experience_id>/restore")
def restore(experience_id: int) -> ResponseReturnValue:
    try:
        _do(restore_experience, experience_id)
    except ExperienceIncompleteError:
        flash(_("Its host is archived. Bring that back first."), "bad")
    else:
        flash(_("It is back, as a draft."), "good")
    return redirect(url_for(".show", experience_id=experience_id), 303)


def _do(operation: Callable[..., None], experience_id: int) -> None:
    with transaction() as session:
        experience = get_whole_experience(session, experience_id)
        operation(session, experience=experience, now=now(), actor=actor())


def _operator(operator_id: int) -> Operator:
    """One that is not archived. Raises OperatorNotFoundError."""
    operator = get_operator(db_session(), operator_id)
    if operator.archived_at is not None:
        raise OperatorNotFoundError(operator_id=operator_id)
    return operator


def _choices(session: "Session") -> Choices:
    return Choices(KINDS, all_places(session), festivals(session), all_crops(session))


def _new_page(operator: Operator, form: ExperienceForm) -> ResponseReturnValue:
    choices = _choices(db_session())
    answer = render_template(
        "office/experiences/new.html", operator=operator, form=form, choices=choices
    )
    return answer, form.status


def _page(experience: Experience, form: ExperienceForm) -> ResponseReturnValue:
    session, at = db_session(), now()
    times = times_ahead(session, experience, at)
    page = ExperiencePage(
        experience=experience,
        times=times,
        has_times=has_times(session, experience),
        lacks=_lacks(session, experience, times, at),
        choices=_choices(session),
    )
    return render_template("office/experiences/show.html", page=page, form=form), form.status


def _lacks(session: "Session", experience: Experience, times: Times, at: datetime) -> list[str]:
    """What still has to be done before somebody can come, in the order in which it is done."""
    people = people_of(session, experience.operator)
    gates = [each for each in every_gate(session) if each.archived_at is None]
    texts = (experience.name, experience.summary)
    checks = (
        (
            any(person.role == "owner" for person in people),
            _("Nobody works there as an owner: invite one on the page of the host."),
        ),
        (
            not any(missing_languages(each) for each in texts),
            _("A text is missing in one of the languages; visitors read the simplified Chinese."),
        ),
        (
            any(unit.comes_alone for unit in experience.units),
            _("Nobody on the price list may come alone, so nobody can book."),
        ),
        (
            all(unit.price_amount is not None for unit in experience.units),
            _("A price is empty. It is not shown, and nothing is added up."),
        ),
        (
            has_schedule(session, experience) or bool(times.slots),
            _("The owner has not set the hours yet. That is done at the desk, under Schedule."),
        ),
        (bool(times.slots), _("No time lies ahead, so there is nothing to book.")),
        (
            any(gate.operator_id in (None, experience.operator_id) for gate in gates),
            _("No gate admits its tickets yet."),
        ),
    )
    return [words for is_there, words in checks if not is_there]


def _question(template: str, experience: Experience, status: int = 200) -> ResponseReturnValue:
    times = times_ahead(db_session(), experience, now())
    return render_template(template, experience=experience, times=times), status
