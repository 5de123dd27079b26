"""Who is inside now, scans taken back by a supervisor, and places for a phone: desk and office."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories.admissions import (
    enrolled,
    make_device,
    make_gate,
    make_scan,
    make_slot_now,
    make_ticket,
)
from tests.factories.destination import in_all, make_destination
from tests.gate.test_enrolments import sign_in
from tourism.accounts.models import Role
from tourism.admissions.models import Admission, Direction, Gate
from tourism.admissions.operations import admit
from tourism.admissions.presence import people_present, presence_at
from tourism.audit.models import AuditEntry
from tourism.audit.operations import SYSTEM
from tourism.bookings.models import Allotment
from tourism.core.clock import now
from tourism.experiences.ceilings import set_ceiling
from tourism.experiences.models import CeilingKind, Slot
from tourism.tickets.models import Ticket

FACES = {Role.OWNER: "desk", Role.OFFICER: "office"}


@pytest.fixture
def slot(session: Session) -> Slot:
    make_destination(session)
    slot = make_slot_now(session, now())
    slot.capacity = 5
    return slot


@pytest.fixture
def gate(session: Session, slot: Slot) -> Gate:
    gate = make_gate(session, slot.experience)
    make_device(session, gate, now())
    session.commit()
    return gate


@pytest.fixture
def ticket(session: Session, slot: Slot, gate: Gate) -> Ticket:
    """Of four who came in; one has left."""
    ticket = make_ticket(session, slot, 4)
    device = enrolled(session, gate, now())
    for way, people in ((Direction.IN, 4), (Direction.OUT, 1)):
        scan = make_scan(ticket, people=people, direction=way)
        admit(session, device=device, scan=scan, now=now())
    session.commit()
    return ticket


@pytest.fixture(params=FACES)
def face(request: pytest.FixtureRequest, client: FlaskClient, session: Session, gate: Gate) -> str:
    sign_in(client, session, request.param, gate)
    return FACES[request.param]


def test_people_inside_are_counted_until_they_leave_or_the_stay_is_over(
    session: Session, slot: Slot, ticket: Ticket
) -> None:
    [found] = people_present(session, now=now())
    assert (found.slot_id, found.people, type(found.people)) == (slot.id, 3, int)
    gone = slot.ends_at + slot.experience.stay
    assert [each.people for each in people_present(session, now=gone - timedelta(minutes=1))] == [3]
    assert people_present(session, now=gone) == []
    assert people_present(session, now=now(), operator_ids=[]) == []


def test_a_ceiling_counts_all_orchards_below_it(
    session: Session, slot: Slot, gate: Gate, ticket: Ticket
) -> None:
    """A township's of forty, where another orchard has two people inside; a day's is no matter."""
    other = make_slot_now(session, now(), "other")
    device = enrolled(session, make_gate(session, other.experience, "other"), now())
    admit(session, device=device, scan=make_scan(make_ticket(session, other, 2)), now=now())
    for kind in CeilingKind:
        set_ceiling(session, kind=kind, name=in_all("全镇"), capacity=40, now=now(), actor=SYSTEM)
    found = presence_at(session, operator_id=gate.operator_id, place_id=gate.place_id, now=now())
    assert (found.people, found.slots) == (3, {slot.id: 3})
    assert [(each.capacity, each.people) for each in found.ceilings] == [(40, 5)]


def test_the_page_says_how_many_are_inside(client: FlaskClient, ticket: Ticket, face: str) -> None:
    page = client.get(f"/{face}/scans/").text
    for words in ("现在园内3人", "进园4人", "出园1人", "east门"):
        assert words in page


def test_a_supervisor_takes_a_scan_back(
    client: FlaskClient, session: Session, ticket: Ticket, face: str
) -> None:
    """Asked once more first; the scan stays and counts no more; again changes nothing."""
    out = session.scalars(sa.select(Admission.id).where(Admission.direction == "out")).one()
    address = f"/{face}/scans/{out}/undo"
    assert "撤销这次检票？" in client.get(address).text
    for _ in range(2):
        assert client.post(address).status_code == 303
    session.expire_all()
    assert (ticket.admitted, ticket.away) == (4, 0)
    assert session.scalar(sa.select(sa.func.count()).select_from(Admission)) == 2
    entries = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "scans.undo")).all()
    assert [entry.after["people"] for entry in entries if entry.after] == [1]
    page = client.get(f"/{face}/scans/").text
    assert ("现在园内4人" in page, "出园1人" in page) == (True, False)


def test_after_an_hour_it_is_too_late(
    client: FlaskClient, session: Session, ticket: Ticket, face: str
) -> None:
    long_ago = now() - timedelta(minutes=61)
    session.execute(sa.update(Admission).values(scanned_at=long_ago))
    session.commit()
    scan = session.scalars(sa.select(Admission.id)).first()
    client.post(f"/{face}/scans/{scan}/undo")
    assert "不能撤销了" in client.get(f"/{face}/scans/").text
    session.expire_all()
    assert ticket.away == 1


def test_nobody_takes_back_another_orchards_scan(
    client: FlaskClient, session: Session, ticket: Ticket
) -> None:
    other = make_slot_now(session, now(), "other")
    sign_in(client, session, Role.OWNER, make_gate(session, other.experience, "other"))
    scan = session.scalars(sa.select(Admission.id)).first()
    assert client.post(f"/desk/scans/{scan}/undo").status_code == 404
    assert "现在园内0人" in client.get("/desk/scans/").text


def test_a_phone_is_given_places_of_todays_slot(
    client: FlaskClient, session: Session, gate: Gate, slot: Slot, face: str
) -> None:
    address = f"/{face}/devices/1/places/"
    assert "还有5个名额" in client.get(address).text
    assert client.post(address, data={"slot": slot.id, "places": "3"}).status_code == 303
    session.expire_all()
    assert session.scalars(sa.select(Allotment.places)).all() == [3]
    assert slot.taken == 3
    assert 'value="3"' in client.get(address).text
    client.post(address, data={"slot": slot.id, "places": "0"})
    session.expire_all()
    assert slot.taken == 0


@pytest.mark.parametrize(
    ("places", "words"), [("6", "只剩5位"), ("-1", "请填0到200"), ("x", "请填0到200"), ("", "请填")]
)
def test_what_cannot_be_given_is_said_beside_its_field(
    client: FlaskClient, session: Session, slot: Slot, face: str, places: str, words: str
) -> None:
    answer = client.post(f"/{face}/devices/1/places/", data={"slot": slot.id, "places": places})
    assert answer.status_code == 422
    assert words in answer.text
    assert f'value="{places}"' in answer.text
    session.expire_all()
    assert slot.taken == 0


def test_places_of_another_orchard_cannot_be_given(
    client: FlaskClient, session: Session, gate: Gate
) -> None:
    other = make_slot_now(session, now(), "other")
    make_device(session, make_gate(session, other.experience, "other"), now())
    sign_in(client, session, Role.OWNER, gate)
    mine, theirs = "/desk/devices/1/places/", "/desk/devices/2/places/"
    assert client.post(mine, data={"slot": other.id, "places": "1"}).status_code == 404
    assert client.post(theirs, data={"slot": other.id, "places": "1"}).status_code == 404
    assert client.get(theirs).status_code == 404
