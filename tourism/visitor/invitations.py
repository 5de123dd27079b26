"""Taking up an invitation to work for an orchard: with the account one has, or with a new one."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import PasswordField

from tourism.accounts.errors import EmailInvalidError, EmailTakenError, WeakPasswordError
from tourism.accounts.models import User
from tourism.accounts.operations import LONGEST_NAME, register
from tourism.core.clock import now
from tourism.experiences.errors import (
    AccountTakenError,
    InvitationNotFoundError,
    InvitationOverError,
)
from tourism.experiences.invitations import accept_invitation, get_invitation
from tourism.experiences.models import Invitation
from tourism.visitor.account import weakness_words
from tourism.web import auth
from tourism.web.db import db_session, transaction
from tourism.web.forms import Form, LineField, at_most, required
from tourism.web.limits import limiter, refused

bp = Blueprint("invitations", __name__, url_prefix="/invitations")
bp.after_request(auth.keep_private)


class JoinForm(Form):
    name = LineField(
        _l("Your name"), [required(_l("Tell us what to call you.")), at_most(LONGEST_NAME)]
    )
    email = LineField(_l("Email"), [required(_l("Enter your email address."))])
    password = PasswordField(_l("Password"), [required(_l("Choose a password."))])


@bp.errorhandler(InvitationNotFoundError)
@bp.errorhandler(InvitationOverError)
def _over(_error: Exception) -> ResponseReturnValue:
    """Unknown, spent, taken back or too late: the same words, so that nobody can try links out."""
    return render_template("visitor/invitations/over.html"), 410


@bp.get("/<token>")
@limiter.limit("60 per minute")
def show(token: str) -> ResponseReturnValue:
    invitation = _open(token)
    return _page(invitation, token, JoinForm(None, data={"name": invitation.name}))


@bp.post("/<token>")
@limiter.limit("20 per 15 minutes", deduct_when=refused)
def accept(token: str) -> ResponseReturnValue:
    """With the account that is signed in, otherwise with a new one."""
    invitation = _open(token)
    if current_user.is_authenticated:
        return _join(invitation, token)
    form = JoinForm()
    if form.validate_on_submit() and (user := _registered(form, token)):
        auth.start_session(user)
        return redirect(auth.home_of(user), 303)
    return _page(invitation, token, form)


def _open(token: str) -> Invitation:
    invitation = get_invitation(db_session(), token)
    if not invitation.is_open_at(now()):
        raise InvitationOverError(invitation_id=invitation.id)
    return invitation


def _join(invitation: Invitation, token: str) -> ResponseReturnValue:
    try:
        with transaction() as session:
            accept_invitation(session, token=token, user=current_user, now=now())
    except AccountTakenError:
        return _page(invitation, token, JoinForm(None), is_taken=True)
    flash(_("You work here now."), "good")
    return redirect(auth.home_of(current_user), 303)


def _registered(form: JoinForm, token: str) -> User | None:
    try:
        with transaction() as session:
            user = register(
                session,
                email=str(form.email.data),
                name=str(form.name.data),
                password=str(form.password.data),
                now=now(),
                actor=auth.actor(),
            )
            accept_invitation(session, token=token, user=user, now=now())
            return user
    except EmailInvalidError:
        form.refuse("email", _("That is no email address. It looks like name@example.com."))
    except EmailTakenError:
        form.refuse("email", _("There is an account with this email already. Sign in instead."))
    except WeakPasswordError as error:
        form.refuse("password", weakness_words(error))
    return None


def _page(
    invitation: Invitation, token: str, form: JoinForm, *, is_taken: bool = False
) -> ResponseReturnValue:
    sign_in = url_for("visitor.account.sign_in", next=request.path)
    answer = render_template(
        "visitor/invitations/show.html",
        invitation=invitation,
        token=token,
        form=form,
        sign_in=sign_in,
        is_taken=is_taken,
    )
    return answer, 409 if is_taken else form.status
