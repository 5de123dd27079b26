"""Finding people."""

import pytest
from sqlalchemy.orm import Session

from tests.factories.accounts import make_user
from tourism.accounts.errors import UserNotFoundError
from tourism.accounts.models import Role
from tourism.accounts.queries import (
    find_people,
    find_user_by_session,
    get_user,
    get_user_by_email,
    ids_of_people,
    names_of,
)


def test_get_user_raises_for_nobody(session: Session) -> None:
    with pytest.raises(UserNotFoundError):
        get_user(session, 7)
    with pytest.raises(UserNotFoundError):
        get_user_by_email(session, "nobody@example.org")


@pytest.mark.parametrize("cookie", ["", "x", "1", "1.", "1.wrong", "-1.x", "１.x"])
def test_forged_session_ids_find_nobody(session: Session, cookie: str) -> None:
    make_user(session, id=1)
    assert find_user_by_session(session, cookie) is None


def test_find_people_by_words_and_role(session: Session) -> None:
    wang = make_user(session, email="wang@example.org", name="王小妹")
    owner = make_user(session, Role.OWNER, email="li@example.org", name="李_园主")
    assert find_people(session) == [wang, owner]
    assert find_people(session, words="WANG@") == [wang]
    assert find_people(session, words="园") == [owner]
    assert find_people(session, words="_") == [owner]
    assert find_people(session, words="%") == []
    assert find_people(session, role=Role.OWNER) == [owner]
    assert find_people(session, after_id=wang.id) == [owner]
    assert find_people(session, limit=1) == [wang]
    assert ids_of_people(session, "李") == [owner.id]
    assert names_of(session, [wang.id, owner.id, 99]) == {wang.id: "王小妹", owner.id: "李_园主"}
