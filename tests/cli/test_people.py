"""`tourism people`: accounts from the command line."""

import re

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories.accounts import PASSWORD, make_user
from tourism.accounts.models import Role
from tourism.accounts.queries import find_user_by_email, find_user_by_password
from tourism.audit.queries import entries_of
from tourism.cli.people import people

NEW = "四月的樱桃红了一半啊"


def run(app: Flask, *words: str, **options: str) -> Result:
    result: Result = app.test_cli_runner().invoke(people, words, **options)
    return result


def test_add_prints_the_password_once(app: Flask, session: Session) -> None:
    result = run(app, "add", "Li@example.org", "--role", "officer", "--name", "李主任")
    assert result.exit_code == 0
    found = re.search(r"first sign-in\): (\S+)", result.output)
    assert found
    user = find_user_by_password(session, "li@example.org", found.group(1))
    assert user is not None
    assert (user.role, user.name, user.password_is_temporary) == (Role.OFFICER, "李主任", True)
    assert [entry.actor for entry in entries_of(session, "user", user.id)] == ["system"]


@pytest.mark.parametrize(
    ("email", "name", "words"),
    [
        ("visitor@example.org", "李", "already"),
        ("li", "李", "no email address"),
        ("li@example.org", " ", "name is missing"),
    ],
)
def test_add_refuses_with_a_reason(
    app: Flask, session: Session, email: str, name: str, words: str
) -> None:
    make_user(session)
    session.commit()
    result = run(app, "add", email, "--role", "owner", "--name", name)
    assert result.exit_code == 1
    assert words in result.output
    assert find_user_by_email(session, "li@example.org") is None


def test_add_refuses_an_unknown_role(app: Flask, session: Session) -> None:
    result = run(app, "add", "li@example.org", "--role", "king", "--name", "李")
    assert result.exit_code == 2
    assert "officer" in result.output


def test_list_shows_everybody(app: Flask, session: Session) -> None:
    make_user(session)
    make_user(session, Role.OWNER, is_enabled=False)
    session.commit()
    assert run(app, "list").output.splitlines() == [
        "visitor@example.org\tvisitor\topen\t王小妹",
        "owner@example.org\towner\tshut\t王小妹",
    ]
    assert run(app, "list", "--role", "owner").output.startswith("owner@")


def test_list_goes_on_past_one_page(app: Flask, session: Session) -> None:
    for number in range(51):
        make_user(session, email=f"{number}@example.org")
    session.commit()
    assert len(run(app, "list").output.splitlines()) == 51


def test_set_password_asks_twice(app: Flask, session: Session) -> None:
    user = make_user(session)
    session.commit()
    result = run(app, "set-password", user.email, input=f"{NEW}\n{NEW}\n")
    assert result.exit_code == 0
    assert NEW not in result.output
    session.expire_all()
    assert find_user_by_password(session, user.email, NEW) is user
    assert find_user_by_password(session, user.email, PASSWORD) is None


def test_set_password_refuses_a_weak_one(app: Flask, session: Session) -> None:
    user = make_user(session)
    session.commit()
    result = run(app, "set-password", user.email, "--password", "password123")
    assert result.exit_code == 1
    assert "Too many people" in result.output


def test_disable_and_enable(app: Flask, session: Session) -> None:
    user = make_user(session)
    session.commit()
    for word, is_enabled in (("disable", False), ("enable", True)):
        assert run(app, word, user.email).exit_code == 0
        session.expire_all()
        assert user.is_enabled is is_enabled


@pytest.mark.parametrize("word", ["disable", "enable"])
def test_unknown_people_are_refused(app: Flask, session: Session, word: str) -> None:
    result = run(app, word, "nobody@example.org")
    assert result.exit_code == 1
    assert "no account" in result.output
