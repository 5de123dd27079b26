"""Make a one-time code for a phone: for the steward, owner or officer who stands beside it."""

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tourism.accounts.models import Role
from tourism.admissions.enrolments import create_enrolment
from tourism.admissions.queries import get_enrolment, get_gate_of, working_gates_of
from tourism.core.clock import now
from tourism.tickets import qr
from tourism.web.auth import actor, require_role
from tourism.web.db import db_session, transaction

bp = Blueprint("enrolments", __name__, url_prefix="/phones")
LONGEST_NAME = 80
_COOKIE = "enrolment"  # in the session: which enrolment, and its code, shown to its maker alone


@bp.before_request
def guard() -> ResponseReturnValue | None:
    return require_role(Role.STEWARD, Role.OWNER, Role.OFFICER)


@bp.get("/new")
def new() -> ResponseReturnValue:
    return _form({})


@bp.post("/")
def create() -> ResponseReturnValue:
    name = request.form.get("name", "").strip()
    if len(name) > LONGEST_NAME or not name.isprintable():
        return _form({"name": _("Use at most 80 letters on one line.")}), 422
    if not request.form.get("gate"):
        return _form({"gate": _("Choose the gate at which the phone will be used.")}), 422
    with transaction() as db:
        made = create_enrolment(
            db,
            gate=get_gate_of(db, current_user, request.form["gate"]),
            device_name=name,
            created_by=current_user.id,
            actor=actor(),
            now=now(),
        )
    session[_COOKIE] = [made.enrolment.id, made.code]
    return redirect(url_for(".show", enrolment_id=made.enrolment.id), 303)


@bp.get("/<int:enrolment_id>")
def show(enrolment_id: int) -> ResponseReturnValue:
    """The code as text and QR, while it is good."""
    enrolment = get_enrolment(db_session(), enrolment_id, created_by=current_user.id)
    known_id, code = session.get(_COOKIE, (None, ""))
    is_open = enrolment.used_at is None and enrolment.expires_at > now()
    if not is_open or known_id != enrolment_id:
        return render_template("gate/phones/closed.html", enrolment=enrolment, is_open=is_open)
    address = _gate_address()
    picture = qr.svg(f"{address}#{code}", _("Code for the phone"))
    answer = render_template(
        "gate/phones/show.html", enrolment=enrolment, code=code, address=address, picture=picture
    )
    return answer, {"Cache-Control": "no-store"}


def _form(errors: dict[str, str]) -> str:
    return render_template(
        "gate/phones/new.html",
        gates=working_gates_of(db_session(), current_user),
        errors={"gate": "", "name": ""} | errors,
        values={name: request.form.get(name, "") for name in ("gate", "name")},
    )


def _gate_address() -> str:
    """Where a phone's own camera leads it: the gate's page, its language left to the phone."""
    public: str = current_app.config["TOURISM"].public_url
    return (public or request.host_url.rstrip("/")) + "/gate/"
