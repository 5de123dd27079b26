"""Parties let in twice, at the desk of their orchard."""

import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.desk.conftest import Orchard
from tests.factories.admissions import let_in_twice, reference_of
from tourism.admissions.models import Admission, Outcome
from tourism.audit.models import AuditEntry
from tourism.experiences.models import Slot


def test_a_party_let_in_twice_is_listed_once_with_both_gates(
    client: FlaskClient, session: Session, orchard: Orchard
) -> None:
    ticket = let_in_twice(session, orchard.slot, orchard.slot.starts_at)
    session.commit()
    page = client.get("/desk/conflicts/").text
    assert page.count('class="devices__one"') == 1
    assert reference_of(session, ticket) in page
    shown = client.get(f"/desk/conflicts/{_too_many(session)}").text
    for word in ("north门", "south门", "一行4人，多进了4人", "多出的", "手机自行判定"):
        assert word in shown


def test_it_is_closed_with_a_note_and_an_entry(
    client: FlaskClient, session: Session, orchard: Orchard
) -> None:
    let_in_twice(session, orchard.slot, orchard.slot.starts_at)
    session.commit()
    address = f"/desk/conflicts/{_too_many(session)}"
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


def test_those_of_another_orchard_do_not_exist(
    client: FlaskClient, session: Session, neighbour: Slot
) -> None:
    let_in_twice(session, neighbour, neighbour.starts_at)
    session.commit()
    assert "没有重复放行" in client.get("/desk/conflicts/").text
    address = f"/desk/conflicts/{_too_many(session)}"
    assert client.get(address).status_code == 404
    assert client.post(address, data={"note": "x"}).status_code == 404


def _too_many(session: Session) -> str:
    query = sa.select(Admission.id).where(Admission.outcome == Outcome.CONFLICT_USED)
    return session.scalars(query).one()
