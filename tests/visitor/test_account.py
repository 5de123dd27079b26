"""Sign in, sign out, sign up, profile and password."""

import re
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from markupsafe import escape
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.factories.accounts import PASSWORD, make_user
from tests.factories.bookings import make_hold
from tests.factories.destination import in_all, make_destination
from tests.factories.experiences import make_experience, make_slot
from tourism.accounts.models import Role, User
from tourism.accounts.queries import find_user_by_email
from tourism.audit.queries import entries_of
from tourism.bookings.models import BookingStatus

NEW = "四月的樱桃红了一半啊"


@pytest.fixture(autouse=True)
def _destination(session: Session) -> None:
    make_destination(session)
    session.commit()


@pytest.fixture
def user(session: Session) -> User:
    made = make_user(session)
    session.commit()
    return made


def _sign_in(client: FlaskClient, address: str = "/account/sign-in", **values: str) -> TestResponse:
    form = {"email": "visitor@example.org", "password": PASSWORD} | values
    return client.post(address, data=form)


def _is_signed_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200


def test_sign_in_leads_to_the_profile(client: FlaskClient, session: Session, user: User) -> None:
    answer = _sign_in(client, email=" Visitor@Example.org ")
    assert (answer.status_code, answer.location) == (303, "/account")
    assert "王小妹" in client.get("/account").text
    assert [entry.action for entry in entries_of(session, "user", user.id)] == ["people.sign_in"]


@pytest.mark.parametrize(
    ("role", "home"),
    [(Role.OWNER, "/desk/"), (Role.OFFICER, "/office/"), (Role.STEWARD, "/gate/phones/new")],
)
def test_sign_in_leads_to_the_work_of_a_role(
    client: FlaskClient, session: Session, role: Role, home: str
) -> None:
    make_user(session, role)
    session.commit()
    assert _sign_in(client, email=f"{role}@example.org").location == home
    assert client.get("/account/sign-in").location == home


def test_sign_in_keeps_the_language_of_the_address(client: FlaskClient, user: User) -> None:
    assert _sign_in(client, "/en/account/sign-in").location == "/en/account"


@pytest.mark.parametrize(
    ("wanted", "led_to"),
    [
        ("/bookings", "/bookings"),
        ("/experiences/x?day=2027-05-30", "/experiences/x?day=2027-05-30"),
        ("/en/bookings", "/bookings"),
        ("", "/account"),
        ("bookings", "/account"),
        ("https://evil.example/", "/account"),
        ("//evil.example/", "/account"),
        ("/\\evil.example/", "/account"),
        ("\\\\evil.example/", "/account"),
        ("/en//evil.example/", "/account"),
        ("/zh-hans/\\evil.example", "/account"),
        ("/\t/evil.example/", "/account"),
        ("\t//evil.example/", "/account"),
        ("/\r\nSet-Cookie: a=b", "/account"),
        ("///evil.example/", "/account"),
        ("javascript:alert(1)", "/account"),
    ],
)
def test_sign_in_leads_to_a_wanted_page_of_this_site_only(
    client: FlaskClient, user: User, wanted: str, led_to: str
) -> None:
    answer = client.post(
        "/account/sign-in",
        query_string={"next": wanted},
        data={"email": "visitor@example.org", "password": PASSWORD},
    )
    assert answer.location == led_to


def test_wanted_page_gets_the_language_of_the_sign_in_page(client: FlaskClient, user: User) -> None:
    assert _sign_in(client, "/en/account/sign-in?next=/bookings").location == "/en/bookings"
    client.post("/account/sign-out")
    assert _sign_in(client, "/en/account/sign-in?next=/zh-hant/map").location == "/en/map"


@pytest.mark.parametrize(
    "values",
    [{"password": "wrong password"}, {"email": "nobody@example.org"}, {"email": "visitor"}],
)
def test_sign_in_says_the_same_whatever_is_wrong(
    client: FlaskClient, user: User, values: dict[str, str]
) -> None:
    answer = _sign_in(client, **values)
    assert answer.status_code == 422
    assert "邮箱或密码不对" in answer.text
    assert not _is_signed_in(client)


def test_sign_in_refuses_a_disabled_person_in_the_same_words(
    client: FlaskClient, session: Session, user: User
) -> None:
    user.is_enabled = False
    session.commit()
    assert "邮箱或密码不对" in _sign_in(client).text


def test_refused_sign_in_keeps_the_address_and_not_the_password(
    client: FlaskClient, user: User
) -> None:
    page = _sign_in(client, password="wrong <password>").text
    assert 'value="visitor@example.org"' in page
    assert "wrong" not in page
    assert 'aria-invalid="true"' in page


@pytest.mark.parametrize("email", ["<script>alert(1)</script>", "{{7*7}}", '"><img onerror=x>'])
def test_hostile_address_is_shown_as_typed(client: FlaskClient, email: str) -> None:
    assert f'value="{escape(email)}"' in _sign_in(client, email=email).text


def test_empty_form_names_both_fields(client: FlaskClient) -> None:
    page = client.post("/account/sign-in").text
    assert page.count("field--error") == 2
    assert 'href="#email"' in page


def test_wrong_tries_for_one_person_are_limited_from_every_address(
    client: FlaskClient, session: Session, user: User
) -> None:
    for number in range(10):
        client.environ_base["REMOTE_ADDR"] = f"203.0.113.{number}"
        assert _sign_in(client, password="").status_code == 422
    client.environ_base["REMOTE_ADDR"] = "203.0.113.99"
    answer = _sign_in(client, email="VISITOR@example.org")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "太频繁" in answer.text


def test_wrong_tries_from_one_address_are_limited(client: FlaskClient, user: User) -> None:
    for number in range(30):
        assert _sign_in(client, email=f"{number}@example.org", password="").status_code == 422
    assert _sign_in(client).status_code == 429


def test_right_passwords_are_not_counted(client: FlaskClient, user: User) -> None:
    for _ in range(9):
        assert _sign_in(client, password="").status_code == 422
    for _ in range(2):
        assert _sign_in(client).status_code == 303
    assert _sign_in(client, password="wrong password").status_code == 422


def test_session_cookie_is_kept_from_scripts_and_other_sites(
    client: FlaskClient, user: User
) -> None:
    cookie = _sign_in(client).headers["Set-Cookie"]
    assert cookie.startswith("session=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Expires" not in cookie


def test_staying_signed_in_is_a_choice(client: FlaskClient, user: User) -> None:
    assert "Expires" in _sign_in(client, stay="y").headers["Set-Cookie"]


def test_account_pages_are_never_stored(client: FlaskClient, user: User) -> None:
    _sign_in(client)
    for address in ("/account", "/account/password"):
        assert client.get(address).headers["Cache-Control"] == "no-store"


def test_sign_out_forgets_everything(client: FlaskClient, user: User) -> None:
    _sign_in(client)
    with client.session_transaction() as kept:
        kept["something"] = "else"
    assert client.post("/account/sign-out").status_code == 303
    assert not _is_signed_in(client)
    with client.session_transaction() as kept:
        assert dict(kept) == {}


def test_sign_out_needs_a_post(client: FlaskClient, user: User) -> None:
    _sign_in(client)
    assert client.get("/account/sign-out").status_code == 405
    assert _is_signed_in(client)


def test_signed_out_profile_leads_to_sign_in_and_back(client: FlaskClient, user: User) -> None:
    answer = client.get("/en/account")
    assert answer.status_code == 303
    assert answer.location == "/en/account/sign-in?next=/account"
    assert _sign_in(client, answer.location).location == "/en/account"


def test_sign_up_makes_a_visitor_and_signs_in(client: FlaskClient, session: Session) -> None:
    form = {"name": "李 先生", "email": "Li@example.org", "password": PASSWORD, "role": "officer"}
    answer = client.post("/account/sign-up?next=/bookings", data=form)
    assert (answer.status_code, answer.location) == (303, "/bookings")
    made = find_user_by_email(session, "li@example.org")
    assert made is not None
    assert (made.name, made.role) == ("李 先生", Role.VISITOR)
    assert _is_signed_in(client)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"name": ""}, "填写你的称呼"),
        ({"name": "长" * 81}, "80"),
        ({"email": "li"}, "邮箱格式不对"),
        ({"email": "visitor@example.org"}, "已经注册"),
        ({"password": "short"}, "至少10"),
        ({"password": "password123"}, "太常见"),
        ({"password": "li@example.org"}, "自己的"),
        ({"password": "a b c d e " * 30}, "最多200"),
    ],
)
def test_sign_up_refuses_beside_the_field_and_keeps_the_rest(
    client: FlaskClient, user: User, values: dict[str, str], words: str
) -> None:
    form = {"name": "李先生", "email": "li@example.org", "password": PASSWORD} | values
    answer = client.post("/account/sign-up", data=form)
    assert answer.status_code == 422
    fault = re.search(r'field__error".*?</p>', answer.text, re.DOTALL)
    assert fault
    assert words in fault.group()
    if "email" not in values:
        assert 'value="li@example.org"' in answer.text


def test_change_password_signs_out_the_other_browsers_only(
    client: FlaskClient, session: Session, user: User
) -> None:
    other = client.application.test_client()
    _sign_in(client)
    _sign_in(other)
    answer = client.post("/account/password", data={"current": PASSWORD, "new": NEW})
    assert answer.status_code == 303
    assert _is_signed_in(client)
    assert not _is_signed_in(other)
    assert _sign_in(other).status_code == 422
    assert _sign_in(other, password=NEW).status_code == 303


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"current": "wrong password"}, "原密码不对"),
        ({"new": "short"}, "至少10"),
        ({"new": ""}, "设一个新密码"),
    ],
)
def test_change_password_refuses_beside_the_field(
    client: FlaskClient, user: User, values: dict[str, str], words: str
) -> None:
    _sign_in(client)
    answer = client.post("/account/password", data={"current": PASSWORD, "new": NEW} | values)
    assert answer.status_code == 422
    assert words in answer.text
    assert _is_signed_in(client)
    client.post("/account/sign-out")
    assert _sign_in(client).status_code == 303


def test_given_password_must_be_changed_before_work(
    client: FlaskClient, session: Session, user: User
) -> None:
    make_user(session, Role.OFFICER, password_is_temporary=True)
    session.commit()
    _sign_in(client, email="officer@example.org")
    assert client.get("/office/").location == "/account/password"
    client.post("/account/password", data={"current": PASSWORD, "new": NEW})
    assert client.get("/office/").status_code == 200


def test_disabled_person_is_out_with_the_next_request(
    client: FlaskClient, session: Session, user: User
) -> None:
    _sign_in(client)
    user.is_enabled = False
    session.commit()
    assert not _is_signed_in(client)


def test_forms_need_their_token(client: FlaskClient, user: User) -> None:
    """Another site cannot post a form in somebody's name."""
    client.application.config["WTF_CSRF_ENABLED"] = True
    try:
        for address in ("sign-in", "sign-out", "sign-up", "password"):
            assert client.post(f"/account/{address}").status_code == 400
        page = client.get("/account/sign-in").text
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found
        assert _sign_in(client, csrf_token=found.group(1)).status_code == 303
    finally:
        client.application.config["WTF_CSRF_ENABLED"] = False


def test_staying_ends_after_thirty_days(client: FlaskClient) -> None:
    assert client.application.permanent_session_lifetime == timedelta(days=30)


def test_profile_lists_the_bookings_made_while_signed_in(
    client: FlaskClient, session: Session, user: User, at: datetime
) -> None:
    slot = make_slot(session, make_experience(session, name=in_all("樱桃采摘")), at)
    early = at - timedelta(days=1)
    mine = make_hold(session, slot, early, visitor_id=user.id)
    other = make_hold(session, slot, early)
    gone = make_hold(session, slot, early, visitor_id=user.id)
    gone.status = BookingStatus.EXPIRED
    session.commit()
    _sign_in(client)
    page = client.get("/account").text
    assert f'href="/bookings/{mine.reference}?key={mine.key}"' in page
    assert "樱桃采摘" in page
    assert other.reference not in page
    assert gone.reference not in page


def test_profile_without_bookings_shows_the_way(client: FlaskClient, user: User) -> None:
    _sign_in(client)
    assert "登录后订的，都会列在这里" in client.get("/account").text
