"""Accounts are made, signed in to, changed and shut."""

from datetime import datetime
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from tests.factories.accounts import PASSWORD, make_user
from tourism.accounts import operations
from tourism.accounts.errors import (
    EmailInvalidError,
    EmailTakenError,
    NameMissingError,
    OwnAccountError,
    WeakPasswordError,
    WrongPasswordError,
)
from tourism.accounts.models import Role, User
from tourism.accounts.queries import find_user_by_session
from tourism.audit.operations import SYSTEM, VISITOR, Actor
from tourism.audit.queries import entries_of


def _register(session: Session, at: datetime, **values: Any) -> User:
    given: dict[str, Any] = {
        "email": "Wang@Example.org ",
        "name": " 王小妹 ",
        "password": PASSWORD,
        "now": at,
        "actor": VISITOR,
    }
    return operations.register(session, **given | values)


def _actions(session: Session, user: User) -> list[str]:
    session.flush()
    return [entry.action for entry in entries_of(session, "user", user.id)]


def test_register_makes_a_visitor(session: Session, at: datetime) -> None:
    user = _register(session, at)
    assert (user.email, user.name, user.role) == ("wang@example.org", "王小妹", Role.VISITOR)
    assert user.is_enabled
    assert not user.password_is_temporary
    assert PASSWORD not in user.password_hash
    assert _actions(session, user) == ["people.register"]


def test_audit_of_a_new_account_holds_no_personal_data(session: Session, at: datetime) -> None:
    user = _register(session, at)
    session.flush()
    (entry,) = entries_of(session, "user", user.id)
    assert (entry.actor, entry.after) == ("visitor", {"role": "visitor"})


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"email": "wang"}, EmailInvalidError),
        ({"name": "  "}, NameMissingError),
        ({"password": "short"}, WeakPasswordError),
        ({"password": "wang@example.org"}, WeakPasswordError),
    ],
)
def test_register_refuses(
    session: Session, at: datetime, values: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        _register(session, at, **values)


def test_register_refuses_a_taken_address_however_it_is_written(
    session: Session, at: datetime
) -> None:
    _register(session, at)
    with pytest.raises(EmailTakenError):
        _register(session, at, email="WANG@EXAMPLE.ORG")


def test_register_refuses_an_address_taken_in_the_same_instant(
    session: Session, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first look found nobody; the table's key still refuses, and the session stays usable."""
    first = _register(session, at)
    monkeypatch.setattr(operations, "find_user_by_email", lambda *_: None)
    with pytest.raises(EmailTakenError):
        _register(session, at)
    assert _actions(session, first) == ["people.register"]


def test_authenticate_knows_the_password(session: Session, at: datetime) -> None:
    user = make_user(session)
    found = operations.authenticate(
        session, email=" VISITOR@example.org", password=PASSWORD, now=at
    )
    assert found is user
    assert _actions(session, user) == ["people.sign_in"]


@pytest.mark.parametrize(
    ("email", "password", "is_enabled"),
    [
        ("visitor@example.org", "wrong password", True),
        ("nobody@example.org", PASSWORD, True),
        ("visitor@example.org", PASSWORD, False),
        ("", "", True),
    ],
)
def test_authenticate_refuses_and_keeps_nothing(
    session: Session, at: datetime, email: str, password: str, is_enabled: bool
) -> None:
    user = make_user(session, is_enabled=is_enabled)
    assert operations.authenticate(session, email=email, password=password, now=at) is None
    assert _actions(session, user) == []


def test_authenticate_hashes_for_unknown_and_disabled_people_too(
    session: Session, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever measures the time learns nothing: one verification each."""
    make_user(session, is_enabled=False)
    asked: list[str | None] = []
    from tourism.accounts import queries

    check = queries.check_password
    monkeypatch.setattr(
        queries, "check_password", lambda kept, typed: asked.append(kept) or check(kept, typed)
    )
    for email in ("visitor@example.org", "nobody@example.org"):
        operations.authenticate(session, email=email, password=PASSWORD, now=at)
    assert asked == [None, None]


def test_authenticate_renews_an_old_hash(session: Session, at: datetime) -> None:
    weaker = PasswordHasher(time_cost=1, memory_cost=8192).hash(PASSWORD)
    user = make_user(session, password_hash=weaker)
    operations.authenticate(session, email=user.email, password=PASSWORD, now=at)
    renewed = user.password_hash
    assert renewed != weaker
    assert operations.authenticate(session, email=user.email, password=PASSWORD, now=at) is user
    assert user.password_hash == renewed


def test_change_password_signs_other_browsers_out(session: Session, at: datetime) -> None:
    user = make_user(session, password_is_temporary=True)
    before = user.get_id()
    operations.change_password(
        session, user=user, current=PASSWORD, new="四月的樱桃红了一半啊", now=at, actor=VISITOR
    )
    session.flush()
    assert find_user_by_session(session, before) is None
    assert find_user_by_session(session, user.get_id()) is user
    assert not user.password_is_temporary
    assert _actions(session, user) == ["people.change_password"]


@pytest.mark.parametrize(
    ("current", "new", "refusal"),
    [
        ("wrong password", "四月的樱桃红了一半啊", WrongPasswordError),
        (PASSWORD, "short", WeakPasswordError),
        (PASSWORD, "visitor@example.org", WeakPasswordError),
    ],
)
def test_change_password_refuses(
    session: Session, at: datetime, current: str, new: str, refusal: type[Exception]
) -> None:
    user = make_user(session)
    before = user.get_id()
    with pytest.raises(refusal):
        operations.change_password(
            session, user=user, current=current, new=new, now=at, actor=VISITOR
        )
    assert find_user_by_session(session, before) is user


def test_invited_member_must_change_the_password(session: Session, at: datetime) -> None:
    made = operations.invite(
        session, email="li@example.org", name="李园主", role=Role.OWNER, now=at, actor=SYSTEM
    )
    assert made.user.password_is_temporary
    assert made.user.role is Role.OWNER
    session.flush()
    found = operations.authenticate(session, email="li@example.org", password=made.password, now=at)
    assert found is made.user


def test_reset_password_replaces_it_and_signs_out(session: Session, at: datetime) -> None:
    user = make_user(session)
    before = user.get_id()
    password = operations.reset_password(session, user=user, now=at, actor=SYSTEM)
    session.flush()
    assert find_user_by_session(session, before) is None
    assert user.password_is_temporary
    assert operations.authenticate(session, email=user.email, password=PASSWORD, now=at) is None
    assert operations.authenticate(session, email=user.email, password=password, now=at) is user


def test_disabled_people_are_signed_out_at_once(session: Session, at: datetime) -> None:
    user = make_user(session)
    operations.set_enabled(session, user=user, is_enabled=False, now=at, actor=SYSTEM)
    session.flush()
    assert find_user_by_session(session, user.get_id()) is None
    operations.set_enabled(session, user=user, is_enabled=True, now=at, actor=SYSTEM)
    assert _actions(session, user) == ["people.disable", "people.enable"]


def test_set_role_keeps_what_it_was(session: Session, at: datetime) -> None:
    user = make_user(session)
    operations.set_role(session, user=user, role=Role.STEWARD, now=at, actor=SYSTEM)
    session.flush()
    (entry,) = entries_of(session, "user", user.id)
    assert (entry.before, entry.after) == ({"role": "visitor"}, {"role": "steward"})


def test_asked_twice_done_once(session: Session, at: datetime) -> None:
    user = make_user(session)
    for _ in range(2):
        operations.set_role(session, user=user, role=Role.STEWARD, now=at, actor=SYSTEM)
        operations.set_enabled(session, user=user, is_enabled=False, now=at, actor=SYSTEM)
    assert _actions(session, user) == ["people.change_role", "people.disable"]


def test_nobody_shuts_the_account_they_act_with(session: Session, at: datetime) -> None:
    user = make_user(session, Role.OFFICER)
    oneself = Actor("user", str(user.id))
    with pytest.raises(OwnAccountError):
        operations.set_enabled(session, user=user, is_enabled=False, now=at, actor=oneself)
    with pytest.raises(OwnAccountError):
        operations.set_role(session, user=user, role=Role.VISITOR, now=at, actor=oneself)
    with pytest.raises(OwnAccountError):
        operations.reset_password(session, user=user, now=at, actor=oneself)
    assert _actions(session, user) == []
