"""Gates: where tickets are scanned, whose, and with which phones."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from tourism.admissions.gates import (
    Facts,
    archive_gate,
    change_gate,
    create_gate,
    every_gate,
    get_gate_by_id,
    restore_gate,
    working_phones,
)
from tourism.admissions.models import Gate, GateDevice
from tourism.core.clock import now
from tourism.destination.models import Place
from tourism.destination.queries import all_places
from tourism.experiences.models import Experience, Operator
from tourism.experiences.operators import every_experience
from tourism.experiences.ownership import all_operators
from tourism.web.auth import actor
from tourism.web.db import db_session, transaction
from tourism.web.forms import LineField, required
from tourism.web.typed_forms import TypedForm, in_three, three_languages

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

bp = Blueprint("gates", __name__, url_prefix="/gates")


@three_languages(
    "name", _l("What it is called"), most=80, first=required(_l("Enter what it is called."))
)
class GateForm(TypedForm):
    operator = LineField(_l("Admits the tickets of"))
    place = LineField(_l("Where it stands"))

    def read(self, session: "Session", kept: Gate | None = None) -> Facts | None:
        """What was typed, or None when something was refused. What was kept may stay, even
        where nobody could choose it now."""
        operators = {str(each.id): each.id for each in all_operators(session)}
        places = {str(each.id): each.id for each in all_places(session)}
        if kept is not None:
            places[str(kept.place_id)] = kept.place_id
            operators |= {str(kept.operator_id): kept.operator_id} if kept.operator_id else {}
        if self.operator.data and self.operator.data not in operators:
            self.refuse("operator", _("Choose the orchard."))
        if self.place.data not in places:
            self.refuse("place", _("Choose the place."))
        if self.errors:
            return None
        return Facts(
            name=self.texts("name"),
            operator_id=operators.get(self.operator.data or ""),
            place_id=places[str(self.place.data)],
        )


@dataclass(frozen=True, slots=True)
class GatePage:
    """A gate with its phones and what it admits, or a new one; and what to choose from."""

    gate: Gate | None
    phones: Sequence[GateDevice]
    admits: Sequence[Experience]
    operators: Sequence[Operator]
    places: Sequence[Place]


@bp.get("/")
def index() -> ResponseReturnValue:
    return render_template("office/gates/index.html", gates=every_gate(db_session()))


@bp.get("/new")
def new() -> ResponseReturnValue:
    return _page(None, GateForm(None, data={"operator": request.args.get("operator", "")}))


@bp.post("/")
def create() -> ResponseReturnValue:
    form = GateForm()
    facts = form.read(db_session()) if form.validate_on_submit() else None
    if facts is None:
        return _page(None, form)
    with transaction() as session:
        gate_id = create_gate(session, facts=facts, now=now(), actor=actor()).id
    flash(_("Added. Now make a phone its scanner."), "good")
    return redirect(url_for(".show", gate_id=gate_id), 303)


@bp.get("/<int:gate_id>")
def show(gate_id: int) -> ResponseReturnValue:
    gate = get_gate_by_id(db_session(), gate_id)
    values = {"operator": str(gate.operator_id or ""), "place": str(gate.place_id)}
    return _page(gate, GateForm(None, data=values | in_three(gate.name, "name")))


@bp.post("/<int:gate_id>")
def update(gate_id: int) -> ResponseReturnValue:
    form, gate = GateForm(), get_gate_by_id(db_session(), gate_id)
    facts = form.read(db_session(), gate) if form.validate_on_submit() else None
    if facts is None:
        return _page(gate, form)
    with transaction() as session:
        gate = get_gate_by_id(session, gate_id)
        change_gate(session, gate=gate, facts=facts, now=now(), actor=actor())
    flash(_("Saved."), "good")
    return redirect(url_for(".show", gate_id=gate_id), 303)


@bp.get("/<int:gate_id>/archive")
def confirm_archive(gate_id: int) -> ResponseReturnValue:
    """Which phones scan no more then."""
    gate = get_gate_by_id(db_session(), gate_id)
    phones = working_phones(db_session(), gate)
    return render_template("office/gates/archive.html", gate=gate, phones=phones)


@bp.post("/<int:gate_id>/archive")
def archive(gate_id: int) -> ResponseReturnValue:
    with transaction() as session:
        gate = get_gate_by_id(session, gate_id)
        archive_gate(session, gate=gate, now=now(), actor=actor())
    flash(_("Archived. It can be brought back at any time."), "good")
    return redirect(url_for(".index"), 303)


@bp.post("/<int:gate_id>/restore")
def restore(gate_id: int) -> ResponseReturnValue:
    with transaction() as session:
        gate = get_gate_by_id(session, gate_id)
        restore_gate(session, gate=gate, now=now(), actor=actor())
    flash(_("It is back."), "good")
    return redirect(url_for(".show", gate_id=gate_id), 303)


def _page(gate: Gate | None, form: GateForm) -> ResponseReturnValue:
    session = db_session()
    page = GatePage(
        gate=gate,
        phones=working_phones(session, gate) if gate else (),
        admits=_admitted(session, gate) if gate else (),
        operators=all_operators(session),
        places=all_places(session),
    )
    return render_template("office/gates/form.html", page=page, form=form), form.status


def _admitted(session: "Session", gate: Gate) -> list[Experience]:
    """What tickets of it are for: everything of its operator, or of all."""
    return [
        each
        for each in every_experience(session)
        if each.archived_at is None and gate.operator_id in (None, each.operator_id)
    ]
