"""Every page of the desk, the office and the gate's sign-in is shut to everybody else.

The routes are taken from the app itself, so a new one is tried without being named here.
"""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from tests.factories.accounts import make_user, sign_in
from tests.factories.destination import make_destination
from tourism.accounts.models import Role

OPEN_TO = {
    "desk": {Role.OWNER},
    "office": {Role.OFFICER},
    "gate.enrolments": {Role.STEWARD, Role.OWNER, Role.OFFICER},
    "visitor.account.show": set(Role),
    "visitor.account.password": set(Role),
}
VALUES = {"KeyConverter": "1", "DayConverter": "2027-05-30", "UnicodeConverter": "x"}


def _guarded(app: Flask) -> Iterator[tuple[str, str, set[Role]]]:
    """Method, address and roles of each guarded route."""
    for rule in app.url_map.iter_rules():
        roles = _roles(rule.endpoint)
        for method in sorted((rule.methods or set()) - {"OPTIONS"} if roles else ()):
            yield method, _address(rule), roles


def _roles(endpoint: str) -> set[Role]:
    found = [key for key in OPEN_TO if f"{endpoint}.".startswith(f"{key}.")]
    return OPEN_TO[found[0]] if found else set()


def _address(rule: Rule) -> str:
    parts = (
        VALUES[type(rule._converters[each]).__name__] if is_value else each
        for is_value, each in rule._trace[1:]
    )
    return "".join(parts)


@pytest.fixture(autouse=True)
def _destination(session: Session) -> None:
    make_destination(session)
    session.commit()


def test_there_is_something_to_guard(app: Flask) -> None:
    guarded = list(_guarded(app))
    assert len(guarded) > 30
    for start in ("/desk/", "/office/", "/gate/phones/", "/account"):
        assert any(address.startswith(start) for _, address, _ in guarded)


def test_every_staff_address_is_guarded(app: Flask) -> None:
    """No module of the desk or office can be hung up beside its guard."""
    addresses = {address for _, address, _ in _guarded(app)}
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(("/desk", "/office")):
            assert _address(rule) in addresses, rule


def test_signed_out_people_are_sent_to_sign_in(app: Flask, client: FlaskClient) -> None:
    for method, address, _ in _guarded(app):
        answer = client.open(address, method=method)
        assert answer.status_code == 303, (method, address)
        assert answer.location.startswith("/account/sign-in"), (method, address)


@pytest.mark.parametrize("role", list(Role))
def test_other_roles_are_refused(
    app: Flask, client: FlaskClient, session: Session, role: Role
) -> None:
    sign_in(client, make_user(session, role))
    session.commit()
    for method, address, roles in _guarded(app):
        if role not in roles:
            answer = client.open(address, method=method)
            assert answer.status_code == 403, (method, address)
            assert "Traceback" not in answer.text


@pytest.mark.parametrize("role", [Role.OWNER, Role.OFFICER, Role.STEWARD])
def test_disabled_people_and_given_passwords_open_nothing(
    app: Flask, client: FlaskClient, session: Session, role: Role
) -> None:
    user = make_user(session, role, password_is_temporary=True)
    sign_in(client, user)
    session.commit()
    work = [each for each in _guarded(app) if role in each[2] and "/account" not in each[1]]
    for method, address, _ in work:
        answer = client.open(address, method=method)
        assert (answer.status_code, answer.location) == (303, "/account/password"), address
    user.is_enabled = False
    session.commit()
    for method, address, _ in work:
        answer = client.open(address, method=method)
        assert answer.location.startswith("/account/sign-in"), (method, address)


def test_owner_without_an_orchard_finds_nothing(
    app: Flask, client: FlaskClient, session: Session
) -> None:
    sign_in(client, make_user(session, Role.OWNER))
    session.commit()
    for method, address, _ in _guarded(app):
        if address.startswith("/desk/") and "/1" in address:
            assert client.open(address, method=method).status_code == 404, (method, address)
