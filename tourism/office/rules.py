"""The rules of an experience: limits for a party and a phone, absent parties, order of lines."""

from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from tourism.bookings.rules import LONGEST_GRACE, MOST_BOOKINGS, Rules, rules_of, set_rules
from tourism.core.clock import now
from tourism.experiences.models import Experience
from tourism.experiences.ownership import get_any_experience
from tourism.settings import Settings
from tourism.tickets.operations import LARGEST_PARTY
from tourism.web.auth import actor
from tourism.web.db import db_session, transaction
from tourism.web.forms import Form, LineField, one_of, required, whole

bp = Blueprint("rules", __name__, url_prefix="/rules")
_MINUTE = timedelta(minutes=1)
_STRICT = "strict"
ORDERS = {
    "size": _l("The first for whom there are enough places"),
    _STRICT: _l("Only the first in line"),
}


class RulesForm(Form):
    largest_party = LineField(
        _l("People on one booking, at most"),
        [required(_l("Enter how many people.")), whole(1, LARGEST_PARTY)],
    )
    bookings_per_phone = LineField(
        _l("Bookings of one phone number on a day, at most"),
        [required(_l("Enter how many bookings.")), whole(1, MOST_BOOKINGS)],
    )
    grace = LineField(
        _l("Give on the places of who has not come, after minutes"),
        [whole(1, LONGEST_GRACE // _MINUTE)],
    )
    line = LineField(_l("Who is served first when places come back"), [one_of(*ORDERS)])

    @property
    def rules(self) -> Rules:
        return Rules(
            largest_party=int(str(self.largest_party.data)),
            bookings_per_phone=int(str(self.bookings_per_phone.data)),
            grace=int(self.grace.data) * _MINUTE if self.grace.data else None,
            is_strict=self.line.data == _STRICT,
        )


@dataclass(frozen=True, slots=True)
class LimitsOfAll:
    """What holds for every experience, as the site was set up."""

    per_address: int
    hold: timedelta


def limits_of_all() -> LimitsOfAll:
    settings: Settings = current_app.config["TOURISM"]
    return LimitsOfAll(settings.holds_per_address, settings.hold)


@bp.get("/<slug>")
def show(slug: str) -> ResponseReturnValue:
    experience = get_any_experience(db_session(), slug)
    rules = rules_of(experience)
    values = {
        "largest_party": str(rules.largest_party),
        "bookings_per_phone": str(rules.bookings_per_phone),
        "grace": str(rules.grace // _MINUTE) if rules.grace else "",
        "line": _STRICT if rules.is_strict else "size",
    }
    return _page(experience, RulesForm(None, data=values))


@bp.post("/<slug>")
def update(slug: str) -> ResponseReturnValue:
    form = RulesForm()
    if not form.validate_on_submit():
        return _page(get_any_experience(db_session(), slug), form)
    with transaction() as session:
        set_rules(session, slug=slug, rules=form.rules, now=now(), actor=actor())
    flash(_("Saved."), "good")
    return redirect(url_for("office.ceilings.index", _anchor="rules"), 303)


def _page(experience: Experience, form: RulesForm) -> ResponseReturnValue:
    answer = render_template(
        "office/rules/show.html", experience=experience, form=form, orders=ORDERS
    )
    return answer, form.status
