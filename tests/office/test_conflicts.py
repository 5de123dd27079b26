"""Parties let in twice, in the office: those of every gate."""

from datetime import datetime

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories.accounts import make_user, sign_in
from tests.factories.admissions import let_in_twice, make_slot_now, reference_of
from tests.factories.destination import make_destination
from tourism.accounts.models import Role
from tourism.admissions.models import Admission, Outcome
from tourism.audit.models import AuditEntry
from tourism.tickets.models import Ticket


@pytest.fixture
def ticket(session: Session, client: FlaskClient, at: datetime) -> Ticket:
    """Of a party let in twice; an officer is signed in."""
    make_destination(session)
    ticket = let_in_twice(session, make_slot_now(session, at), at)
    officer = make_user(session, Role.OFFICER)
    session.commit()
    sign_in(client, officer)
    return ticket


def test_a_party_let_in_twice_is_listed_once_with_both_gates(
    client: FlaskClient, session: Session, ticket: Ticket
) -> None:
    page = client.get("/office/conflicts/").text
    assert page.count('class="devices__one"') == 1
    assert reference_of(session, ticket) in page
    shown = client.get(f"/office/conflicts/{_too_many(session)}").text
    for word in ("north门", "south门", "一行4人，多进了4人", "多出的", "手机自行判定"):
        assert word in shown


def test_it_is_closed_with_a_note_and_an_entry(
    client: FlaskClient, session: Session, ticket: Ticket
) -> None:
    address = f"/office/conflicts/{_too_many(session)}"
    assert client.post(address, data={"note": " "}).status_code == 422
    assert "请写明情况" in client.post(address, data={"note": "长" * 401}).text
    assert client.post(address, data={"note": "两个门都放了<b>"}).status_code == 303
    page = client.get(address).text
    assert "两个门都放了&lt;b&gt;" in page
    assert 'name="note"' not in page
    assert client.post(address, data={"note": "again"}).status_code == 303
    entries = session.scalars(
        sa.select(AuditEntry).where(AuditEntry.action == "conflicts.settle")
    ).all()
    assert [entry.after["note"] for entry in entries if entry.after] == ["两个门都放了<b>"]


def _too_many(session: Session) -> str:
    query = sa.select(Admission.id).where(Admission.outcome == Outcome.CONFLICT_USED)
    return session.scalars(query).one()
