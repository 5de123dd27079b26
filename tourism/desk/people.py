"""Who works here: owners and gate stewards, invited by a one-time link, removed at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from tourism.accounts.models import Role
from tourism.admissions.enrolments import revoke_device
from tourism.admissions.models import Gate, GateDevice
from tourism.admissions.queries import devices_at, gates_of, working_gates_of
from tourism.core.clock import now
from tourism.experiences.errors import LastOwnerError
from tourism.experiences.invitations import (
    ROLES,
    NewInvitation,
    get_invitation_of,
    invite_member,
    pending_invitations,
    renew_invitation,
    revoke_invitation,
)
from tourism.experiences.members import get_member_of, is_last_owner, members_of, remove_member
from tourism.experiences.models import Invitation, Membership, Operator
from tourism.experiences.ownership import operators_of
from tourism.web.auth import actor
from tourism.web.db import db_session, transaction
from tourism.web.forms import LineField
from tourism.web.invitation_links import InvitationForm, by_person, keep_link, link_of
from tourism.web.limits import limiter

bp = Blueprint("people", __name__, url_prefix="/people")


class OperatorInvitationForm(InvitationForm):
    operator = LineField(_l("For which orchard"))


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """All who work here, who is invited, and at which gates stewards scan."""

    groups: Sequence[tuple[Operator, Sequence[Membership]]]
    pending: Sequence[Invitation]
    gates: Sequence[Gate]


@dataclass(frozen=True, slots=True)
class RemovePage:
    """Somebody who is to go, and the phones that this person has enrolled here."""

    membership: Membership
    phones: Sequence[GateDevice]
    is_last: bool


@bp.get("/")
def index() -> ResponseReturnValue:
    db = db_session()
    groups: dict[int, tuple[Operator, list[Membership]]] = {}
    for each in members_of(db, current_user):
        groups.setdefault(each.operator_id, (each.operator, []))[1].append(each)
    page = PeoplePage(
        groups=list(groups.values()),
        pending=pending_invitations(db, current_user),
        gates=working_gates_of(db, current_user),
    )
    return render_template("desk/people/index.html", page=page, at=now())


@bp.get("/new")
def new() -> ResponseReturnValue:
    return _form(OperatorInvitationForm(role=Role.STEWARD.value))


@bp.post("/invitations")
@limiter.limit("30 per hour", key_func=by_person)
def create() -> ResponseReturnValue:
    form = OperatorInvitationForm()
    operators = operators_of(db_session(), current_user)
    operator = _chosen(operators, str(form.operator.data))
    if not form.validate_on_submit() or operator is None:
        if operator is None:
            form.refuse("operator", _("Choose the orchard."))
        return _form(form)
    with transaction() as db:
        made = invite_member(
            db,
            operator=operator,
            role=Role(str(form.role.data)),
            name=str(form.name.data),
            by=current_user,
            now=now(),
        )
    return _to_link(made)


@bp.get("/invitations/<int:invitation_id>")
def show(invitation_id: int) -> ResponseReturnValue:
    """The link as text and QR code, to whoever made it and while it is good."""
    invitation = get_invitation_of(db_session(), current_user, invitation_id)
    link = link_of(invitation, now())
    return render_template("desk/people/show.html", invitation=invitation, link=link)


@bp.post("/invitations/<int:invitation_id>/renew")
@limiter.limit("30 per hour", key_func=by_person)
def renew(invitation_id: int) -> ResponseReturnValue:
    """Another link: the one before stops working."""
    with transaction() as db:
        invitation = get_invitation_of(db, current_user, invitation_id)
        made = renew_invitation(db, invitation=invitation, now=now(), actor=actor())
    return _to_link(made)


@bp.post("/invitations/<int:invitation_id>/revoke")
def revoke(invitation_id: int) -> ResponseReturnValue:
    with transaction() as db:
        invitation = get_invitation_of(db, current_user, invitation_id)
        revoke_invitation(db, invitation=invitation, now=now(), actor=actor())
    flash(_("The invitation works no more."), "good")
    return redirect(url_for(".index"), 303)


@bp.get("/<int:operator_id>/<int:user_id>/remove")
def confirm_remove(operator_id: int, user_id: int) -> ResponseReturnValue:
    """What it means, before anything happens."""
    membership = get_member_of(db_session(), current_user, operator_id, user_id)
    page = RemovePage(
        membership=membership,
        phones=_phones(membership),
        is_last=is_last_owner(db_session(), membership),
    )
    return render_template("desk/people/remove.html", page=page)


@bp.post("/<int:operator_id>/<int:user_id>/remove")
def remove(operator_id: int, user_id: int) -> ResponseReturnValue:
    try:
        with transaction() as db:
            membership = get_member_of(db, current_user, operator_id, user_id)
            name = membership.user.name
            for phone in _phones(membership) if request.form.get("phones") else ():
                revoke_device(db, device=phone, actor=actor(), now=now())
            remove_member(db, membership=membership, now=now(), actor=actor())
    except LastOwnerError:
        flash(_("Nobody was removed: the orchard would be left without an owner."), "bad")
        return redirect(url_for(".index"), 303)
    flash(_("%(name)s no longer works here.", name=name), "good")
    return redirect(url_for(".index"), 303)


def _chosen(operators: Sequence[Operator], text: str) -> Operator | None:
    """The one that was chosen; where there is one alone, nobody is asked."""
    if len(operators) == 1 and not text:
        return operators[0]
    return next((each for each in operators if str(each.id) == text), None)


def _phones(membership: Membership) -> list[GateDevice]:
    """The working phones that the person has enrolled at the operator's gates."""
    gates = [
        gate
        for gate in gates_of(db_session(), current_user)
        if gate.operator_id == membership.operator_id
    ]
    return [
        phone
        for phone in devices_at(db_session(), gates)
        if phone.enrolled_by == membership.user_id and phone.revoked_at is None
    ]


def _form(form: OperatorInvitationForm) -> ResponseReturnValue:
    operators = operators_of(db_session(), current_user)
    answer = render_template("desk/people/new.html", form=form, operators=operators, roles=ROLES)
    return answer, form.status


def _to_link(made: NewInvitation) -> ResponseReturnValue:
    keep_link(made)
    return redirect(url_for(".show", invitation_id=made.invitation.id), 303)
