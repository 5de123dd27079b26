"""The office reads what was done."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories.accounts import make_user, sign_in
from tests.factories.destination import make_destination
from tourism.accounts.models import Role, User
from tourism.audit.operations import SYSTEM, Actor, record
from tourism.office.audit_words import ACTIONS
from tourism.web.assets import PACKAGE

START = datetime(2027, 5, 30, 1, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def officer(session: Session, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> User:
    monkeypatch.setattr("tourism.office.audit.now", lambda: START)
    make_destination(session)
    made = make_user(session, Role.OFFICER, name="赵主任")
    session.commit()
    sign_in(client, made)
    return made


def _act(session: Session, number: int, actor: Actor = SYSTEM, action: str = "slots.close") -> None:
    record(
        session,
        actor=actor,
        action=action,
        subject=("slot", number),
        at=START + timedelta(days=number),
        before={"state": "open"},
        after={"state": "closed"},
    )
    session.commit()


def _rows(client: FlaskClient, **query: str) -> list[str]:
    page = client.get("/office/audit/", query_string=query).text
    return re.findall(r"时段(\d+)</td>", page)


def test_entries_say_who_what_and_when(
    client: FlaskClient, session: Session, officer: User
) -> None:
    _act(session, 1, Actor("user", str(officer.id)))
    page = client.get("/office/audit/").text
    for words in ("赵主任", "停止预订", "时段1", "2027年5月31日", "09:00"):
        assert words in page
    assert "open → closed" in page


def test_newest_first_a_page_at_a_time(client: FlaskClient, session: Session) -> None:
    for number in range(1, 61):
        _act(session, number)
    page = client.get("/office/audit/?what=slots").text
    first = re.findall(r"时段(\d+)</td>", page)
    assert first == [str(number) for number in range(60, 10, -1)]
    (address,) = re.findall(r'rel="next" href="([^"]+)"', page)
    rest = client.get(address.replace("&amp;", "&")).text
    assert re.findall(r"时段(\d+)</td>", rest) == [str(number) for number in range(10, 0, -1)]
    assert 'rel="next"' not in rest


def test_entries_are_narrowed_by_who(client: FlaskClient, session: Session, officer: User) -> None:
    _act(session, 1)
    _act(session, 2, Actor("user", str(officer.id)))
    _act(session, 3, Actor("user", "99"))
    assert _rows(client, who="赵") == ["2"]
    assert _rows(client, who="officer@example.org") == ["2"]
    assert _rows(client, who="system") == ["1"]
    assert _rows(client, who="nobody") == []


def test_entries_are_narrowed_by_what(client: FlaskClient, session: Session) -> None:
    _act(session, 1)
    _act(session, 2, action="slots.reopen")
    assert _rows(client, what="slots.reopen") == ["2"]
    assert _rows(client, what="slots") == ["2", "1"]
    assert _rows(client, what="%") == []


def test_entries_are_narrowed_by_local_days(client: FlaskClient, session: Session) -> None:
    for number in (1, 2, 3):
        _act(session, number)
    assert _rows(client, first="2027-06-01", last="2027-06-01") == ["2"]
    assert _rows(client, first="2027-06-01") == ["3", "2"]
    assert _rows(client, last="2027-05-31") == ["1"]


@pytest.mark.parametrize(
    "query", [{"first": "x"}, {"last": "9999-12-31"}, {"before": "x"}, {"before": "9" * 40}]
)
def test_impossible_wishes_are_passed_over(
    client: FlaskClient, session: Session, query: dict[str, str]
) -> None:
    _act(session, 1)
    assert _rows(client, **query) == ["1"]


def test_unknown_actions_and_actors_are_shown_as_kept(
    client: FlaskClient, session: Session
) -> None:
    _act(session, 1, Actor("robot", "<b>"), action="some.thing")
    page = client.get("/office/audit/").text
    assert "robot&lt;b&gt;" in page
    assert "some.thing" in page


def test_every_action_has_its_word() -> None:
    """Whatever the code records can be read by the office in its language."""
    sources = "\n".join(path.read_text("utf-8") for path in PACKAGE.rglob("*.py"))
    recorded = re.findall(r'(?:action=|_record\([^)]*?)"([a-z_]+\.[a-z_]+)"', sources)
    assert len(set(recorded)) > 15
    assert set(recorded) <= set(ACTIONS)
