"""Nobody but an orchard's own owner gets anything from its desk: every route, every kind of id.

The routes are taken from the app. One with a new kind of id, or one that takes ids in its body,
fails here until somebody says what another orchard's would be.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.desk.farms import SECRET, Farm
from tests.factories.accounts import make_user, sign_in
from tourism.accounts.models import Role
from tourism.audit.models import AuditEntry
from tourism.core.db import Base

# Routes without an id in their address: what of another orchard's they are given instead.
GIVEN = {
    "arrivals.index": (),
    "arrivals.live": (),
    "closures.index": (),
    "closures.new": ("slot",),
    "closures.plan": ("slot",),
    "closures.create": ("slot",),
    "conflicts.index": (),
    "devices.index": (),
    "guests.index": ("slot", "experience", "q"),
    "guests.as_csv": ("slot", "experience", "q"),
    "guests.as_workbook": ("slot", "experience", "q"),
    "guests.paper": ("slot", "experience", "q"),
    "harvest.index": (),
    "people.index": (),
    "people.new": (),
    "people.create": ("operator",),
    "scans.index": (),
    "schedule.index": (),
    "timetable.show": ("only",),
    "timetable.apply": ("only",),
}
# What a form would need beside, so that only the guard can be what refuses it.
BODY = {
    "capacity": "3",
    "places": "1",
    "choice": "cancel",
    "reason": "rain",
    "note": "x",
    "name": "x",
    "role": "owner",
    "phones": "1",
    "request": "x",
    "mark": "x",
    "from": "2027-05-30",
    "to": "2027-05-30",
    "day": "2027-05-30",
    "kilograms": "3",
}


Try = tuple[str, str, dict[str, object]]  # method, address, and what is sent


def _rules(app: Flask) -> list[Rule]:
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/desk")]
    assert len(rules) > 50
    return rules


def _endpoint(rule: Rule) -> str:
    return rule.endpoint.removeprefix("desk.")


def _addresses(app: Flask, rule: Rule, tried: Farm, own: Farm | None) -> Iterator[str]:
    """With every id of the tried orchard's in every place, the others from either."""
    names = sorted(rule.arguments)
    theirs = [tried.ids[name] for name in names]
    mixed = [(*tried.ids[name], *(own.ids.get(name, ()) if own else ())) for name in names]
    for values in product(*mixed):
        has_theirs = any(
            value in kind and name != "day"
            for name, value, kind in zip(names, values, theirs, strict=True)
        )
        if has_theirs:
            _domain, path = rule.build(dict(zip(names, values, strict=True))) or ("", "")
            yield path


def _given(rule: Rule, tried: Farm) -> list[dict[str, object]]:
    """One of the tried orchard's ids at a time, as a form or an address could carry it."""
    what = {
        "slot": tried.ids["slot_id"][0],
        "experience": tried.ids["experience_id"][0],
        "only": tried.ids["experience_id"][0],
        "operator": tried.ids["operator_id"][0],
        "q": tried.ids["reference"][0],
    }
    return [{name: what[name]} for name in GIVEN[_endpoint(rule)]]


def _tries(
    app: Flask, tried: Farm, own: Farm | None
) -> Iterator[tuple[str, str, dict[str, object]]]:
    """Method, address and values of each try."""
    body = {**BODY, tried.unit: "1"}
    for rule in _rules(app):
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if rule.arguments:
                for path in _addresses(app, rule, tried, own):
                    yield method, path, body
            else:
                for values in _given(rule, tried):
                    yield method, rule.rule, {**body, **values}


def _ask(client: FlaskClient, method: str, path: str, values: dict[str, object]) -> TestResponse:
    if method == "GET":
        return client.get(path, query_string=values)
    return client.post(path, data=values)


def _is_told(answer: TestResponse, tried: Farm, values: Mapping[str, object]) -> bool:
    """Whether the answer holds anything of the tried orchard's that was not sent to it."""
    text = answer.get_data().decode(errors="replace").replace(str(values.get("q", "-")), "")
    references = () if answer.status_code == 404 else tried.ids["reference"]
    return any(str(each) in text for each in (SECRET, *references))


def _state(session: Session) -> str:
    """All that is in the database, as one word; but for the entry that a file was taken away."""
    session.rollback()
    session.execute(sa.delete(AuditEntry).where(AuditEntry.action == "bookings.export"))
    session.commit()
    rows = [
        sorted(map(repr, session.execute(sa.select(table)).all()))
        for table in Base.metadata.sorted_tables
    ]
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def test_every_route_says_which_ids_it_takes(app: Flask, farms: tuple[Farm, Farm]) -> None:
    tried, _other = farms
    for rule in _rules(app):
        if rule.arguments:
            assert rule.arguments <= tried.ids.keys(), f"{rule}: what is another orchard's?"
        else:
            assert _endpoint(rule) in GIVEN, f"{rule}: what of another orchard's can it be given?"
    assert all(tried.ids.values())


def test_the_ids_are_real(app: Flask, client: FlaskClient, farms: tuple[Farm, Farm]) -> None:
    """To the own owner each page opens, so that a refusal to others means something."""
    tried, _other = farms
    sign_in(client, tried.owner)
    opened = [
        path
        for method, path, values in _tries(app, tried, None)
        if method == "GET" and _ask(client, method, path, values).status_code in (200, 303)
    ]
    for rule in _rules(app):
        if rule.arguments and "GET" in (rule.methods or ()):
            assert set(opened) & set(_addresses(app, rule, tried, None)), rule


def test_another_orchards_owner_gets_nothing_and_changes_nothing(
    app: Flask, client: FlaskClient, session: Session, farms: tuple[Farm, Farm]
) -> None:
    tried, other = farms
    sign_in(client, other.owner)
    lists = {rule.rule for rule in _rules(app) if not rule.arguments}
    before, count = _state(session), 0
    for method, path, values in _tries(app, tried, other):
        answer = _ask(client, method, path, values)
        count += 1
        # A page of the own orchard may open beside another's id that it does not heed.
        may_open = path in lists
        assert answer.status_code in (404, 409, 422) or may_open, (method, path, answer.status_code)
        assert not _is_told(answer, tried, values), (method, path)
    assert count > 100
    assert _state(session) == before


@pytest.mark.parametrize("who", ["steward", "visitor", "signed out"])
def test_stewards_visitors_and_strangers_get_nothing_and_change_nothing(
    app: Flask, client: FlaskClient, session: Session, farms: tuple[Farm, Farm], who: str
) -> None:
    """A steward of this very orchard too."""
    tried, _other = farms
    if who == "steward":
        sign_in(client, tried.steward)
    elif who == "visitor":
        sign_in(client, make_user(session, Role.VISITOR))
        session.commit()
    before = _state(session)
    one_each = replace(tried, ids={name: found[:1] for name, found in tried.ids.items()})
    for method, path, values in _tries(app, one_each, None):
        answer = _ask(client, method, path, values)
        assert answer.status_code == (303 if who == "signed out" else 403), (method, path)
        if who == "signed out":
            assert answer.location.startswith("/account/sign-in"), (method, path)
        assert SECRET not in answer.text
    for rule in _rules(app):
        if not rule.arguments:
            method = "GET" if "GET" in (rule.methods or ()) else "POST"
            answer = _ask(client, method, rule.rule, {})
            assert answer.status_code == (303 if who == "signed out" else 403), rule
    assert _state(session) == before


def test_pages_of_the_own_orchard_name_nobody_elses(
    app: Flask, client: FlaskClient, farms: tuple[Farm, Farm]
) -> None:
    tried, other = farms
    sign_in(client, other.owner)
    for rule in _rules(app):
        if not rule.arguments and "GET" in (rule.methods or ()):
            assert not _is_told(client.get(rule.rule), tried, {}), rule
