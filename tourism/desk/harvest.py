"""The fruit decides: how many may come to the rest of the day, or that everything is picked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from tourism.bookings.capacity import Choice, set_places
from tourism.bookings.closures import Plan, close_slots, plan_closure
from tourism.bookings.models import ClosureReason
from tourism.core.clock import now
from tourism.desk.harvest_notes import RipenessForm, SaleForm, sales_today
from tourism.experiences.harvest import Proposal, Said, propose, windows_at_once
from tourism.experiences.harvests import Sold, find_harvest, save_harvest
from tourism.experiences.models import Experience, Harvest, Slot, SlotState, Weighing
from tourism.experiences.ownership import experiences_of, get_experience_of
from tourism.experiences.queries import slots_of_day
from tourism.web.auth import actor
from tourism.web.db import db_session, transaction
from tourism.web.filters import local, zone
from tourism.web.forms import LineField
from tourism.web.typed_forms import TypedForm

bp = Blueprint("harvest", __name__, url_prefix="/harvest")
_LARGEST_KG = 100_000


class HarvestForm(TypedForm):
    """The six numbers of the morning."""

    ripe = LineField(_l("Ripe and not yet picked (kg)"))
    head = LineField(_l("One visitor picks (kg)"))
    rows_open = LineField(_l("Rows open"))
    row_people = LineField(_l("People in a row at once"))
    staff = LineField(_l("Helpers there"))
    staff_people = LineField(_l("Visitors one helper looks after"))

    def read(self) -> Said | None:
        ripe = self.grams("ripe", 0, _LARGEST_KG)
        head = self.grams("head", 50, 50)
        counts = [
            self.number(name, 1, 9999)
            for name in ("rows_open", "row_people", "staff", "staff_people")
        ]
        if self.errors or ripe is None or head is None:
            return None
        return Said(ripe, head, *(count or 0 for count in counts))


@dataclass(frozen=True, slots=True)
class HarvestPage:
    """All that the page of an experience's fruit shows."""

    experience: Experience
    today: date
    slots: Sequence[Slot]  # those of today that are not over
    form: HarvestForm
    proposal: Proposal | None
    ripeness: RipenessForm
    sale: SaleForm
    sales: Sequence[Weighing]
    sold: Sold

    @property
    def over(self) -> Sequence[Slot]:
        """Slots on which more are booked than the proposal allows."""
        places = self.proposal.places if self.proposal else 0
        return [slot for slot in self.slots if slot.taken > places]


@bp.get("/")
def index() -> ResponseReturnValue:
    experiences = experiences_of(db_session(), current_user)
    if len(experiences) == 1:
        return redirect(url_for(".show", experience_id=experiences[0].id), 303)
    return render_template("desk/harvest/index.html", experiences=experiences)


@bp.get("/<int:experience_id>")
def show(experience_id: int) -> ResponseReturnValue:
    experience = get_experience_of(db_session(), current_user, experience_id)
    kept = find_harvest(db_session(), experience.id, _today())
    said = _said(kept) if kept and kept.day == _today() else None
    return page(experience, form=HarvestForm(None, data=_typed(kept)), said=said)


@bp.post("/<int:experience_id>")
def update(experience_id: int) -> ResponseReturnValue:
    """Keep what was said; the page then shows what it means."""
    form = HarvestForm()
    said = form.read() if form.validate_on_submit() else None
    experience = get_experience_of(db_session(), current_user, experience_id)
    if said is None:
        return page(experience, form=form)
    with transaction() as session:
        experience = get_experience_of(session, current_user, experience_id)
        proposal = _propose(experience, said, slots_left(experience))
        save_harvest(
            session,
            experience_id=experience.id,
            day=_today(),
            proposal=proposal,
            now=now(),
            actor=actor(),
        )
    return redirect(url_for(".show", experience_id=experience_id, _anchor="proposal"), 303)


@bp.post("/<int:experience_id>/apply")
def apply(experience_id: int) -> ResponseReturnValue:
    """Let so many come to each of the windows still to come; who is too many is asked first."""
    experience = get_experience_of(db_session(), current_user, experience_id)
    kept = find_harvest(db_session(), experience.id, _today())
    slots, chosen = slots_left(experience), request.form.get("choice", "")
    places = kept.proposed if kept and kept.day == _today() else 0
    is_over = any(slot.taken > places for slot in slots)
    if not slots or not places or (is_over and chosen not in set(Choice)):
        flash(_("Choose one of these.") if slots and places else _("No time is left today."), "bad")
        return redirect(url_for(".show", experience_id=experience_id, _anchor="proposal"), 303)
    with transaction() as session:
        set_places(
            session,
            slot_ids=[slot.id for slot in slots if slot.state is not SlotState.FREE],
            places=places,
            choice=Choice(chosen) if is_over else Choice.KEEP,
            now=now(),
            actor=actor(),
        )
    flash(_("Up to %(num)s may come to each time that is left today.", num=places), "good")
    return redirect(url_for("desk.arrivals.index"), 303)


@bp.get("/<int:experience_id>/picked-out")
def confirm(experience_id: int) -> ResponseReturnValue:
    """Who is affected, and where they would go; nothing happens yet."""
    experience = get_experience_of(db_session(), current_user, experience_id)
    return render_template(
        "desk/harvest/picked_out.html", experience=experience, plan=_plan(experience)
    )


@bp.post("/<int:experience_id>/picked-out")
def picked_out(experience_id: int) -> ResponseReturnValue:
    """Close the rest of the day and offer each party the next orchard with room."""
    experience = get_experience_of(db_session(), current_user, experience_id)
    ids = [slot.id for slot in slots_left(experience)]
    if not ids:
        flash(_("No time is left today."), "warn")
        return redirect(url_for(".show", experience_id=experience_id), 303)
    with transaction() as session:
        close_slots(
            session, slot_ids=ids, reason=ClosureReason.PICKED_OUT, now=now(), actor=actor()
        )
    flash(_("Closed for today. Everybody who has booked is told where there is room."), "good")
    return redirect(url_for("desk.arrivals.index"), 303)


def page(
    experience: Experience,
    *,
    form: HarvestForm | None = None,
    said: Said | None = None,
    ripeness: RipenessForm | None = None,
    sale: SaleForm | None = None,
) -> ResponseReturnValue:
    """The page, with whichever form was refused."""
    slots, today = slots_left(experience), _today()
    kept = find_harvest(db_session(), experience.id, today)
    sales, sold = sales_today(experience.id, today)
    forms = [each for each in (form, ripeness, sale) if each and each.errors]
    shown = HarvestPage(
        experience=experience,
        today=today,
        slots=slots,
        form=form or HarvestForm(None, data=_typed(kept)),
        proposal=_propose(experience, said, slots) if said else None,
        ripeness=ripeness or RipenessForm.of(experience),
        sale=sale or SaleForm.empty(),
        sales=sales,
        sold=sold,
    )
    return render_template("desk/harvest/show.html", page=shown), 422 if forms else 200


def slots_left(experience: Experience) -> list[Slot]:
    """Today's slots that are not over."""
    at = now()
    day = slots_of_day(db_session(), experience, local(at).date(), zone())
    return [slot for slot in day if slot.ends_at > at and slot.state is not SlotState.CLOSED]


def _plan(experience: Experience) -> Plan:
    ids = [slot.id for slot in slots_left(experience)]
    return plan_closure(db_session(), slot_ids=ids, now=now(), reason=ClosureReason.PICKED_OUT)


def _propose(experience: Experience, said: Said, slots: Sequence[Slot]) -> Proposal:
    stay = timedelta(0) if experience.all_day else experience.stay
    return propose(said, len(slots), windows_at_once(slots, stay))


def _today() -> date:
    return local(now()).date()


def _said(kept: Harvest) -> Said:
    return Said(*(getattr(kept, name) for name in Said.__slots__))


def _typed(kept: Harvest | None) -> dict[str, str]:
    """What was said last, as it is typed."""
    if kept is None:
        return {}
    counts = ("rows_open", "row_people", "staff", "staff_people")
    return {
        "ripe": f"{kept.ripe_g / 1000:g}",
        "head": f"{kept.head_g / 1000:g}",
        **{name: str(getattr(kept, name)) for name in counts},
    }
