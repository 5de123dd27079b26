"""An invitation's link: as text and as a QR code, in the browser that made it and nowhere else."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app, request, session, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from markupsafe import Markup
from wtforms.validators import StopValidation

from tourism.accounts.operations import LONGEST_NAME
from tourism.experiences.invitations import ROLES, NewInvitation
from tourism.experiences.models import Invitation
from tourism.tickets import qr
from tourism.web.forms import Form, LineField, at_most, required

_COOKIE = "invitation"  # in the session: which one, and its token


def _known_role(_form: Any, field: Any) -> None:
    if field.data not in list(ROLES):
        raise StopValidation(_("Choose what this person does."))


class InvitationForm(Form):
    name = LineField(_l("Name"), [required(_l("Enter the name.")), at_most(LONGEST_NAME)])
    role = LineField(_l("Works as"), [_known_role])


@dataclass(frozen=True, slots=True)
class Link:
    address: str
    picture: Markup


def by_person() -> str:
    """Who asks, for limits."""
    return f"user:{current_user.get_id()}"


def keep_link(made: NewInvitation) -> None:
    """Let this browser show the link until another is made."""
    session[_COOKIE] = [made.invitation.id, made.token]


def link_of(invitation: Invitation, now: datetime) -> Link | None:
    """The link, while it is good and this browser made it."""
    known_id, token = session.get(_COOKIE, (None, ""))
    if known_id != invitation.id or not invitation.is_open_at(now):
        return None
    address = _address(token)
    return Link(address, qr.svg(address, _("QR code of the invitation")))


def _address(token: str) -> str:
    public: str = current_app.config["TOURISM"].public_url
    path = url_for("visitor.invitations.show", token=token)
    return (public or request.host_url.rstrip("/")) + path
