"""Sign in and out, sign up, the profile with one's bookings, the password.

Nobody needs an account to book; it only keeps a visitor's bookings in one list.
"""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import BooleanField, PasswordField

from tourism.accounts.emails import folded_email
from tourism.accounts.errors import (
    EmailInvalidError,
    EmailTakenError,
    WeakPasswordError,
    WrongPasswordError,
)
from tourism.accounts.models import User
from tourism.accounts.operations import LONGEST_NAME, change_password, note_sign_in, register
from tourism.accounts.queries import find_user_by_password
from tourism.bookings.queries import bookings_of_visitor
from tourism.core.clock import now
from tourism.web import auth
from tourism.web.db import db_session, transaction
from tourism.web.forms import Form, LineField, at_most, required
from tourism.web.limits import limiter, refused

bp = Blueprint("account", __name__, url_prefix="/account")
bp.after_request(auth.keep_private)


class SignInForm(Form):
    email = LineField(_l("Email"), [required(_l("Enter your email address."))])
    password = PasswordField(_l("Password"), [required(_l("Enter your password."))])
    stay = BooleanField(_l("Stay signed in on this phone for 30 days"))


class SignUpForm(Form):
    name = LineField(
        _l("Your name"), [required(_l("Tell us what to call you.")), at_most(LONGEST_NAME)]
    )
    email = LineField(_l("Email"), [required(_l("Enter your email address."))])
    password = PasswordField(_l("Password"), [required(_l("Choose a password."))])


class PasswordForm(Form):
    current = PasswordField(_l("Present password"), [required(_l("Enter your present password."))])
    new = PasswordField(_l("New password"), [required(_l("Choose a new password."))])


def _typed_email() -> str:
    return f"email:{folded_email(request.form.get('email', ''))[:254]}"


def _own_id() -> str:
    return f"user:{current_user.get_id()}"


@bp.route("/sign-in", methods=["GET", "POST"])
@limiter.limit("30 per 15 minutes", methods=["POST"], deduct_when=refused)
@limiter.limit("10 per 15 minutes", key_func=_typed_email, methods=["POST"], deduct_when=refused)
def sign_in() -> ResponseReturnValue:
    """Wrong address and wrong password get the same words, so that nobody can ask who is here."""
    form = SignInForm()
    if form.validate_on_submit():
        user = find_user_by_password(db_session(), str(form.email.data), str(form.password.data))
        if user:
            return _welcome(user, form)
        form.refuse("password", _("Email or password is wrong."))
    elif request.method == "GET" and current_user.is_authenticated:
        return redirect(auth.home_of(current_user))
    return render_template("visitor/account/sign_in.html", form=form), form.status


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    auth.end_session()
    return redirect(url_for("visitor.home.index"), 303)


@bp.route("/sign-up", methods=["GET", "POST"])
@limiter.limit("20 per hour", methods=["POST"])
def sign_up() -> ResponseReturnValue:
    form = SignUpForm()
    if form.validate_on_submit() and (user := _registered(form)):
        auth.start_session(user)
        return redirect(_after_sign_in(user), 303)
    return render_template("visitor/account/sign_up.html", form=form), form.status


@bp.get("")
@auth.signed_in
def show() -> ResponseReturnValue:
    bookings = bookings_of_visitor(db_session(), current_user.id)
    return render_template("visitor/account/show.html", bookings=bookings)


@bp.route("/password", methods=["GET", "POST"])
@auth.signed_in
@limiter.limit("10 per 15 minutes", key_func=_own_id, deduct_when=refused)
def password() -> ResponseReturnValue:
    form = PasswordForm()
    if form.validate_on_submit() and _changed(form):
        auth.start_session(current_user._get_current_object())
        return redirect(auth.home_of(current_user), 303)
    return render_template("visitor/account/password.html", form=form), form.status


def _welcome(user: User, form: SignInForm) -> ResponseReturnValue:
    with transaction() as session:
        note_sign_in(session, user=user, password=str(form.password.data), now=now())
    auth.start_session(user, stay=form.stay.data)
    return redirect(_after_sign_in(user), 303)


def _after_sign_in(user: User) -> str:
    return auth.wanted_address(request.args.get("next", "")) or auth.home_of(user)


def _registered(form: SignUpForm) -> User | None:
    try:
        with transaction() as session:
            return register(
                session,
                email=str(form.email.data),
                name=str(form.name.data),
                password=str(form.password.data),
                now=now(),
                actor=auth.actor(),
            )
    except EmailInvalidError:
        form.refuse("email", _("That is no email address. It looks like name@example.com."))
    except EmailTakenError:
        form.refuse("email", _("There is an account with this email already. Sign in instead."))
    except WeakPasswordError as error:
        form.refuse("password", weakness_words(error))
    return None


def _changed(form: PasswordForm) -> bool:
    try:
        with transaction() as session:
            change_password(
                session,
                user=current_user,
                current=str(form.current.data),
                new=str(form.new.data),
                now=now(),
                actor=auth.actor(),
            )
    except WrongPasswordError:
        form.refuse("current", _("That is not your present password."))
    except WeakPasswordError as error:
        form.refuse("new", weakness_words(error))
    else:
        return True
    return False


def weakness_words(error: WeakPasswordError) -> str:
    words = {
        "short": _("Use at least 10 letters or digits."),
        "long": _("Use at most 200 letters."),
        "common": _("Too many people use this password. Choose another."),
        "personal": _("Do not use your own name or email as the password."),
    }
    return str(words[str(error.facts["weakness"])])
