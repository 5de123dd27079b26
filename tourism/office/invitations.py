"""The links with which somebody begins to work for an orchard, as the office made them."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tourism.core.clock import now
from tourism.experiences.invitations import (
    get_invitation_of,
    renew_invitation,
    revoke_invitation,
)
from tourism.web.auth import actor
from tourism.web.db import db_session, transaction
from tourism.web.invitation_links import by_person, keep_link, link_of
from tourism.web.limits import limiter

bp = Blueprint("invitations", __name__, url_prefix="/invitations")


@bp.get("/<int:invitation_id>")
def show(invitation_id: int) -> ResponseReturnValue:
    """The link as text and QR code, to whoever made it and while it is good."""
    invitation = get_invitation_of(db_session(), current_user, invitation_id)
    link = link_of(invitation, now())
    return render_template("office/invitations/show.html", invitation=invitation, link=link)


@bp.post("/<int:invitation_id>/renew")
@limiter.limit("30 per hour", key_func=by_person)
def renew(invitation_id: int) -> ResponseReturnValue:
    """Another link: the one before stops working."""
    with transaction() as session:
        invitation = get_invitation_of(session, current_user, invitation_id)
        made = renew_invitation(session, invitation=invitation, now=now(), actor=actor())
    keep_link(made)
    return redirect(url_for(".show", invitation_id=invitation_id), 303)


@bp.post("/<int:invitation_id>/revoke")
def revoke(invitation_id: int) -> ResponseReturnValue:
    with transaction() as session:
        invitation = get_invitation_of(session, current_user, invitation_id)
        revoke_invitation(session, invitation=invitation, now=now(), actor=actor())
        operator_id = invitation.operator_id
    flash(_("The invitation works no more."), "good")
    return redirect(url_for("office.operators.show", operator_id=operator_id), 303)
