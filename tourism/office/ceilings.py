"""Limits above times: of a place with all below it, or of the township."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from tourism.core.clock import now
from tourism.core.languages import Texts
from tourism.destination.models import Place
from tourism.destination.queries import all_places
from tourism.experiences.ceiling_queries import (
    Below,
    DayLoad,
    all_ceilings,
    below,
    get_ceiling,
    loads,
)
from tourism.experiences.ceilings import (
    LARGEST_CEILING,
    change_ceiling,
    remove_ceiling,
    set_ceiling,
)
from tourism.experiences.errors import CeilingTakenError
from tourism.experiences.models import Ceiling, CeilingKind, Experience
from tourism.experiences.ownership import all_experiences
from tourism.office.rules import LimitsOfAll, limits_of_all
from tourism.web.auth import actor
from tourism.web.db import db_session, transaction
from tourism.web.filters import local, text, zone
from tourism.web.forms import Form, LineField, at_most, one_of, required, whole

bp = Blueprint("ceilings", __name__, url_prefix="/ceilings")
KINDS = {
    CeilingKind.DAY: _l("People who arrive on a day"),
    CeilingKind.PRESENT: _l("People there at once"),
}
_LONGEST_NAME = 40
_DAYS = 14


def kind_word(kind: CeilingKind) -> str:
    return str(KINDS[kind])


bp.add_app_template_filter(kind_word)


class CapacityForm(Form):
    capacity = LineField(
        _l("At most so many people"),
        [required(_l("Enter how many people.")), whole(1, LARGEST_CEILING)],
    )


class CeilingForm(CapacityForm):
    """What is limited, how it is counted, and what visitors are told is full."""

    place = LineField(_l("What it limits"))
    kind = LineField(_l("What is counted"), [one_of(*KINDS)])
    name_zh_hans = LineField(_l("Name in simplified Chinese"), [at_most(_LONGEST_NAME)])
    name_zh_hant = LineField(_l("Name in traditional Chinese"), [at_most(_LONGEST_NAME)])
    name_en = LineField(_l("Name in English"), [at_most(_LONGEST_NAME)])

    def name(self, place: Place | None) -> Texts:
        """What was typed, and the place's own name in the other languages."""
        typed = {
            "zh-Hans": self.name_zh_hans.data,
            "zh-Hant": self.name_zh_hant.data,
            "en": self.name_en.data,
        }
        own = dict(place.name) if place else {}
        return own | {language: words for language, words in typed.items() if words}


@dataclass(frozen=True, slots=True)
class IndexPage:
    """Every ceiling with its place and how full it is today; the rules of every experience."""

    ceilings: Sequence[tuple[Ceiling, Place | None, DayLoad]]
    experiences: Sequence[Experience]
    limits: LimitsOfAll


@dataclass(frozen=True, slots=True)
class CeilingPage:
    """A ceiling: on which place, what lies below it, and how full it is on the coming days."""

    ceiling: Ceiling
    place: Place | None
    below: Sequence[Below]
    days: Sequence[DayLoad]

    @property
    def name(self) -> str:
        return text(self.ceiling.name)


@bp.get("/")
def index() -> ResponseReturnValue:
    session, places = db_session(), _places()
    found = all_ceilings(session)
    today = loads(session, found, local(now()).date(), 1, zone())
    rows = [(each, places.get(each.place_id or 0), today[each.id][0]) for each in found]
    page = IndexPage(rows, all_experiences(session), limits_of_all())
    return render_template("office/ceilings/index.html", page=page)


@bp.get("/new")
def new() -> ResponseReturnValue:
    return _new_page(CeilingForm(None, data={"kind": CeilingKind.DAY.value}))


@bp.post("/")
def create() -> ResponseReturnValue:
    form, places = CeilingForm(), _places()
    place = places.get(_id(form.place.data))
    if form.validate_on_submit() and _is_known(form, place):
        try:
            with transaction() as session:
                made = set_ceiling(
                    session,
                    kind=CeilingKind(str(form.kind.data)),
                    name=form.name(place),
                    capacity=int(str(form.capacity.data)),
                    now=now(),
                    actor=actor(),
                    place_id=place.id if place else None,
                )
        except CeilingTakenError:
            form.refuse("place", _("It has a limit that counts this. Change that one instead."))
        else:
            flash(_("The limit holds from now on."), "good")
            return redirect(url_for(".show", ceiling_id=made.id), 303)
    return _new_page(form)


@bp.get("/<int:ceiling_id>")
def show(ceiling_id: int) -> ResponseReturnValue:
    ceiling = get_ceiling(db_session(), ceiling_id)
    return _page(ceiling, CapacityForm(None, data={"capacity": str(ceiling.capacity)}))


@bp.post("/<int:ceiling_id>")
def update(ceiling_id: int) -> ResponseReturnValue:
    form = CapacityForm()
    if not form.validate_on_submit():
        return _page(get_ceiling(db_session(), ceiling_id), form)
    with transaction() as session:
        ceiling = get_ceiling(session, ceiling_id)
        wanted = int(str(form.capacity.data))
        change_ceiling(session, ceiling=ceiling, capacity=wanted, now=now(), actor=actor())
    _tell_over(_ceiling_page(ceiling).days)
    return redirect(url_for(".show", ceiling_id=ceiling_id), 303)


@bp.get("/<int:ceiling_id>/remove")
def confirm(ceiling_id: int) -> ResponseReturnValue:
    """What doing without it means, before it is done."""
    page = _ceiling_page(get_ceiling(db_session(), ceiling_id))
    return render_template("office/ceilings/confirm.html", page=page)


@bp.post("/<int:ceiling_id>/remove")
def remove(ceiling_id: int) -> ResponseReturnValue:
    with transaction() as session:
        ceiling = get_ceiling(session, ceiling_id)
        remove_ceiling(session, ceiling=ceiling, now=now(), actor=actor())
    flash(_("The limit is removed."), "good")
    return redirect(url_for(".index"), 303)


def _places() -> Mapping[int, Place]:
    return {place.id: place for place in all_places(db_session())}


def _id(value: str | None) -> int:
    text_ = value or ""
    return int(text_) if text_.isdecimal() and len(text_) < 10 else 0


def _is_known(form: CeilingForm, place: Place | None) -> bool:
    """A place that is there, or the township with a name for it."""
    if form.place.data and place is None:
        form.refuse("place", _("Choose one of the places."))
    elif place is None and not form.name_zh_hans.data:
        form.refuse("name_zh_hans", _("Enter what visitors are told is full."))
    return not form.errors


def _tell_over(days: Sequence[DayLoad]) -> None:
    """A limit below who is booked throws nobody out; whoever set it is told where that is so."""
    over = sum(1 for each in days if each.over_by)
    if over:
        words = ngettext(
            "Saved. On %(num)s day more are booked already: they may come, and nothing is sold"
            " there until they are fewer.",
            "Saved. On %(num)s days more are booked already: they may come, and nothing is sold"
            " there until they are fewer.",
            over,
        )
        flash(words, "warn")
    else:
        flash(_("Saved."), "good")


def _new_page(form: CeilingForm) -> ResponseReturnValue:
    answer = render_template(
        "office/ceilings/new.html", form=form, places=_places().values(), kinds=KINDS
    )
    return answer, form.status


def _ceiling_page(ceiling: Ceiling) -> CeilingPage:
    session, current = db_session(), now()
    days = loads(session, [ceiling], local(current).date(), _DAYS, zone())[ceiling.id]
    place = _places().get(ceiling.place_id or 0)
    return CeilingPage(ceiling, place, below(session, ceiling, current), days)


def _page(ceiling: Ceiling, form: CapacityForm) -> ResponseReturnValue:
    page = _ceiling_page(ceiling)
    return render_template("office/ceilings/show.html", page=page, form=form), form.status
