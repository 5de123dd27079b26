"""The office sets, changes and removes limits above times, and the rules of each experience."""

from datetime import timedelta
from html import unescape

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories.accounts import make_user, sign_in
from tests.factories.bookings import make_bookable_slot, make_booking, taken
from tests.factories.destination import make_place
from tests.factories.experiences import make_ceiling
from tests.statements import statements
from tourism.accounts.models import Role
from tourism.audit.models import AuditEntry
from tourism.bookings.recount import recount
from tourism.core.clock import now
from tourism.experiences.models import Ceiling, CeilingKind, Slot

PLACE = "/office/ceilings/"
FORM = {"kind": "day", "capacity": "8", "place": "", "name_zh_hans": "湖边停车场"}


@pytest.fixture
def slot(session: Session) -> Slot:
    """A party of four has booked for tomorrow."""
    slot = make_bookable_slot(session, now())
    make_booking(session, slot, now(), 4)
    session.commit()
    return slot


@pytest.fixture
def officer(session: Session, client: FlaskClient, slot: Slot) -> FlaskClient:
    user = make_user(session, Role.OFFICER)
    session.commit()
    sign_in(client, user)
    return client


@pytest.fixture
def ceiling(session: Session, slot: Slot) -> Ceiling:
    return make_ceiling(session, 10)


def page(client: FlaskClient, address: str = PLACE) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return unescape(response.text)


def ceilings(session: Session) -> list[Ceiling]:
    session.expire_all()
    return list(session.scalars(sa.select(Ceiling).order_by(Ceiling.id)))


def acts(session: Session) -> list[str]:
    query = sa.select(AuditEntry.action).where(AuditEntry.actor.like("user:%"))
    return [each for each in session.scalars(query) if each.startswith(("ceiling", "experience"))]


def test_without_a_limit_the_page_says_what_it_is_for(officer: FlaskClient) -> None:
    assert "时段之上还没有限额" in page(officer)


def test_a_limit_of_the_township_counts_who_is_booked(
    session: Session, officer: FlaskClient, slot: Slot
) -> None:
    response = officer.post(PLACE, data=FORM)
    (made,) = ceilings(session)
    assert response.headers["Location"] == f"{PLACE}{made.id}"
    assert (made.kind, made.capacity, made.place_id) == (CeilingKind.DAY, 8, None)
    assert made.name == {"zh-Hans": "湖边停车场"}
    shown = page(officer, f"{PLACE}{made.id}")
    assert "试验采摘" in shown
    assert "还有1个时段" in shown
    assert '4 <span class="quiet">50%</span>' in shown
    assert "湖边停车场" in page(officer)
    assert acts(session) == ["ceiling.set"]
    assert recount(session) == []


def test_a_limit_of_a_place_goes_by_its_name_and_stands_above_what_is_there(
    session: Session, officer: FlaskClient, slot: Slot
) -> None:
    elsewhere, place = make_place(session, "elsewhere"), slot.experience.place
    session.commit()
    empty = {"kind": "present", "capacity": "5", "name_en": "The meadow"}
    officer.post(PLACE, data=empty | {"place": str(elsewhere.id)})
    officer.post(PLACE, data=empty | {"place": str(place.id)})
    there, here = ceilings(session)
    assert here.name["en"] == "The meadow"
    assert here.name["zh-Hans"] == place.name["zh-Hans"]
    assert "试验采摘" in page(officer, f"{PLACE}{here.id}")
    assert "暂时不起作用" in page(officer, f"{PLACE}{there.id}")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"capacity": ""}, "capacity"),
        ({"capacity": "0"}, "capacity"),
        ({"capacity": "many"}, "capacity"),
        ({"capacity": "1000000"}, "capacity"),
        ({"kind": "week"}, "kind"),
        ({"place": "999"}, "place"),
        ({"place": "x"}, "place"),
        ({"name_zh_hans": ""}, "name_zh_hans"),
        ({"name_en": "x" * 41}, "name_en"),
    ],
)
def test_what_cannot_be_a_limit_is_said_beside_its_field(
    session: Session, officer: FlaskClient, changes: dict[str, str], field: str
) -> None:
    response = officer.post(PLACE, data=FORM | changes)
    assert response.status_code == 422
    assert f'id="{field}-error"' in response.text
    assert (FORM | changes)["capacity"] in response.text
    assert ceilings(session) == []


def test_the_same_limit_is_not_set_twice(
    session: Session, officer: FlaskClient, ceiling: Ceiling
) -> None:
    response = officer.post(PLACE, data=FORM)
    assert response.status_code == 422
    assert "已有同样算法的限额" in response.text
    assert len(ceilings(session)) == 1
    assert officer.post(PLACE, data=FORM | {"kind": "present"}).status_code == 303


def test_a_lower_limit_says_on_how_many_days_more_are_booked(
    session: Session, officer: FlaskClient, ceiling: Ceiling, slot: Slot
) -> None:
    """Nobody is thrown out, and whoever lowers it sees it."""
    address = f"{PLACE}{ceiling.id}"
    assert officer.post(address, data={"capacity": "3"}).headers["Location"] == address
    shown = page(officer, address)
    assert "有1天已订的人超过限额" in shown
    assert "多出1人" in shown
    assert taken(session, slot) == 4
    officer.post(address, data={"capacity": "9"})
    assert "多出" not in page(officer, address)
    assert [each.capacity for each in ceilings(session)] == [9]
    assert acts(session) == ["ceiling.change", "ceiling.change"]
    assert recount(session) == []


def test_a_wrong_number_changes_nothing(
    session: Session, officer: FlaskClient, ceiling: Ceiling
) -> None:
    response = officer.post(f"{PLACE}{ceiling.id}", data={"capacity": "-1"})
    assert response.status_code == 422
    assert 'value="-1"' in response.text
    assert [each.capacity for each in ceilings(session)] == [10]


def test_a_limit_is_removed_after_a_question(
    session: Session, officer: FlaskClient, ceiling: Ceiling
) -> None:
    address = f"{PLACE}{ceiling.id}/remove"
    assert "已经预订的照旧有效" in page(officer, address)
    assert len(ceilings(session)) == 1
    assert officer.post(address).headers["Location"] == PLACE
    assert ceilings(session) == []
    assert acts(session) == ["ceiling.remove"]
    assert officer.get(address).status_code == 404


def test_a_limit_of_people_at_once_shows_when_the_day_is_fullest(
    session: Session, officer: FlaskClient, slot: Slot
) -> None:
    made = make_ceiling(session, 10, kind=CeilingKind.PRESENT)
    shown = page(officer, f"{PLACE}{made.id}")
    assert "按当天人最多的时候算" in shown
    assert "人最多</small>" in shown


def test_the_list_asks_as_much_for_one_limit_as_for_ten(
    session: Session, officer: FlaskClient, ceiling: Ceiling
) -> None:
    with statements(session) as one:
        page(officer)
    for number in range(9):
        make_ceiling(session, 10, place_id=make_place(session, f"place-{number}").id)
    with statements(session) as ten:
        page(officer)
    assert len(one) == len(ten)


RULES = {"largest_party": "12", "bookings_per_phone": "2", "grace": "30", "line": "strict"}


def test_rules_are_set_and_shown(session: Session, officer: FlaskClient, slot: Slot) -> None:
    address = f"/office/rules/{slot.experience.slug}"
    assert 'value="20"' in page(officer, address)
    assert officer.post(address, data=RULES).status_code == 303
    session.refresh(slot.experience)
    assert (slot.experience.largest_party, slot.experience.bookings_per_phone) == (12, 2)
    assert slot.experience.no_show_after == timedelta(minutes=30)
    assert slot.experience.strict_line
    assert "候补严格按先后" in page(officer)
    officer.post(address, data=RULES | {"grace": "", "line": "size"})
    session.refresh(slot.experience)
    assert slot.experience.no_show_after is None
    assert not slot.experience.strict_line
    assert acts(session) == ["experience.rules", "experience.rules"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("largest_party", "256"),
        ("largest_party", ""),
        ("bookings_per_phone", "0"),
        ("grace", "721"),
        ("line", "fair"),
    ],
)
def test_a_rule_that_cannot_be_is_said_beside_its_field(
    session: Session, officer: FlaskClient, slot: Slot, field: str, value: str
) -> None:
    response = officer.post(f"/office/rules/{slot.experience.slug}", data=RULES | {field: value})
    assert response.status_code == 422
    assert f'id="{field}-error"' in response.text
    session.refresh(slot.experience)
    assert slot.experience.largest_party == 20


def test_only_an_experience_has_rules(officer: FlaskClient) -> None:
    assert officer.get("/office/rules/nothing").status_code == 404
    assert officer.post("/office/rules/nothing", data=RULES).status_code == 404
    assert officer.get("/office/ceilings/999").status_code == 404


@pytest.mark.parametrize("role", [Role.OWNER, Role.STEWARD])
def test_limits_are_nobody_elses(
    session: Session, client: FlaskClient, slot: Slot, ceiling: Ceiling, role: Role
) -> None:
    user = make_user(session, role)
    session.commit()
    sign_in(client, user)
    assert client.get(PLACE).status_code == 403
    assert client.post(f"{PLACE}{ceiling.id}", data={"capacity": "1"}).status_code == 403
    assert client.post(f"/office/rules/{slot.experience.slug}", data=RULES).status_code == 403
    assert [each.capacity for each in ceilings(session)] == [10]
