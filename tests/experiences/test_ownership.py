"""Who works for which operator."""

from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy.orm import Session

from tests.factories.accounts import make_user
from tests.factories.experiences import make_experience, make_operator, make_slot
from tourism.accounts.models import Role
from tourism.audit.operations import SYSTEM
from tourism.audit.queries import entries_of
from tourism.experiences.errors import SlotNotFoundError
from tourism.experiences.models import Membership
from tourism.experiences.ownership import (
    get_slot_of,
    operators_of,
    set_memberships,
    slots_of,
)


def test_slots_of_other_operators_do_not_exist(session: Session, at: datetime) -> None:
    user = make_user(session, Role.OWNER)
    own, other = make_experience(session, "own"), make_experience(session, "other")
    session.add(Membership(operator_id=own.operator_id, user_id=user.id))
    mine, theirs = make_slot(session, own, at), make_slot(session, other, at)
    found = get_slot_of(session, user, mine.id)
    assert found is mine
    assert (found.experience.place.slug, found.experience.operator.slug) == (
        "own-place",
        "own-farm",
    )
    for slot_id in (theirs.id, 99):
        with pytest.raises(SlotNotFoundError):
            get_slot_of(session, user, slot_id)


def test_times_of_what_is_archived_are_in_no_list(session: Session, at: datetime) -> None:
    user, own = make_user(session, Role.OFFICER), make_experience(session)
    slot = make_slot(session, own, at)
    listed = partial(slots_of, session, user, at, at + timedelta(hours=1))
    assert listed() == [slot]
    own.is_published, own.archived_at = False, at
    session.flush()
    assert listed() == []


def test_slot_of_an_unpublished_experience_is_still_the_owners(
    session: Session, at: datetime
) -> None:
    user = make_user(session, Role.OWNER)
    own = make_experience(session, is_published=False)
    session.add(Membership(operator_id=own.operator_id, user_id=user.id))
    slot = make_slot(session, own, at)
    assert get_slot_of(session, user, slot.id) is slot


def test_memberships_are_set_as_a_whole_and_audited(session: Session, at: datetime) -> None:
    user = make_user(session, Role.OWNER)
    first, second = make_operator(session, "first"), make_operator(session, "second")
    for wanted in ([first.id], [first.id], [second.id, 99]):
        set_memberships(session, user=user, operator_ids=wanted, now=at, actor=SYSTEM)
        session.flush()
    assert operators_of(session, user) == [second]
    assert [(each.before, each.after) for each in entries_of(session, "user", user.id)] == [
        ({"operators": []}, {"operators": ["first"]}),
        ({"operators": ["first"]}, {"operators": ["second"]}),
    ]
