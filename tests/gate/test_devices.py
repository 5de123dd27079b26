"""The lists of phones at the desk and in the office, and revoking one."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories.admissions import make_device, make_gate
from tests.factories.destination import make_destination
from tests.factories.experiences import make_experience
from tests.gate.test_enrolments import sign_in
from tests.statements import statements
from tourism.accounts.models import Role
from tourism.admissions.models import Gate, GateDevice
from tourism.audit.queries import entries_of
from tourism.core.clock import now

FACES = {Role.OWNER: "desk", Role.OFFICER: "office"}


@pytest.fixture
def gate(session: Session) -> Gate:
    """A gate with one phone, number 1; another operator's has number 2."""
    make_destination(session)
    gate = make_gate(session, make_experience(session))
    make_device(session, gate, now(), "红手机")
    other = make_gate(session, make_experience(session, "other"), "other")
    make_device(session, other, now(), "<b>蓝手机</b>")
    session.commit()
    return gate


@pytest.fixture(params=FACES)
def face(request: pytest.FixtureRequest, client: FlaskClient, session: Session, gate: Gate) -> str:
    sign_in(client, session, request.param, gate)
    return FACES[request.param]


def test_the_list_shows_gate_name_build_and_last_scan(
    client: FlaskClient, session: Session, face: str
) -> None:
    with statements(session) as sent:
        page = client.get(f"/{face}/devices/").text
    for words in ("红手机", "east门", "test", "上次联系"):
        assert words in page
    assert len([each for each in sent if "gate" in each]) == 2


def test_an_owner_sees_no_other_orchards_phones(
    client: FlaskClient, session: Session, gate: Gate
) -> None:
    sign_in(client, session, Role.OWNER, gate)
    assert "蓝手机" not in client.get("/desk/devices/").text
    assert client.get("/desk/devices/2/revoke").status_code == 404
    assert client.post("/desk/devices/2/revoke").status_code == 404
    assert session.get_one(GateDevice, 2).revoked_at is None


def test_an_officer_sees_all_phones_as_they_are_called(
    client: FlaskClient, session: Session, gate: Gate
) -> None:
    sign_in(client, session, Role.OFFICER, gate)
    assert "&lt;b&gt;蓝手机&lt;/b&gt;" in client.get("/office/devices/").text


def test_revoking_is_asked_once_more_and_recorded(
    client: FlaskClient, session: Session, face: str
) -> None:
    page = client.get(f"/{face}/devices/1/revoke")
    assert "停用“红手机”？" in page.text
    assert session.get_one(GateDevice, 1).revoked_at is None
    assert client.post(f"/{face}/devices/1/revoke").status_code == 303
    assert client.post(f"/{face}/devices/1/revoke").status_code == 303
    session.expire_all()
    assert session.get_one(GateDevice, 1).revoked_at is not None
    actions = [entry.action for entry in entries_of(session, "device", 1)]
    assert actions == ["devices.enrol", "devices.revoke"]
    assert "已停用" in client.get(f"/{face}/devices/").text


@pytest.mark.parametrize("path", ["", "1/revoke"])
@pytest.mark.parametrize("role", [Role.STEWARD, Role.VISITOR])
def test_others_are_turned_away(
    client: FlaskClient, session: Session, gate: Gate, path: str, role: Role
) -> None:
    sign_in(client, session, role, gate)
    for face in FACES.values():
        assert client.get(f"/{face}/devices/{path}").status_code == 403


def test_without_phones_the_list_says_how_to_begin(client: FlaskClient, session: Session) -> None:
    make_destination(session)
    sign_in(client, session, Role.OFFICER, None)
    assert "还没有手机在这里检票" in client.get("/office/devices/").text
