"""`tourism channels`: agencies and keys from the command line."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories.channels import Agency
from tests.factories.destination import make_destination
from tests.factories.experiences import make_experience


@pytest.fixture
def town(session: Session) -> Session:
    make_destination(session)
    make_experience(session)
    session.commit()
    return session


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["channels", *arguments])
    return result.exit_code, result.stdout


def test_create_prints_a_key_that_opens(app: Flask, town: Session) -> None:
    code, printed = run(app, "create", "去哪玩", "--operator", "test-picking-farm", "--share", "30")
    assert code == 0
    assert Agency(app.test_client(), printed.strip()).get("/products")[0]["id"] == "test-picking"
    _code, listed = run(app, "list")
    assert "去哪玩  (sells for test-picking-farm; at most 30 % of a slot)" in listed
    assert printed.strip() not in listed


def test_revoked_key_opens_nothing(app: Flask, town: Session) -> None:
    _code, printed = run(app, "create", "去哪玩")
    _code, second = run(app, "key", "去哪玩", "--test")
    number = run(app, "list")[1].splitlines()[1].split()[0]
    assert run(app, "revoke", number)[0] == 0
    assert Agency(app.test_client(), printed.strip()).ask("GET", "/products").status_code == 400
    assert Agency(app.test_client(), second.strip()).get("/products")


@pytest.mark.parametrize(
    "arguments",
    [
        ("create", "a", "--operator", "nobody"),
        ("create", "a", "--share", "101"),
        ("create", " "),
        ("key", "nobody"),
        ("revoke", "99"),
    ],
)
def test_what_is_not_there_is_refused(
    app: Flask, town: Session, arguments: tuple[str, ...]
) -> None:
    assert run(app, *arguments) == (1, "")


def test_name_is_taken_once(app: Flask, town: Session) -> None:
    assert run(app, "create", "去哪玩")[0] == 0
    assert run(app, "create", "去哪玩")[0] == 1


def test_change_changes_what_is_named_and_nothing_else(app: Flask, town: Session) -> None:
    run(app, "create", "去哪玩", "--daily-limit", "50", "--share", "30")
    code, said = run(app, "change", "去哪玩", "--daily-limit", "none", "--commission", "12")
    assert (code, said) == (
        0,
        "去哪玩  (sells everything; at most 30 % of a slot; commission 12 %)\n",
    )
    _code, said = run(app, "change", "去哪玩", "--operator", "test-picking-farm")
    assert "sells for test-picking-farm; at most 30 %" in said
    _code, said = run(app, "change", "去哪玩", "--share", "20")
    assert "sells for test-picking-farm; at most 20 %" in said
    _code, said = run(app, "change", "去哪玩", "--all-operators")
    assert "sells everything; at most 20 %" in said


@pytest.mark.parametrize(
    "words",
    [
        ("去哪玩", "--share", "101"),
        ("去哪玩", "--share", "many"),
        ("去哪玩", "--operator", "no-such-farm"),
        ("去哪玩", "--operator", "test-picking-farm", "--all-operators"),
        ("别家", "--share", "10"),
    ],
)
def test_change_refuses_what_is_no_term(app: Flask, town: Session, words: tuple[str, ...]) -> None:
    run(app, "create", "去哪玩")
    assert run(app, "change", *words)[0] != 0
    assert "去哪玩  (sells everything)" in run(app, "list")[1]
