"""The office sees what channels are told, and can pause it or have it tried again."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories.accounts import make_user, sign_in
from tests.factories.channels import make_channel, make_key
from tests.factories.destination import make_destination
from tests.statements import statements
from tourism.accounts.models import Role
from tourism.audit.models import AuditEntry
from tourism.audit.operations import SYSTEM
from tourism.channels import outbox
from tourism.channels.models import Notice, NoticeKind, NoticeStatus, Subscription
from tourism.channels.subscriptions import subscribe
from tourism.core.clock import now


@pytest.fixture
def told(session: Session) -> Subscription:
    """An address with one notice of each state."""
    make_destination(session)
    made = subscribe(
        session,
        key=make_key(session, make_channel(session)).key,
        url="https://agency.example/octo",
        kinds=list(NoticeKind),
        headers={"X-Token": "hush"},
        now=now(),
        actor=SYSTEM,
    )
    for number, status in enumerate(NoticeStatus):
        kind = list(NoticeKind)[number]
        days = (now().date(), now().date() + timedelta(days=2))
        outbox.enqueue(
            session,
            subscriptions=[made],
            kind=kind,
            subject=f"subject-{number}",
            now=now(),
            days=days if kind is NoticeKind.AVAILABILITY else None,
        )
        session.flush()
        newest = session.scalars(sa.select(Notice).order_by(Notice.id.desc()).limit(1)).one()
        newest.status = status
        if status is NoticeStatus.FAILED:
            newest.attempts, newest.last_answer = outbox.MOST_ATTEMPTS, "503 <b>later</b>"
    return made


@pytest.fixture
def officer(session: Session, client: FlaskClient, told: Subscription) -> FlaskClient:
    user = make_user(session, Role.OFFICER)
    session.commit()
    sign_in(client, user)
    return client


def address(told: Subscription) -> str:
    return f"/office/channels/{told.channel_id}/notices/{told.id}"


def statuses(session: Session) -> list[NoticeStatus]:
    session.rollback()
    return list(session.scalars(sa.select(Notice.status).order_by(Notice.id)))


def test_each_address_is_shown_with_how_many_wait(officer: FlaskClient, told: Subscription) -> None:
    page = officer.get(f"/office/channels/{told.channel_id}").text
    assert told.url in page
    assert "待发1条，已送达1条，已放弃1条" in page
    assert "hush" not in page


def test_notices_are_shown_with_their_last_answer(officer: FlaskClient, told: Subscription) -> None:
    page = officer.get(address(told)).text
    for words in (
        "subject-0",
        "待发",
        "已送达",
        "已放弃",
        "503 &lt;b&gt;later&lt;/b&gt;",
        "已试14次",
    ):
        assert words in page
    assert "hush" not in page


def test_what_was_given_up_is_tried_again(
    session: Session, officer: FlaskClient, told: Subscription
) -> None:
    failed = session.scalars(sa.select(Notice.id).where(Notice.attempts > 0)).one()
    assert officer.post(f"{address(told)}/{failed}/retries").status_code == 303
    assert statuses(session).count(NoticeStatus.WAITING) == 2
    assert session.get_one(Notice, failed).attempts == 0
    assert "channels.retry_notices" in session.scalars(sa.select(AuditEntry.action)).all()


def test_all_that_was_given_up_is_tried_again_and_nothing_delivered(
    session: Session, officer: FlaskClient, told: Subscription
) -> None:
    for _ in range(2):
        officer.post(f"{address(told)}/retries")
    states = statuses(session)
    assert (states.count(NoticeStatus.WAITING), states.count(NoticeStatus.DELIVERED)) == (2, 1)
    delivered = session.scalars(
        sa.select(Notice.id).where(Notice.status == NoticeStatus.DELIVERED)
    ).one()
    officer.post(f"{address(told)}/{delivered}/retries")
    assert statuses(session).count(NoticeStatus.DELIVERED) == 1


def test_paused_and_going_on(session: Session, officer: FlaskClient, told: Subscription) -> None:
    for _ in range(2):
        assert officer.post(f"{address(told)}/pause").status_code == 303
    assert "恢复发送" in officer.get(address(told)).text
    session.rollback()
    assert outbox.is_anything_due(session, now()) is False
    officer.post(f"{address(told)}/resume")
    session.rollback()
    assert outbox.is_anything_due(session, now()) is True


def test_what_is_not_there_is_not_found(officer: FlaskClient, told: Subscription) -> None:
    others = f"/office/channels/{told.channel_id + 1}/notices/{told.id}"
    none = f"/office/channels/{told.channel_id}/notices/{told.id + 1}"
    for path in (others, none, f"{address(told)}/none"):
        assert officer.post(f"{path}/pause").status_code == 404
        assert officer.post(f"{path}/retries").status_code == 404
    assert officer.get(others).status_code == officer.get(none).status_code == 404
    assert officer.post(f"{address(told)}/end").status_code == 404


@pytest.mark.parametrize("role", [Role.OWNER, Role.STEWARD])
def test_others_see_nothing_of_it(
    session: Session, client: FlaskClient, told: Subscription, role: Role
) -> None:
    assert client.get(address(told)).status_code == 303
    user = make_user(session, role)
    session.commit()
    sign_in(client, user)
    assert client.get(address(told)).status_code == 403
    assert client.post(f"{address(told)}/pause").status_code == 403


def test_the_page_asks_no_more_for_more_notices(
    session: Session, officer: FlaskClient, told: Subscription
) -> None:
    def asked() -> int:
        with statements(session) as seen:
            officer.get(address(told))
        return len(seen)

    asked()  # the first request of a process reads a little more
    before = asked()
    for number in range(20):
        outbox.enqueue(
            session,
            subscriptions=[told],
            kind=NoticeKind.BOOKING,
            subject=f"more-{number}",
            now=now(),
        )
    session.commit()
    assert asked() <= before + 1  # a process reads its kept facts anew now and then
