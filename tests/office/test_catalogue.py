"""The office makes, changes, publishes, withdraws and archives what can be booked."""

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories.accounts import make_user, sign_in
from tests.factories.admissions import make_device, make_gate
from tests.factories.bookings import make_bookable_slot, make_booking
from tests.statements import statements
from tourism.accounts.models import Role
from tourism.admissions.enrolments import authenticate
from tourism.admissions.errors import DeviceRevokedError
from tourism.admissions.models import Gate, GateDevice
from tourism.audit.models import AuditEntry
from tourism.bookings.models import Booking
from tourism.core.clock import now
from tourism.core.slugs import slug_of
from tourism.experiences.catalogue import get_whole_experience
from tourism.experiences.models import Experience, Invitation, Operator, Slot

ABOUT = {
    "kind": "picking",
    "name_zh-Hans": "采樱桃",
    "summary_zh-Hans": "摘一篮樱桃。",
    "arrival": "times",
    "stay": "60",
    "booking_cutoff": "0",
    "cancel_cutoff": "1",
    "days_ahead": "30",
}


@pytest.fixture
def slot(session: Session) -> Slot:
    return make_bookable_slot(session, now())


@pytest.fixture
def officer(session: Session, client: FlaskClient, slot: Slot) -> FlaskClient:
    sign_in(client, make_user(session, Role.OFFICER))
    session.commit()
    return client


def about(slot: Slot, **values: object) -> dict[str, object]:
    place = slot.experience.place_id
    return {**ABOUT, "operator": slot.experience.operator_id, "place": place} | values


def actions(session: Session) -> list[str]:
    return list(session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)))


def booked(session: Session, slot: Slot) -> Booking:
    booking = make_booking(session, slot, now())
    session.commit()
    return booking


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("name_zh-Hans", "", "请填写名称"),
        ("name_en", "x" * 81, "最多80"),
        ("summary_zh-Hans", "", "用一句话"),
        ("place", "99999", "请选择地点"),
        ("kind", "flying", "请选"),
        ("festival", "99999", "请选"),
        ("crop", "stone", "请选"),
        ("arrival", "", "请选"),
        ("stay", "4", "5"),
        ("days_ahead", "many", "366"),
        ("booking_cutoff", "-1", "0"),
        ("cancel_cutoff", "721", "720"),
    ],
)
def test_wrong_facts_are_refused_beside_the_field_and_kept(
    session: Session, officer: FlaskClient, slot: Slot, name: str, value: str, words: str
) -> None:
    sent = about(slot, **{name: value, "summary_en": "Typed <by> hand"})
    before = session.scalar(sa.select(sa.func.count()).select_from(Experience))
    for address in ("/office/experiences/", f"/office/experiences/{slot.experience_id}"):
        answer = officer.post(address, data=sent)
        assert answer.status_code == 422
        fault = answer.text.partition('class="field__error"')[2].partition("</p>")[0]
        assert words in fault, fault
        assert "Typed &lt;by&gt; hand" in answer.text
    assert session.scalar(sa.select(sa.func.count()).select_from(Experience)) == before
    assert actions(session) == []


def test_what_is_changed_is_noted_and_nothing_when_nothing_is(
    session: Session, officer: FlaskClient, slot: Slot
) -> None:
    address = f"/office/experiences/{slot.experience_id}"
    for _ in range(2):
        assert officer.post(address, data=about(slot, stay="90")).status_code == 303
    entry = session.scalars(sa.select(AuditEntry)).one()
    assert (entry.action, entry.before["stay"], entry.after["stay"]) == (
        "experience.change",
        120,
        90,
    )
    assert "修改体验项目" in officer.get("/office/audit/").text


def test_arrival_stays_once_times_were_made(
    session: Session, officer: FlaskClient, slot: Slot
) -> None:
    answer = officer.post(
        f"/office/experiences/{slot.experience_id}", data=about(slot, arrival="day")
    )
    assert answer.status_code == 422
    assert "已经开过时段" in answer.text


def test_withdrawn_it_is_not_booked_but_who_has_booked_keeps_everything(
    session: Session, officer: FlaskClient, slot: Slot
) -> None:
    booking, known = booked(session, slot), slot.experience
    address = f"/office/experiences/{known.id}"
    assert f"已有{booking.party_size}人预订" in officer.get(f"{address}/withdraw").text
    page = f"/bookings/{booking.reference}?key={booking.key}"
    ticket = officer.get(page).text
    assert officer.post(f"{address}/withdraw").status_code == 303
    assert officer.get(f"/experiences/{known.slug}").status_code == 404
    assert officer.get(f"/slots/{slot.id}/bookings/new").status_code == 404
    assert officer.get(page).status_code == 200
    assert booking.reference in ticket
    assert officer.post(f"{address}/publish").status_code == 303
    assert officer.get(f"/experiences/{known.slug}").status_code == 200
    assert actions(session)[-2:] == ["experience.withdraw", "experience.publish"]


def test_nobody_booked_is_archived_away(session: Session, officer: FlaskClient, slot: Slot) -> None:
    """While somebody is to come neither the experience nor its host can be archived."""
    booked(session, slot)
    before, known = actions(session), slot.experience
    experience = f"/office/experiences/{known.id}"
    operator = f"/office/operators/{known.operator_id}"
    for address in (experience, operator):
        assert 'method="post"' not in main(officer.get(f"{address}/archive").text)
        assert officer.post(f"{address}/archive").status_code == 409
    assert load(session, known).is_published
    assert actions(session) == before


def test_archived_and_brought_back(session: Session, officer: FlaskClient, slot: Slot) -> None:
    known = slot.experience
    experience = f"/office/experiences/{known.id}"
    operator = f"/office/operators/{known.operator_id}"
    for address in (experience, operator):
        assert officer.post(f"{address}/archive").status_code == 303
        assert officer.post(f"{address}/archive").status_code == 303
    assert "试验农场" not in officer.get("/office/people/new").text
    assert officer.get(f"/experiences/{known.slug}").status_code == 404
    # Not while its host is away.
    officer.post(f"{experience}/restore")
    assert load(session, known).archived_at is not None
    for address in (operator, experience):
        assert officer.post(f"{address}/restore").status_code == 303
    again = load(session, known)
    assert (again.archived_at, again.is_published) == (None, False)
    names = ["experience.archive", "operators.archive", "operators.restore", "experience.restore"]
    assert actions(session) == names


def test_a_price_list_needs_somebody_who_may_come_alone(
    session: Session, officer: FlaskClient, slot: Slot
) -> None:
    draft = officer.post("/office/experiences/", data=about(slot)).location
    experience = session.scalars(sa.select(Experience).order_by(Experience.id.desc())).first()
    assert experience is not None
    units = {each.code: each.id for each in load(session, experience).units}
    assert list(units) == ["adult", "child"]
    assert officer.post(f"{draft}/units/{units['adult']}/remove").status_code == 303
    officer.post(f"{draft}/publish")
    assert not load(session, experience).is_published
    kind = {"name_zh-Hans": "老人", "name_en": "Senior", "cost": "12.50", "comes_alone": "y"}
    assert officer.post(f"{draft}/units/", data=kind).status_code == 303
    assert officer.post(f"{draft}/units/", data=kind | {"cost": "12.505"}).status_code == 422
    officer.post(f"{draft}/publish")
    senior = load(session, experience).units[-1]
    assert (senior.code, senior.price_amount, senior.price_currency) == ("senior", 1250, "CNY")
    assert load(session, experience).is_published


def test_a_kind_of_visitor_stays_once_there_are_times(
    session: Session, officer: FlaskClient, slot: Slot
) -> None:
    known = slot.experience
    unit = known.units[0]
    address = f"/office/experiences/{known.id}/units/{unit.id}"
    assert "/remove" not in officer.get(address).text
    assert officer.post(f"{address}/remove").location.endswith(f"/units/{unit.id}")
    assert unit.code in {each.code for each in load(session, known).units}


def test_operators_are_made_and_changed(session: Session, officer: FlaskClient) -> None:
    facts = {"name_zh-Hans": "山上果园", "phone": "138 0000 0123", "contact": "孙师傅"}
    wrong = officer.post("/office/operators/", data=facts | {"phone": "12"})
    assert wrong.status_code == 422
    assert "山上果园" in wrong.text
    made = officer.post("/office/operators/", data=facts).location
    operator = session.scalars(sa.select(Operator).order_by(Operator.id.desc())).first()
    assert operator is not None
    assert (operator.slug, operator.phone) == ("operator", "+8613800000123")
    assert officer.post(made, data=facts | {"phone": ""}).status_code == 303
    assert actions(session) == ["operators.create", "operators.change"]
    assert "孙师傅" not in officer.get("/experiences").text


def test_an_officers_invitation_is_renewed_and_taken_back(
    session: Session, officer: FlaskClient, slot: Slot
) -> None:
    address = f"/office/operators/{slot.experience.operator_id}/invite"
    assert officer.post(address, data={"name": "", "role": "officer"}).status_code == 422
    link = officer.post(address, data={"name": "孙园主", "role": "owner"}).location
    assert "/invitations/" in main(officer.get(link).text)
    assert officer.post(f"{link}/renew").status_code == 303
    assert officer.post(f"{link}/revoke").status_code == 303
    invitation = session.scalars(sa.select(Invitation)).one()
    assert invitation.revoked_at is not None


def test_an_archived_gate_scans_no_more(session: Session, officer: FlaskClient, slot: Slot) -> None:
    gate = make_gate(session, slot.experience)
    secret = make_device(session, gate, now())
    session.commit()
    address = f"/office/gates/{gate.id}"
    assert "1部手机" in officer.get(f"{address}/archive").text
    assert officer.post(f"{address}/archive").status_code == 303
    assert session.scalars(sa.select(GateDevice.revoked_at)).one() is not None
    with pytest.raises(DeviceRevokedError):
        authenticate(session, secret=secret)
    assert officer.post("/gate/phones/", data={"gate": gate.slug}).status_code == 404
    assert officer.post(f"{address}/restore").status_code == 303
    assert officer.post("/gate/phones/", data={"gate": gate.slug}).status_code == 303
    assert "gates.archive" in actions(session)


def test_gates_are_made_and_changed(session: Session, officer: FlaskClient, slot: Slot) -> None:
    facts = {"name_zh-Hans": "东门", "name_en": "East Gate", "place": slot.experience.place_id}
    assert officer.post("/office/gates/", data=facts | {"place": ""}).status_code == 422
    assert officer.post("/office/gates/", data=facts | {"operator": "99999"}).status_code == 422
    made = officer.post("/office/gates/", data=facts).location
    gate = session.scalars(sa.select(Gate)).one()
    assert (gate.slug, gate.operator_id) == ("east-gate", None)
    operator = slot.experience.operator_id
    assert officer.post(made, data=facts | {"operator": operator}).status_code == 303
    session.expire_all()
    assert gate.operator_id == operator
    assert actions(session) == ["gates.create", "gates.change"]


def test_pages_take_few_statements(session: Session, officer: FlaskClient, slot: Slot) -> None:
    for address, most in (
        ("/office/operators/", 4),
        (f"/office/operators/{slot.experience.operator_id}", 7),
        (f"/office/experiences/{slot.experience_id}", 13),
        ("/office/gates/", 3),
    ):
        with statements(session) as sent:
            assert officer.get(address).status_code == 200
        assert len(sent) <= most, (address, sent)


@pytest.mark.parametrize(
    ("name", "taken", "slug"),
    [
        ("Hill Orchard", (), "hill-orchard"),
        ("Café  Élan!", (), "cafe-elan"),
        ("山上", (), "gate"),
        ("", ("gate", "gate-2"), "gate-3"),
        ("a" * 99, (), "a" * 60),
    ],
)
def test_addresses_are_made_of_names(name: str, taken: tuple[str, ...], slug: str) -> None:
    assert slug_of(name, "gate", taken) == slug


def load(session: Session, experience: Experience) -> Experience:
    session.expire_all()
    return get_whole_experience(session, experience.id)


def main(page: str) -> str:
    return page.partition("<main")[2].partition("</main>")[0]
