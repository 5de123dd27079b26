"""Making a code for a phone: whose gates, the code shown once, and who is turned away."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories.accounts import make_user
from tests.factories.admissions import make_gate
from tests.factories.destination import make_destination
from tests.factories.experiences import make_experience
from tourism.accounts.models import Role, User
from tourism.admissions.enrolments import enrol_device, secret_hash
from tourism.admissions.models import Enrolment, Gate
from tourism.audit.queries import entries_of
from tourism.core.clock import now
from tourism.experiences.models import Membership

STAFF = (Role.STEWARD, Role.OWNER, Role.OFFICER)


@pytest.fixture
def gate(session: Session) -> Gate:
    make_destination(session)
    gate = make_gate(session, make_experience(session))
    session.commit()
    return gate


@pytest.fixture
def other_gate(session: Session, gate: Gate) -> Gate:
    """Of another operator."""
    other = make_gate(session, make_experience(session, "other"), "other")
    session.commit()
    return other


@pytest.fixture(params=STAFF)
def member(
    request: pytest.FixtureRequest, session: Session, client: FlaskClient, gate: Gate
) -> User:
    """Steward, owner or officer, signed in; the first two work for the gate's operator."""
    return sign_in(client, session, request.param, gate)


def test_a_member_makes_a_code_that_enrols(
    client: FlaskClient, session: Session, gate: Gate, member: User
) -> None:
    """Shown as letters and as a QR code; the database keeps only its hash."""
    answer = client.post("/gate/phones/", data={"gate": "east", "name": "红手机"})
    assert answer.status_code == 303
    page = client.get(answer.location)
    code = _code(page.text)
    enrolment = session.scalars(sa.select(Enrolment)).one()
    assert enrolment.code_hash == secret_hash(code)
    assert (enrolment.gate_id, enrolment.created_by) == (gate.id, member.id)
    assert '<svg class="qr"' in page.text
    assert page.headers["Cache-Control"] == "no-store"
    device = enrol_device(session, code=code, name="", build="", now=now())
    assert device.name == "红手机"
    [entry] = entries_of(session, "enrolment", enrolment.id)
    assert (entry.actor, entry.action) == (f"user:{member.id}", "devices.invite")
    assert code not in str(entry.after)


def test_the_page_says_when_the_phone_is_ready(
    client: FlaskClient, session: Session, gate: Gate, member: User
) -> None:
    address = client.post("/gate/phones/", data={"gate": "east"}).location
    code = _code(client.get(address).text)
    enrol_device(session, code=code, name="", build="", now=now())
    session.commit()
    page = client.get(address).text
    assert "手机可以检票了" in page
    assert code[:4] not in page


def test_a_code_that_ran_out_is_not_shown(
    client: FlaskClient, session: Session, gate: Gate, member: User
) -> None:
    address = client.post("/gate/phones/", data={"gate": "east"}).location
    session.execute(sa.update(Enrolment).values(expires_at=now() - timedelta(seconds=1)))
    session.commit()
    assert "这个码过期了" in client.get(address).text


def test_only_the_own_gates_are_offered(
    client: FlaskClient, session: Session, gate: Gate, other_gate: Gate
) -> None:
    sign_in(client, session, Role.OWNER, gate)
    page = client.get("/gate/phones/new").text
    assert ("east门" in page, "other门" in page) == (True, False)
    assert client.post("/gate/phones/", data={"gate": "other"}).status_code == 404
    assert session.scalars(sa.select(Enrolment)).all() == []


def test_an_officer_is_offered_every_gate(
    client: FlaskClient, session: Session, gate: Gate, other_gate: Gate
) -> None:
    sign_in(client, session, Role.OFFICER, gate)
    page = client.get("/gate/phones/new").text
    assert "east门" in page
    assert "other门" in page


def test_who_has_no_gate_is_told_whom_to_ask(
    client: FlaskClient, session: Session, gate: Gate
) -> None:
    sign_in(client, session, Role.OWNER, None)
    assert "您名下还没有检票口" in client.get("/gate/phones/new").text


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"name": "红手机"}, "请选手机在哪个检票口用"),
        ({"gate": "east", "name": "x" * 81}, "最多80个字"),
        ({"gate": "east", "name": "a\0b"}, "最多80个字"),
    ],
)
def test_a_wrong_form_keeps_what_was_typed(
    client: FlaskClient, session: Session, gate: Gate, data: dict[str, str], words: str
) -> None:
    sign_in(client, session, Role.STEWARD, gate)
    answer = client.post("/gate/phones/", data=data)
    assert answer.status_code == 422
    assert words in answer.text
    assert session.scalars(sa.select(Enrolment)).all() == []


def test_another_persons_code_cannot_be_opened(
    client: FlaskClient, session: Session, gate: Gate
) -> None:
    sign_in(client, session, Role.OWNER, gate)
    address = client.post("/gate/phones/", data={"gate": "east"}).location
    sign_in(client, session, Role.STEWARD, gate)
    assert client.get(address).status_code == 404


def test_a_second_browser_of_the_same_person_does_not_show_it(
    client: FlaskClient, session: Session, gate: Gate
) -> None:
    user = sign_in(client, session, Role.OWNER, gate)
    address = client.post("/gate/phones/", data={"gate": "east"}).location
    second = client.application.test_client()
    _as(second, user)
    assert "This code was shown already" in second.get(f"/en{address}").text


@pytest.mark.parametrize("path", ["new", "1"])
def test_visitors_are_turned_away(
    client: FlaskClient, session: Session, gate: Gate, path: str
) -> None:
    assert client.get(f"/gate/phones/{path}").status_code == 303
    sign_in(client, session, Role.VISITOR, None)
    assert client.get(f"/gate/phones/{path}").status_code == 403


def sign_in(client: FlaskClient, session: Session, role: Role, gate: Gate | None) -> User:
    """A new person of that role, a member of the gate's operator unless an officer."""
    user = make_user(session, role)
    if gate is not None and role is not Role.OFFICER:
        session.add(Membership(operator_id=gate.operator_id, user_id=user.id))
    session.commit()
    _as(client, user)
    return user


def _as(client: FlaskClient, user: User) -> None:
    with client.session_transaction() as kept:
        kept.clear()
        kept.update(_user_id=user.get_id(), _fresh=True)


def _code(page: str) -> str:
    letters = page.partition('class="enrol-code__letters">')[2].partition("</p>")[0]
    return letters[:4] + letters[-4:]
