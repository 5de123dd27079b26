"""The office lets agencies sell, gives and takes their keys."""

import re

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories.accounts import make_user, sign_in
from tests.factories.channels import Agency, make_channel, make_key
from tests.factories.destination import make_destination
from tests.factories.experiences import make_experience
from tourism.accounts.models import Role
from tourism.audit.models import AuditEntry
from tourism.channels.models import Channel, ChannelKey
from tourism.experiences.models import Experience

KEY = re.compile(r"(?:live|test)_[A-Za-z0-9_-]{43}")


@pytest.fixture
def picking(session: Session) -> Experience:
    make_destination(session)
    return make_experience(session)


@pytest.fixture
def officer(session: Session, client: FlaskClient, picking: Experience) -> FlaskClient:
    user = make_user(session, Role.OFFICER)
    session.commit()
    sign_in(client, user)
    return client


def test_new_channel_gets_a_key_that_is_shown_once(session: Session, officer: FlaskClient) -> None:
    data = {"name": "去哪玩", "share_percent": "30", "commission_percent": "10"}
    response = officer.post("/office/channels/", data=data)
    assert response.status_code == 201
    found = KEY.search(response.get_data(as_text=True))
    assert found is not None
    channel = session.scalars(sa.select(Channel)).one()
    assert (channel.sells_everything, channel.share_percent, channel.daily_limit) == (
        True,
        30,
        None,
    )
    assert found[0] not in officer.get(f"/office/channels/{channel.id}").get_data(as_text=True)
    assert Agency(officer, found[0]).get("/products")[0]["id"] == "test-picking"
    actions = session.scalars(sa.select(AuditEntry.action)).all()
    assert {"channels.create", "channels.issue_key"} <= set(actions)


def test_key_is_not_kept(session: Session, picking: Experience) -> None:
    made = make_key(session, make_channel(session))
    kept = session.execute(sa.select(ChannelKey.secret_hash, ChannelKey.ending)).one()
    assert made.secret not in kept
    assert len(kept.ending) == 4


def test_channel_sells_only_for_the_chosen(
    session: Session, officer: FlaskClient, picking: Experience
) -> None:
    make_experience(session, "other-picking")
    session.commit()
    data = {"name": "一家", "operators": str(picking.operator_id)}
    page = officer.post("/office/channels/", data=data).get_data(as_text=True)
    found = KEY.search(page)
    assert found is not None
    assert [each["id"] for each in Agency(officer, found[0]).get("/products")] == ["test-picking"]


@pytest.mark.parametrize(
    "data",
    [
        {"name": ""},
        {"name": "x" * 81},
        {"name": "a", "share_percent": "0"},
        {"name": "a", "share_percent": "101"},
        {"name": "a", "daily_limit": "many"},
        {"name": "a", "commission_percent": "²"},
    ],
)
def test_what_is_no_term_is_refused_beside_its_field(
    session: Session, officer: FlaskClient, data: dict[str, str]
) -> None:
    response = officer.post("/office/channels/", data=data)
    assert response.status_code == 422
    assert "field--error" in response.get_data(as_text=True)
    assert session.scalars(sa.select(Channel)).all() == []


def test_name_is_taken_once(session: Session, officer: FlaskClient) -> None:
    make_channel(session, "去哪玩")
    session.commit()
    assert officer.post("/office/channels/", data={"name": "去哪玩"}).status_code == 422


def test_terms_change_and_the_audit_tells(session: Session, officer: FlaskClient) -> None:
    channel = make_channel(session, daily_limit=50)
    session.commit()
    path = f"/office/channels/{channel.id}"
    assert officer.post(path, data={"share_percent": "20"}).status_code == 303
    session.refresh(channel)
    assert (channel.share_percent, channel.daily_limit) == (20, None)
    entry = session.scalars(
        sa.select(AuditEntry).where(AuditEntry.action == "channels.change_terms")
    ).one()
    assert entry.before is not None
    assert entry.before["daily_limit"] == 50


def test_second_key_works_beside_the_first_until_that_is_revoked(
    session: Session, officer: FlaskClient
) -> None:
    channel = make_channel(session)
    old = make_key(session, channel)
    session.commit()
    page = officer.post(f"/office/channels/{channel.id}/test-keys").get_data(as_text=True)
    found = KEY.search(page)
    assert found is not None
    assert found[0].startswith("test_")
    officer.post(f"/office/channels/{channel.id}/keys/{old.key.id}/revoke")
    assert Agency(officer, old.secret).refused("GET", "/products")["error"] == "FORBIDDEN"
    assert Agency(officer, found[0]).get("/products")


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant", "en"])
def test_pages_render(session: Session, officer: FlaskClient, language: str) -> None:
    channel = make_channel(session)
    make_key(session, channel)
    session.commit()
    prefix = f"/{language.lower()}/office/channels"
    for path in ("/", "/new", f"/{channel.id}"):
        assert officer.get(prefix + path).status_code == 200
    assert officer.get(f"{prefix}/999").status_code == 404


def test_operators_change_and_the_page_shows_which(
    session: Session, officer: FlaskClient, picking: Experience
) -> None:
    other = make_experience(session, "other-picking")
    channel = make_channel(session)
    agency = Agency(officer, make_key(session, channel).secret)
    session.commit()
    path = f"/office/channels/{channel.id}"
    box = f'value="{other.operator_id}"'
    assert f"{box} checked" not in officer.get(path).text
    officer.post(path, data={"operators": str(other.operator_id)})
    assert f"{box} checked" in officer.get(path).text
    assert [each["id"] for each in agency.get("/products")] == ["other-picking"]
    officer.post(path, data={})
    assert len(agency.get("/products")) == 2
    entries = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
    sold = [each.after["operators"] for each in entries if each.action == "channels.change_terms"]  # type: ignore[index]
    assert sold == [["other-picking-farm"], "all"]


def test_a_key_is_revoked_only_after_a_second_look(session: Session, officer: FlaskClient) -> None:
    made = make_key(session, make_channel(session))
    session.commit()
    path = f"/office/channels/{made.key.channel_id}/keys/{made.key.id}/revoke"
    page = officer.get(path).text
    assert made.key.ending in page
    assert "卖出的仍然有效" in page
    session.refresh(made.key)
    assert made.key.revoked_at is None
    assert officer.post(path).status_code == 303
    session.refresh(made.key)
    assert made.key.revoked_at is not None
    assert officer.get(f"/office/channels/999/keys/{made.key.id}/revoke").status_code == 404
