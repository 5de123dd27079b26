"""Orchards and other hosts: who they are, who works for them, what can be booked with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms.validators import StopValidation

from tourism.accounts.models import Role, User
from tourism.admissions.gates import every_gate
from tourism.admissions.models import Gate
from tourism.core.clock import now
from tourism.experiences.errors import OperatorInUseError
from tourism.experiences.invitations import ROLES, invite_member
from tourism.experiences.models import Experience, Invitation, Operator
from tourism.experiences.operators import (
    Details,
    archive_operator,
    change_operator,
    create_operator,
    every_experience,
    every_operator,
    experiences_with,
    get_operator,
    invitations_to,
    people_of,
    restore_operator,
)
from tourism.web.auth import actor
from tourism.web.db import db_session, transaction
from tourism.web.forms import LineField, PhoneField, at_most, required
from tourism.web.invitation_links import InvitationForm, by_person, keep_link
from tourism.web.limits import limiter
from tourism.web.typed_forms import TypedForm, in_three, three_languages

bp = Blueprint("operators", __name__, url_prefix="/operators")
LONGEST_NAME = 80


class OptionalPhone(PhoneField):
    """A phone number, or nothing."""

    def pre_validate(self, form: Any) -> None:
        if not self.data:
            raise StopValidation
        super().pre_validate(form)


@three_languages(
    "name",
    _l("What it is called"),
    most=LONGEST_NAME,
    first=required(_l("Enter what it is called.")),
)
class OperatorForm(TypedForm):
    phone = OptionalPhone(_l("Phone for visitors"))
    contact = LineField(_l("Whom the office calls"), [at_most(120)])

    @property
    def details(self) -> Details:
        return Details(
            name=self.texts("name"),
            phone=self.phone.number or None,
            contact=self.contact.data or None,
        )


@dataclass(frozen=True, slots=True)
class OperatorsPage:
    """All operators, each with its experiences by its id."""

    operators: Sequence[Operator]
    experiences: Mapping[int, Sequence[Experience]]


@dataclass(frozen=True, slots=True)
class OperatorPage:
    """An operator with all that hangs on it."""

    operator: Operator
    experiences: Sequence[Experience]
    people: Sequence[User]
    invitations: Sequence[Invitation]
    gates: Sequence[Gate]

    @property
    def has_owner(self) -> bool:
        return any(person.role is Role.OWNER for person in self.people)

    @property
    def in_use(self) -> Sequence[Experience]:
        """What has to be archived before it."""
        return [each for each in self.experiences if each.archived_at is None]


@bp.get("/")
def index() -> ResponseReturnValue:
    experiences: dict[int, list[Experience]] = {}
    for each in every_experience(db_session()):
        experiences.setdefault(each.operator_id, []).append(each)
    page = OperatorsPage(every_operator(db_session()), experiences)
    return render_template("office/operators/index.html", page=page)


@bp.get("/new")
def new() -> ResponseReturnValue:
    return _new_page(OperatorForm())


@bp.post("/")
def create() -> ResponseReturnValue:
    form = OperatorForm()
    if not form.validate_on_submit():
        return _new_page(form)
    with transaction() as session:
        operator = create_operator(session, details=form.details, now=now(), actor=actor())
        operator_id = operator.id
    flash(_("Added. Now invite who works there."), "good")
    return redirect(url_for(".show", operator_id=operator_id), 303)


@bp.get("/<int:operator_id>")
def show(operator_id: int) -> ResponseReturnValue:
    operator = get_operator(db_session(), operator_id)
    values = {"phone": operator.phone or "", "contact": operator.contact or ""}
    return _page(operator, OperatorForm(None, data=values | in_three(operator.name, "name")))


@bp.post("/<int:operator_id>")
def update(operator_id: int) -> ResponseReturnValue:
    form = OperatorForm()
    if not form.validate_on_submit():
        return _page(get_operator(db_session(), operator_id), form)
    with transaction() as session:
        operator = get_operator(session, operator_id)
        change_operator(session, operator=operator, details=form.details, now=now(), actor=actor())
    flash(_("Saved."), "good")
    return redirect(url_for(".show", operator_id=operator_id), 303)


@bp.get("/<int:operator_id>/invite")
def invite(operator_id: int) -> ResponseReturnValue:
    operator = get_operator(db_session(), operator_id)
    return _invite_page(operator, InvitationForm(role=Role.OWNER.value))


@bp.post("/<int:operator_id>/invite")
@limiter.limit("30 per hour", key_func=by_person)
def create_invitation(operator_id: int) -> ResponseReturnValue:
    operator = get_operator(db_session(), operator_id)
    form = InvitationForm()
    if not form.validate_on_submit():
        return _invite_page(operator, form)
    with transaction() as session:
        made = invite_member(
            session,
            operator=operator,
            role=Role(str(form.role.data)),
            name=str(form.name.data),
            by=current_user,
            now=now(),
        )
    keep_link(made)
    return redirect(url_for("office.invitations.show", invitation_id=made.invitation.id), 303)


@bp.get("/<int:operator_id>/archive")
def confirm_archive(operator_id: int) -> ResponseReturnValue:
    """What hangs on it, before anything happens."""
    return _archive_page(get_operator(db_session(), operator_id)), 200


@bp.post("/<int:operator_id>/archive")
def archive(operator_id: int) -> ResponseReturnValue:
    try:
        with transaction() as session:
            operator = get_operator(session, operator_id)
            archive_operator(session, operator=operator, now=now(), actor=actor())
    except OperatorInUseError:
        return _archive_page(get_operator(db_session(), operator_id)), 409
    flash(_("Archived. It can be brought back at any time."), "good")
    return redirect(url_for(".index"), 303)


@bp.post("/<int:operator_id>/restore")
def restore(operator_id: int) -> ResponseReturnValue:
    with transaction() as session:
        operator = get_operator(session, operator_id)
        restore_operator(session, operator=operator, now=now(), actor=actor())
    flash(_("It is back."), "good")
    return redirect(url_for(".show", operator_id=operator_id), 303)


def _whole(operator: Operator) -> OperatorPage:
    session = db_session()
    return OperatorPage(
        operator=operator,
        experiences=experiences_with(session, operator),
        people=people_of(session, operator),
        invitations=invitations_to(session, operator),
        gates=[each for each in every_gate(session) if each.operator_id == operator.id],
    )


def _new_page(form: OperatorForm) -> ResponseReturnValue:
    return render_template("office/operators/new.html", form=form), form.status


def _page(operator: Operator, form: OperatorForm) -> ResponseReturnValue:
    page = _whole(operator)
    answer = render_template("office/operators/show.html", page=page, form=form, at=now())
    return answer, form.status


def _invite_page(operator: Operator, form: InvitationForm) -> ResponseReturnValue:
    answer = render_template(
        "office/operators/invite.html", operator=operator, form=form, roles=ROLES
    )
    return answer, form.status


def _archive_page(operator: Operator) -> str:
    return render_template("office/operators/archive.html", page=_whole(operator))
