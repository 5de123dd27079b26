"""Who may sign in, as what, and for which orchards."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectMultipleField
from wtforms.validators import StopValidation

from tourism.accounts.errors import EmailInvalidError, EmailTakenError
from tourism.accounts.models import Role, User
from tourism.accounts.operations import (
    LONGEST_NAME,
    NewMember,
    invite,
    reset_password,
    set_enabled,
    set_role,
)
from tourism.accounts.queries import find_people, get_user
from tourism.audit.models import AuditEntry
from tourism.audit.queries import entries_of
from tourism.core.clock import now
from tourism.experiences.models import Operator
from tourism.experiences.ownership import all_operators, operators_of, set_memberships
from tourism.web.auth import actor
from tourism.web.db import db_session, transaction
from tourism.web.forms import Form, LineField, at_most, clean, required

bp = Blueprint("people", __name__, url_prefix="/people")
_PAGE = 50
_ROLES = {
    Role.OWNER: _l("Orchard owner"),
    Role.STEWARD: _l("Gate steward"),
    Role.OFFICER: _l("Tourism office"),
    Role.VISITOR: _l("Visitor"),
}


def role_word(role: Role) -> str:
    return str(_ROLES[role])


bp.add_app_template_filter(role_word)


def _known_role(_form: Any, field: Any) -> None:
    if field.data not in list(Role):
        raise StopValidation(_("Choose what this person does."))


def _key(value: object) -> int:
    """A number that may be somebody's or something's key; 0 is nobody's."""
    text = str(value)
    return int(text) if text.isdecimal() and len(text) < 10 else 0


class WorkForm(Form):
    """What somebody does, and for whom."""

    role = LineField(_l("Works as"), [_known_role])
    operators = SelectMultipleField(_l("For these orchards"), coerce=_key, validate_choice=False)


class MemberForm(WorkForm):
    name = LineField(_l("Name"), [required(_l("Enter the name.")), at_most(LONGEST_NAME)])
    email = LineField(_l("Email"), [required(_l("Enter your email address."))])


class PersonForm(WorkForm):
    is_enabled = BooleanField(_l("May sign in"))


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """Some of the people, and where the list goes on."""

    people: Sequence[User]
    words: str
    role: Role | None
    roles: Sequence[Role]
    next_id: int | None


@dataclass(frozen=True, slots=True)
class PersonPage:
    """Somebody, with all that was done to the account."""

    person: User
    roles: Sequence[Role]
    operators: Sequence[Operator]
    entries: Sequence[AuditEntry]


@bp.get("/")
def index() -> ResponseReturnValue:
    words = clean(request.args.get("q"))
    role = next((role for role in _ROLES if role == request.args.get("role")), None)
    after_id = request.args.get("after", 0, type=_key)
    found = find_people(db_session(), words=words, role=role, after_id=after_id, limit=_PAGE + 1)
    next_id = found[_PAGE - 1].id if len(found) > _PAGE else None
    page = PeoplePage(found[:_PAGE], words, role, list(_ROLES), next_id)
    return render_template("office/people/index.html", page=page)


@bp.get("/new")
def new() -> ResponseReturnValue:
    return _new_page(MemberForm(role=Role.OWNER.value, operators=[]))


@bp.post("/")
def create() -> ResponseReturnValue:
    """The password is in this one answer and nowhere else, so nothing is redirected."""
    form = MemberForm()
    if form.validate_on_submit() and (made := _invited(form)):
        return _password_page(made.user, made.password), 201
    return _new_page(form)


@bp.get("/<int:user_id>")
def show(user_id: int) -> ResponseReturnValue:
    person = get_user(db_session(), user_id)
    own = [operator.id for operator in operators_of(db_session(), person)]
    values = {"role": person.role.value, "is_enabled": person.is_enabled, "operators": own}
    return _person_page(person, PersonForm(None, data=values))


@bp.post("/<int:user_id>")
def update(user_id: int) -> ResponseReturnValue:
    form = PersonForm()
    if not form.validate_on_submit():
        return _person_page(get_user(db_session(), user_id), form)
    with transaction() as session:
        person, who, at = get_user(session, user_id), actor(), now()
        set_role(session, user=person, role=Role(str(form.role.data)), now=at, actor=who)
        set_enabled(session, user=person, is_enabled=bool(form.is_enabled.data), now=at, actor=who)
        set_memberships(
            session, user=person, operator_ids=form.operators.data or [], now=at, actor=who
        )
    flash(_("Saved."), "good")
    return redirect(url_for(".show", user_id=user_id), 303)


@bp.post("/<int:user_id>/password")
def reset(user_id: int) -> ResponseReturnValue:
    with transaction() as session:
        person = get_user(session, user_id)
        password = reset_password(session, user=person, now=now(), actor=actor())
    return _password_page(person, password)


def _invited(form: MemberForm) -> NewMember | None:
    try:
        with transaction() as session:
            who, at = actor(), now()
            made = invite(
                session,
                email=str(form.email.data),
                name=str(form.name.data),
                role=Role(str(form.role.data)),
                now=at,
                actor=who,
            )
            set_memberships(
                session, user=made.user, operator_ids=form.operators.data or [], now=at, actor=who
            )
            return made
    except EmailInvalidError:
        form.refuse("email", _("That is no email address. It looks like name@example.com."))
    except EmailTakenError:
        form.refuse("email", _("Somebody has an account with this email already."))
    return None


def _new_page(form: MemberForm) -> ResponseReturnValue:
    choices = {"roles": list(_ROLES), "operators": all_operators(db_session())}
    return render_template("office/people/new.html", form=form, **choices), form.status


def _person_page(person: User, form: PersonForm) -> ResponseReturnValue:
    page = PersonPage(
        person=person,
        roles=list(_ROLES),
        operators=all_operators(db_session()),
        entries=entries_of(db_session(), "user", person.id),
    )
    return render_template("office/people/show.html", page=page, form=form), form.status


def _password_page(person: User, password: str) -> str:
    return render_template("office/people/password.html", person=person, password=password)
