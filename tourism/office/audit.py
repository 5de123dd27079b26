"""What was done, by whom and when: every entry of the audit, newest first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from tourism.accounts.queries import ids_of_people, names_of
from tourism.audit.models import AuditEntry
from tourism.audit.queries import Wanted, find_entries
from tourism.core.clock import now
from tourism.experiences.queries import midnight
from tourism.office.audit_words import ACTIONS, action_word, actor_word, changes, subject_word
from tourism.web.converters import LARGEST_KEY
from tourism.web.days import asked_day_or_none
from tourism.web.db import db_session
from tourism.web.filters import local, zone
from tourism.web.forms import clean

bp = Blueprint("audit", __name__, url_prefix="/audit")
for word in (action_word, actor_word, changes, subject_word):
    bp.add_app_template_filter(word)
_PAGE = 50
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some entries, what was asked for, and where the list goes on."""

    entries: Sequence[AuditEntry]
    names: Mapping[int, str]
    actions: Mapping[str, Any]
    who: str
    what: str
    first: date | None
    last: date | None
    next_id: int | None


@bp.get("/")
def index() -> ResponseReturnValue:
    today = local(now()).date()
    who, what = clean(request.args.get("who")), clean(request.args.get("what"))
    first, last = asked_day_or_none(today, "first"), asked_day_or_none(today, "last")
    wanted = Wanted(
        actors=_actors(who) if who else None,
        action=what,
        starts=midnight(first, zone()) if first else None,
        ends=midnight(last + _DAY, zone()) if last else None,
    )
    before_id = request.args.get("before", type=int)
    found = find_entries(db_session(), wanted, limit=_PAGE + 1, before_id=_key(before_id))
    entries = found[:_PAGE]
    page = AuditPage(
        entries=entries,
        names=names_of(db_session(), _people(entries)),
        actions=ACTIONS,
        who=who,
        what=what,
        first=first,
        last=last,
        next_id=entries[-1].id if len(found) > _PAGE else None,
    )
    return render_template("office/audit/index.html", page=page)


def _key(number: int | None) -> int | None:
    return None if number is None else max(0, min(number, LARGEST_KEY))


def _actors(who: str) -> list[str]:
    """Entries name people by number; a name or address stands for all who match it."""
    people = [f"user:{key}" for key in ids_of_people(db_session(), who)]
    return [who, *people]


def _people(entries: Sequence[AuditEntry]) -> set[int]:
    """The numbers of the people who acted or whose account was changed."""
    named = [entry.actor for entry in entries]
    named += [f"{entry.subject_kind}:{entry.subject_id}" for entry in entries]
    keys = (each.removeprefix("user:") for each in named if each.startswith("user:"))
    return {int(key) for key in keys if key.isdecimal()}
