"""Flask-Login wiring, guards by role, and where to go after signing in."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from flask import Flask, Response, abort, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user, login_required, login_user, logout_user

from tourism.accounts.models import Role, User
from tourism.accounts.queries import find_user_by_session
from tourism.audit.operations import Actor
from tourism.web.db import db_session
from tourism.web.languages import without_language

View = TypeVar("View", bound=Callable[..., Any])
STAY = timedelta(days=30)
_HOMES = {
    Role.VISITOR: "visitor.account.show",
    Role.STEWARD: "gate.enrolments.new",
    Role.OWNER: "desk.arrivals.index",
    Role.OFFICER: "office.statistics.index",
}


class _Logins(LoginManager):  # type: ignore[misc]
    """Protects the sessions of people. Those of strangers hold a form's token or a message, and
    would be marked, signed and sent anew for nothing."""

    def _session_protection_failed(self) -> bool:
        failed: bool = "_user_id" in session and super()._session_protection_failed()
        return failed


def init_app(app: Flask) -> None:
    manager = _Logins(app)
    manager.session_protection = "basic"
    manager.user_loader(_load)
    manager.unauthorized_handler(_to_sign_in)
    app.config["PERMANENT_SESSION_LIFETIME"] = STAY
    app.add_template_global(home_of)


def require_role(*roles: Role) -> ResponseReturnValue | None:
    """A guard for `before_request`: signed out goes to the sign-in page, others get 403, and
    whoever has a password that somebody else gave changes it first."""
    if not current_user.is_authenticated:
        return _to_sign_in()
    if current_user.role not in roles:
        abort(403)
    if current_user.password_is_temporary:
        return redirect(url_for("visitor.account.password"), 303)
    return None


def signed_in(view: View) -> View:
    """A guard for one view: whoever is signed out goes to the sign-in page."""
    return cast("View", login_required(view))


def keep_private(response: Response) -> Response:
    """For `after_request` of pages with people on them: no copy is kept, not even by the browser,
    so that "back" shows nothing after signing out."""
    response.cache_control.no_store = True
    return response


def start_session(user: User, *, stay: bool = False) -> None:
    """Let this browser be that person's, for some weeks or until it is closed. What it knew from
    before is forgotten but for messages, so that nobody inherits another's form token."""
    session.pop("csrf_token", None)
    session.permanent = stay
    login_user(user)


def end_session() -> None:
    """Forget the person and whatever was kept for them."""
    logout_user()
    session.clear()


def home_of(user: User) -> str:
    """The page where that person's work begins."""
    return url_for(_HOMES[user.role])


def wanted_address(text: str) -> str | None:
    """An address of this site that somebody wanted before signing in, in the page's language.

    None for anything that a browser might take for another site: it reads `//host` and `/\\host`
    as one, and drops tabs and line ends before it looks.
    """
    path = without_language(text)
    if not path.startswith("/") or path.startswith("//") or "\\" in path:
        return None
    if any(letter <= " " or letter == "\x7f" for letter in path):
        return None
    parts = urlsplit(path)
    return None if parts.scheme or parts.netloc else request.script_root + path


def actor() -> Actor:
    """Who acts in this request, for the audit."""
    if current_user.is_authenticated:
        return Actor("user", str(current_user.id))
    return Actor("visitor")


def _load(session_id: str) -> User | None:
    return find_user_by_session(db_session(), session_id)


def _to_sign_in() -> ResponseReturnValue:
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("visitor.account.sign_in", next=wanted), 303)
