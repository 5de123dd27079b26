"""Who works at an orchard: invited by a one-time link, removed at once."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.desk.conftest import Orchard
from tests.factories.accounts import make_user, sign_in
from tests.factories.admissions import make_device, make_gate
from tourism.accounts.models import Role, User
from tourism.admissions.models import GateDevice
from tourism.audit.models import AuditEntry
from tourism.experiences.models import Experience, Invitation, Membership, Slot

PASSWORD = "kirschen im mai"
JOINING = {"name": "李帮手", "email": "helper@example.org", "password": PASSWORD}


def invite(client: FlaskClient, role: Role = Role.STEWARD) -> str:
    """The path of the link that the owner gets."""
    made = client.post("/desk/people/invitations", data={"name": "小李", "role": role.value})
    assert made.status_code == 303, made.text
    return link_on(client.get(made.location).text)


def link_on(page: str) -> str:
    found = re.search(r"<code>http://[^/]+(/invitations/[\w-]+)</code>", page)
    assert found
    return found[1]


def join(client: FlaskClient, path: str, **changes: str) -> str:
    """Taken up in another browser with a new account; where that leads."""
    stranger = client.application.test_client()
    stranger.environ_base["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
    answer = stranger.post(path, data=JOINING | changes)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def person(session: Session, email: str = JOINING["email"]) -> User:
    session.expire_all()
    return session.scalars(sa.select(User).where(User.email == email)).one()


def works_for(session: Session, user: User) -> list[int]:
    query = sa.select(Membership.operator_id).where(Membership.user_id == user.id)
    return list(session.scalars(query))


def acts(session: Session) -> list[str]:
    query = sa.select(AuditEntry.action).where(AuditEntry.action.startswith("people."))
    return list(session.scalars(query.order_by(AuditEntry.id)))


def test_a_steward_is_invited_and_joins_with_a_new_account(
    client: FlaskClient, session: Session, orchard: Orchard
) -> None:
    path = invite(client)
    stranger = client.application.test_client()
    page = stranger.get(path)
    assert page.headers["Cache-Control"] == "no-store"
    assert "noindex" in page.text
    assert 'value="小李"' in page.text
    assert join(client, path) == "/gate/phones/new"
    helper = person(session)
    assert helper.role is Role.STEWARD
    assert works_for(session, helper) == works_for(session, orchard.owner)
    assert "李帮手" in client.get("/desk/people/").text
    assert acts(session) == ["people.invite_member", "people.register", "people.join"]


def test_another_owner_is_invited_and_sees_the_day(
    client: FlaskClient, session: Session, orchard: Orchard
) -> None:
    assert join(client, invite(client, Role.OWNER)) == "/desk/"
    sign_in(client, person(session))
    assert "樱桃采摘" in client.get("/desk/").text


def test_a_link_works_once(client: FlaskClient, session: Session, orchard: Orchard) -> None:
    path = invite(client)
    join(client, path)
    stranger = client.application.test_client()
    assert stranger.get(path).status_code == 410
    answer = stranger.post(path, data=JOINING | {"email": "second@example.org"})
    assert answer.status_code == 410
    assert session.scalars(sa.select(User.email).where(User.email.startswith("second"))).all() == []


def test_only_the_hash_of_a_link_is_kept_and_it_is_shown_to_its_maker_alone(
    client: FlaskClient, session: Session, orchard: Orchard
) -> None:
    token = invite(client).rsplit("/", 1)[1]
    invitation = session.scalars(sa.select(Invitation)).one()
    assert token not in str(vars(invitation))
    other = client.application.test_client()
    sign_in(other, orchard.owner)
    page = other.get(f"/desk/people/invitations/{invitation.id}").text
    assert token not in page
    assert "/invitations/" + token not in page


def test_a_new_link_ends_the_old_one(
    client: FlaskClient, session: Session, orchard: Orchard
) -> None:
    old = invite(client)
    (key,) = session.scalars(sa.select(Invitation.id)).all()
    renewed = client.post(f"/desk/people/invitations/{key}/renew")
    fresh = link_on(client.get(renewed.location).text)
    assert client.get(old).status_code == 410
    assert client.get(fresh).status_code == 200


def test_links_that_were_taken_back_or_are_late_work_no_more(
    client: FlaskClient, session: Session, orchard: Orchard
) -> None:
    taken_back, late = invite(client), invite(client, Role.OWNER)
    first, second = session.scalars(sa.select(Invitation).order_by(Invitation.id)).all()
    assert client.post(f"/desk/people/invitations/{first.id}/revoke").status_code == 303
    second.expires_at -= timedelta(days=4)
    session.commit()
    for path in (taken_back, late):
        assert client.get(path).status_code == 410
        assert client.post(path, data=JOINING).status_code == 410
    assert client.post(f"/desk/people/invitations/{first.id}/renew").status_code == 409


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": ""}, "请填写姓名。"),
        ({"name": "长" * 81}, "最多80个字"),
        ({"role": "officer"}, "请选一个身份。"),
        ({"role": ""}, "请选一个身份。"),
        ({"operator": "999"}, "请选果园"),
        ({"operator": "<b>"}, "请选果园"),
    ],
)
def test_wrong_invitations_are_refused_beside_the_field(
    client: FlaskClient,
    session: Session,
    orchard: Orchard,
    change: dict[str, str],
    message: str,
) -> None:
    sent = {"name": "小<b>李", "role": "steward"} | change
    answer = client.post("/desk/people/invitations", data=sent)
    assert answer.status_code == 422
    assert message in answer.text
    if "name" not in change:
        assert "小&lt;b&gt;李" in answer.text
    assert session.scalars(sa.select(Invitation)).all() == []


@pytest.mark.parametrize(
    "change", [{"password": "short"}, {"email": "none"}, {"email": "owner@example.org"}]
)
def test_wrong_accounts_are_refused_and_the_link_stays_good(
    client: FlaskClient, session: Session, orchard: Orchard, change: dict[str, str]
) -> None:
    path = invite(client)
    stranger = client.application.test_client()
    answer = stranger.post(path, data=JOINING | change)
    assert answer.status_code == 422
    assert "李帮手" in answer.text
    assert PASSWORD not in answer.text
    assert join(client, path) == "/gate/phones/new"


def test_a_visitor_who_is_signed_in_joins_with_the_own_account(
    client: FlaskClient, session: Session, orchard: Orchard
) -> None:
    path = invite(client)
    visitor = make_user(session, Role.VISITOR, email="v@example.org", name="赵游客")
    session.commit()
    sign_in(client, visitor)
    assert "以赵游客加入" in client.get(path).text
    assert client.post(path).location == "/gate/phones/new"
    assert person(session, "v@example.org").role is Role.STEWARD


@pytest.mark.parametrize("role", [Role.STEWARD, Role.OWNER, Role.OFFICER])
def test_no_invitation_changes_what_somebody_does_elsewhere(
    client: FlaskClient, session: Session, orchard: Orchard, neighbour: Slot, role: Role
) -> None:
    """A neighbour's steward who became an owner here would be one there too."""
    path = invite(client, Role.STEWARD if role is Role.OWNER else Role.OWNER)
    busy = make_user(session, role, email="busy@example.org")
    experience = session.get_one(Experience, neighbour.experience_id)
    session.add(Membership(operator_id=experience.operator_id, user_id=busy.id))
    session.commit()
    sign_in(client, busy)
    answer = client.post(path)
    assert answer.status_code == 409
    assert "您的账号已经有别的工作" in answer.text
    busy = person(session, "busy@example.org")
    assert busy.role is role
    assert works_for(session, busy) == [experience.operator_id]


def test_who_is_removed_is_out_at_once(
    client: FlaskClient, session: Session, orchard: Orchard
) -> None:
    """In every browser, with the next request; a phone they made a scanner goes with them."""
    join(client, invite(client, Role.OWNER))
    helper = person(session)
    theirs = client.application.test_client()
    sign_in(theirs, helper)
    assert theirs.get("/desk/").status_code == 200
    operator_id = works_for(session, helper)[0]
    make_device(session, make_gate(session, orchard.slot.experience), orchard.slot.starts_at)
    phone = session.scalars(sa.select(GateDevice)).one()
    phone.enrolled_by = helper.id
    session.commit()
    address = f"/desk/people/{operator_id}/{helper.id}/remove"
    asked = client.get(address).text
    assert "移出李帮手？" in asked
    assert "这些手机也不再检票" in asked
    assert works_for(session, helper)
    assert client.post(address, data={"phones": "1"}).status_code == 303
    assert theirs.get("/desk/").location.startswith("/account/sign-in")
    helper = person(session)
    assert (helper.role, works_for(session, helper)) == (Role.VISITOR, [])
    assert session.get_one(GateDevice, phone.id).revoked_at is not None
    assert acts(session)[-1] == "people.remove"
    sign_in(theirs, helper)
    assert theirs.get("/desk/").status_code == 403


def test_the_last_owner_stays(client: FlaskClient, session: Session, orchard: Orchard) -> None:
    operator_id = works_for(session, orchard.owner)[0]
    address = f"/desk/people/{operator_id}/{orchard.owner.id}/remove"
    assert "请先邀请另一位园主" in client.get(address).text
    answer = client.post(address, follow_redirects=True)
    assert "没有移出任何人" in answer.text
    assert works_for(session, orchard.owner) == [operator_id]
    join(client, invite(client, Role.OWNER))
    assert client.post(address).status_code == 303
    session.expire_all()
    assert works_for(session, orchard.owner) == []


def test_a_shut_owner_does_not_count_as_the_other_one(
    client: FlaskClient, session: Session, orchard: Orchard
) -> None:
    join(client, invite(client, Role.OWNER))
    person(session).is_enabled = False
    session.commit()
    operator_id = works_for(session, orchard.owner)[0]
    client.post(f"/desk/people/{operator_id}/{orchard.owner.id}/remove")
    assert works_for(session, orchard.owner) == [operator_id]


def test_wild_inviting_is_slowed_down(
    client: FlaskClient, session: Session, orchard: Orchard
) -> None:
    sent = {"name": "小李", "role": "steward"}
    codes = [client.post("/desk/people/invitations", data=sent).status_code for _ in range(31)]
    assert codes == [303] * 30 + [429]
