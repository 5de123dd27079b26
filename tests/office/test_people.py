"""The office looks after who may sign in."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories.accounts import PASSWORD, make_user, sign_in
from tests.factories.destination import make_destination
from tests.factories.experiences import make_operator
from tourism.accounts.models import Role, User
from tourism.accounts.queries import find_user_by_email, find_user_by_password
from tourism.experiences.models import Operator
from tourism.experiences.ownership import operators_of


@pytest.fixture
def officer(session: Session, client: FlaskClient) -> User:
    make_destination(session)
    made = make_user(session, Role.OFFICER, name="赵主任")
    session.commit()
    sign_in(client, made)
    return made


@pytest.fixture
def owner(session: Session, officer: User) -> User:
    made = make_user(session, Role.OWNER, name="李园主")
    session.commit()
    return made


@pytest.fixture
def farm(session: Session, officer: User) -> Operator:
    made = make_operator(session)
    session.commit()
    return made


def _shown_password(page: str) -> str:
    found = re.search(r"<code>([^<]+)</code>", page)
    assert found
    return found.group(1)


def test_list_is_searched_by_name_and_narrowed_by_role(client: FlaskClient, owner: User) -> None:
    assert {"赵主任", "李园主"} <= set(
        re.findall(r">(\w+)</a></th>", client.get("/office/people/").text)
    )
    for query in ("q=李", "q=OWNER@", "role=owner"):
        rows = client.get(f"/office/people/?{query}").text.partition("<tbody>")[2]
        assert "李园主" in rows
        assert "赵主任" not in rows.partition("</tbody>")[0]
    assert "没有找到人" in client.get("/office/people/?q=nobody").text
    assert "李园主" in client.get("/office/people/?role=king&after=many").text


def test_list_goes_on(client: FlaskClient, session: Session, officer: User) -> None:
    for number in range(60):
        make_user(session, email=f"v{number}@example.org", name=f"游客{number}")
    session.commit()
    first = client.get("/office/people/?q=example").text
    (address,) = re.findall(r'href="([^"]+)" rel="next"', first)
    assert "q=example" in address
    second = client.get(address.replace("&amp;", "&")).text
    assert "游客59" not in first
    assert "游客59" in second
    assert 'rel="next"' not in second


def test_add_shows_a_password_that_must_be_changed(
    client: FlaskClient, session: Session, farm: Operator
) -> None:
    form = {"name": "孙检票", "email": "sun@example.org", "role": "steward", "operators": farm.id}
    answer = client.post("/office/people/", data=form)
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    made = find_user_by_password(session, "sun@example.org", _shown_password(answer.text))
    assert made is not None
    assert (made.role, made.name, made.password_is_temporary) == (Role.STEWARD, "孙检票", True)
    assert operators_of(session, made) == [farm]
    assert "<code>" not in client.get(f"/office/people/{made.id}").text


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"name": ""}, "name", "请填写姓名"),
        ({"email": ""}, "email", "请填写邮箱"),
        ({"email": "sun"}, "email", "邮箱格式不对"),
        ({"email": "OFFICER@example.org"}, "email", "已经有人用了"),
        ({"role": "king"}, "role", "请选一个身份"),
        ({"role": ""}, "role", "请选一个身份"),
    ],
)
def test_add_refuses_beside_the_field_and_keeps_the_rest(
    client: FlaskClient,
    session: Session,
    farm: Operator,
    values: dict[str, str],
    field: str,
    words: str,
) -> None:
    form = {"name": "孙检票", "email": "sun@example.org", "role": "steward", "operators": farm.id}
    answer = client.post("/office/people/", data=form | values)
    assert answer.status_code == 422
    assert words in answer.text
    assert f'href="#{field}"' in answer.text
    assert f'value="{farm.id}" checked' in answer.text
    assert find_user_by_email(session, "sun@example.org") is None


@pytest.mark.parametrize("operators", ["x", "-1", "9" * 5000, "99"])
def test_unknown_orchards_are_passed_over(
    client: FlaskClient, session: Session, officer: User, operators: str
) -> None:
    form = {"name": "孙", "email": "sun@example.org", "role": "owner", "operators": operators}
    assert client.post("/office/people/", data=form).status_code == 201
    made = find_user_by_email(session, "sun@example.org")
    assert made is not None
    assert operators_of(session, made) == []


def test_person_is_changed(
    client: FlaskClient, session: Session, owner: User, farm: Operator
) -> None:
    address = f"/office/people/{owner.id}"
    form = {"role": "steward", "operators": str(farm.id)}
    assert client.post(address, data=form).location == address
    session.expire_all()
    assert (owner.role, owner.is_enabled) == (Role.STEWARD, False)
    assert operators_of(session, owner) == [farm]
    page = client.get(address).text
    assert f'value="{farm.id}" checked' in page
    assert "停用账号" in page
    assert "改了身份" in page
    client.post(address, data={"role": "owner", "is_enabled": "y"})
    session.expire_all()
    assert (owner.role, owner.is_enabled) == (Role.OWNER, True)
    assert operators_of(session, owner) == []


def test_wrong_role_changes_nothing(client: FlaskClient, session: Session, owner: User) -> None:
    answer = client.post(f"/office/people/{owner.id}", data={"role": "king"})
    assert answer.status_code == 422
    session.expire_all()
    assert (owner.role, owner.is_enabled) == (Role.OWNER, True)


def test_new_password_is_shown_once(client: FlaskClient, session: Session, owner: User) -> None:
    answer = client.post(f"/office/people/{owner.id}/password")
    session.expire_all()
    assert find_user_by_password(session, owner.email, _shown_password(answer.text)) is owner
    assert find_user_by_password(session, owner.email, PASSWORD) is None
    assert owner.password_is_temporary


def test_officer_cannot_shut_themselves_out(
    client: FlaskClient, session: Session, officer: User
) -> None:
    address = f"/office/people/{officer.id}"
    assert '<form class="stack"' not in client.get(address).text
    for form in ({"role": "visitor", "is_enabled": "y"}, {"role": "officer"}):
        assert client.post(address, data=form).status_code == 403
    assert client.post(f"{address}/password").status_code == 403
    session.expire_all()
    assert (officer.role, officer.is_enabled) == (Role.OFFICER, True)


@pytest.mark.parametrize("key", ["999", "2147483648", "x"])
def test_nobody_of_that_number(client: FlaskClient, officer: User, key: str) -> None:
    assert client.get(f"/office/people/{key}").status_code == 404


def test_hostile_names_are_shown_as_typed(
    client: FlaskClient, session: Session, officer: User
) -> None:
    hostile = "<img src=x onerror=alert(1)>{{7*7}}"
    made = make_user(session, name=hostile)
    session.commit()
    shown = "&lt;img src=x onerror=alert(1)&gt;{{7*7}}"
    for address in ("/office/people/", f"/office/people/{made.id}"):
        page = client.get(address).text
        assert shown in page
        assert hostile not in page
