"""Flask-Login wiring, and guards by role."""

from flask import Flask, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user

from tourism.accounts.models import Role, User
from tourism.accounts.queries import find_user_by_session
from tourism.audit.operations import Actor
from tourism.web.db import db_session


def init_app(app: Flask) -> None:
    manager = LoginManager(app)
    manager.session_protection = "basic"
    manager.user_loader(_load)
    manager.unauthorized_handler(_to_sign_in)


def require_role(*roles: Role) -> ResponseReturnValue | None:
    """A guard for `before_request`: signed out goes to the sign-in page, others get 403."""
    if not current_user.is_authenticated:
        return _to_sign_in()
    if current_user.role not in roles:
        abort(403)
    return None


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
