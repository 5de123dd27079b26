"""What a channel books, from hold to cancelling; who else may see it; what tests sell."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories.bookings import taken
from tests.factories.channels import Agency, make_channel, make_key
from tests.factories.experiences import make_ceiling
from tourism.bookings.models import Booking
from tourism.bookings.recount import recount
from tourism.experiences.models import Experience, Slot
from tourism.experiences.queries import slots_of_day
from tourism.tickets.models import Ticket

CONTACT = {"fullName": "王小妹", "phoneNumber": "+86 138 0013 8000", "country": "CN"}


@pytest.fixture
def slot(session: Session, picking: Experience, tomorrow: datetime) -> Slot:
    return slots_of_day(session, picking, tomorrow.date(), tomorrow.tzinfo)[0]  # type: ignore[arg-type]


@pytest.fixture
def wanted(tomorrow: datetime) -> Callable[..., dict[str, Any]]:
    """What is asked for to hold the first slot for so many adults."""

    def make(adults: int = 2, **values: Any) -> dict[str, Any]:
        return {
            "uuid": str(uuid4()),
            "productId": "test-picking",
            "optionId": "DEFAULT",
            "availabilityId": tomorrow.isoformat(),
            "unitItems": [{"unitId": "adult"} for _ in range(adults)],
        } | values

    return make


Wanted = Callable[..., dict[str, Any]]


def test_hold_takes_places_and_prices_each_visitor(
    session: Session, agency: Agency, slot: Slot, wanted: Wanted
) -> None:
    body = wanted(2, resellerReference="R-1", notes="窗边")
    held = agency.post("/bookings", **body)
    assert (held["uuid"], held["status"], held["testMode"]) == (body["uuid"], "ON_HOLD", False)
    assert held["utcExpiresAt"] > held["utcCreatedAt"]
    assert (held["pricing"]["retail"], held["pricing"]["net"]) == (6000, 5400)
    assert [item["pricing"]["retail"] for item in held["unitItems"]] == [3000, 3000]
    assert len({item["uuid"] for item in held["unitItems"]}) == 2
    assert held["voucher"]["deliveryOptions"] == []
    assert (held["resellerReference"], held["notes"]) == ("R-1", "窗边")
    assert held["cancellable"] is True
    assert taken(session, slot) == 2


def test_repeated_hold_is_one_booking(
    session: Session, agency: Agency, slot: Slot, wanted: Wanted
) -> None:
    body = wanted()
    assert agency.post("/bookings", **body) == agency.post("/bookings/", **body)
    assert taken(session, slot) == 2


def test_uuid_used_for_something_else_is_refused(agency: Agency, wanted: Wanted) -> None:
    body = wanted(2)
    agency.post("/bookings", **body)
    other = wanted(3, uuid=body["uuid"])
    refusal = agency.refused("POST", "/bookings", **other)
    assert (refusal["error"], refusal["uuid"]) == ("INVALID_BOOKING_UUID", body["uuid"])
    assert refusal["errorMessage"].startswith("This uuid stands for another")


def test_confirm_gives_one_code_for_the_party(
    session: Session, agency: Agency, wanted: Wanted
) -> None:
    held = agency.post("/bookings", **wanted())
    done = agency.post(f"/bookings/{held['uuid']}/confirm", contact=CONTACT)
    booking = session.scalars(sa.select(Booking)).one()
    assert (done["status"], done["utcExpiresAt"]) == ("CONFIRMED", None)
    (option,) = done["voucher"]["deliveryOptions"]
    assert option["deliveryFormat"] == "QRCODE"
    assert option["deliveryValue"].startswith("OG1")
    assert done["contact"]["fullName"] == "王小妹"
    assert (booking.name, booking.phone) == ("王小妹", "+8613800138000")
    assert agency.post(f"/bookings/{held['uuid']}/confirm", contact=CONTACT) == done


def test_contact_without_a_number_of_ours_is_no_obstacle(
    session: Session, agency: Agency, wanted: Wanted
) -> None:
    held = agency.post("/bookings", **wanted())
    agency.post(f"/bookings/{held['uuid']}/confirm", contact={"phoneNumber": "ask the agency"})
    booking = session.scalars(sa.select(Booking)).one()
    assert (booking.name, booking.phone) == ("去哪玩", None)
    page = agency.client.get(f"/bookings/{booking.reference}?key={booking.key}")
    assert "到检票口出示入园票的二维码。" in page.get_data(as_text=True)


def test_one_phone_may_stand_on_all_of_a_channels_bookings(agency: Agency, wanted: Wanted) -> None:
    for _ in range(6):
        held = agency.post("/bookings", **wanted(1))
        done = agency.post(f"/bookings/{held['uuid']}/confirm", contact=CONTACT)
        assert done["status"] == "CONFIRMED"


def test_extend_moves_the_end_of_the_hold(agency: Agency, wanted: Wanted) -> None:
    held = agency.post("/bookings", **wanted(expirationMinutes=5))
    longer = agency.post(f"/bookings/{held['uuid']}/extend", expirationMinutes=20)
    assert longer["utcExpiresAt"] > held["utcExpiresAt"]
    shorter = agency.post(f"/bookings/{held['uuid']}/extend", expirationMinutes=1)
    assert shorter["utcExpiresAt"] == longer["utcExpiresAt"]


def test_update_notes_what_is_new_and_keeps_the_rest(agency: Agency, wanted: Wanted) -> None:
    held = agency.post("/bookings", **wanted(notes="一"))
    items = [item | {"resellerReference": "child seat"} for item in held["unitItems"]]
    kept = [{key: each[key] for key in ("uuid", "unitId", "resellerReference")} for each in items]
    new = agency.patch(f"/bookings/{held['uuid']}", contact=CONTACT, unitItems=kept)
    assert (new["notes"], new["contact"]["country"]) == ("一", "CN")
    assert [item["uuid"] for item in new["unitItems"]] == [item["uuid"] for item in kept]
    assert new["unitItems"][0]["resellerReference"] == "child seat"


@pytest.mark.parametrize(
    "change",
    [{"unitItems": [{"unitId": "adult"}]}, {"productId": "other"}],
)
def test_other_people_or_times_are_another_hold(
    agency: Agency, wanted: Wanted, change: dict[str, Any]
) -> None:
    held = agency.post("/bookings", **wanted())
    refusal = agency.refused("PATCH", f"/bookings/{held['uuid']}", **change)
    assert refusal["error"] == "UNPROCESSABLE_ENTITY"


def test_booking_moves_to_another_time(
    session: Session, agency: Agency, slot: Slot, wanted: Wanted, tomorrow: datetime
) -> None:
    held = agency.post("/bookings", **wanted(2))
    path, later = f"/bookings/{held['uuid']}", (tomorrow + timedelta(hours=1)).isoformat()
    assert agency.refused("PATCH", path, availabilityId=later)["error"] == "UNPROCESSABLE_ENTITY"
    done = agency.post(f"{path}/confirm", contact=CONTACT)
    moved = agency.patch(path, availabilityId=later)
    assert moved["availabilityId"] == moved["availability"]["id"] == later
    code = moved["voucher"]["deliveryOptions"][0]["deliveryValue"]
    assert code != done["voucher"]["deliveryOptions"][0]["deliveryValue"]
    assert taken(session, slot) == 0
    assert recount(session) == []


def test_fewer_may_come_on_a_booking_but_not_more(
    session: Session, agency: Agency, slot: Slot, wanted: Wanted
) -> None:
    held = agency.post("/bookings", **wanted(3))
    path = f"/bookings/{held['uuid']}"
    agency.post(f"{path}/confirm", contact=CONTACT)
    kept = {"uuid": held["unitItems"][1]["uuid"], "unitId": "adult"}
    fewer = agency.patch(path, unitItems=[kept, {"unitId": "adult"}])
    assert fewer["unitItems"][0]["uuid"] == kept["uuid"]
    assert (len(fewer["unitItems"]), fewer["pricing"]["retail"]) == (2, 6000)
    assert taken(session, slot) == 2
    more = [{"unitId": "adult"}] * 3
    assert agency.refused("PATCH", path, unitItems=more)["error"] == "UNPROCESSABLE_ENTITY"


@pytest.mark.parametrize("confirmed", [True, False])
def test_cancel_gives_the_places_back(
    session: Session, agency: Agency, slot: Slot, wanted: Wanted, confirmed: bool
) -> None:
    held = agency.post("/bookings", **wanted())
    if confirmed:
        agency.post(f"/bookings/{held['uuid']}/confirm", contact=CONTACT)
    gone = agency.post(f"/bookings/{held['uuid']}/cancel", reason="rain")
    assert (gone["status"], gone["cancellation"]["reason"]) == ("CANCELLED", "rain")
    assert gone["voucher"]["deliveryOptions"] == []
    assert gone["cancellable"] is False
    assert taken(session, slot) == 0
    assert agency.post(f"/bookings/{held['uuid']}/cancel") == gone
    refusal = agency.refused("POST", f"/bookings/{held['uuid']}/confirm", contact=CONTACT)
    assert refusal["error"] == "UNPROCESSABLE_ENTITY"


def test_overdue_hold_is_expired_and_cannot_be_extended(
    session: Session, agency: Agency, wanted: Wanted
) -> None:
    held = agency.post("/bookings", **wanted())
    session.execute(sa.update(Booking).values(hold_expires_at=datetime(2026, 1, 1).astimezone()))
    session.commit()
    assert agency.get(f"/bookings/{held['uuid']}")["status"] == "EXPIRED"
    refusal = agency.refused("POST", f"/bookings/{held['uuid']}/extend", expirationMinutes=5)
    assert (refusal["error"], refusal["uuid"]) == ("INVALID_BOOKING_UUID", held["uuid"])


def test_party_that_is_in_is_redeemed(session: Session, agency: Agency, wanted: Wanted) -> None:
    held = agency.post("/bookings", **wanted(2))
    agency.post(f"/bookings/{held['uuid']}/confirm", contact=CONTACT)
    session.execute(sa.update(Ticket).values(admitted=1))
    session.commit()
    half = agency.get(f"/bookings/{held['uuid']}")
    assert half["status"] == "CONFIRMED"
    assert [item["status"] for item in half["unitItems"]] == ["REDEEMED", "CONFIRMED"]
    session.execute(sa.update(Ticket).values(admitted=2))
    session.commit()
    assert agency.get(f"/bookings/{held['uuid']}")["status"] == "REDEEMED"
    refusal = agency.refused("POST", f"/bookings/{held['uuid']}/cancel")
    assert refusal["error"] == "UNPROCESSABLE_ENTITY"


def test_list_finds_by_reference_and_by_day(
    agency: Agency, wanted: Wanted, tomorrow: datetime
) -> None:
    held = agency.post("/bookings", **wanted(resellerReference="R-1"))
    agency.post("/bookings", **wanted(resellerReference="R-2"))
    for query in ("resellerReference=R-1", f"supplierReference={held['supplierReference']}"):
        assert [each["uuid"] for each in agency.get(f"/bookings?{query}")] == [held["uuid"]]
    assert len(agency.get(f"/bookings?localDate={tomorrow:%F}")) == 2
    later = tomorrow + timedelta(days=1)
    assert agency.get(f"/bookings?localDateStart={later:%F}&localDateEnd={later:%F}") == []
    assert agency.get(f"/bookings?localDate={tomorrow:%F}&productId=other") == []
    assert agency.get(f"/bookings?localDate={tomorrow:%F}&optionId=other") == []
    assert len(agency.get(f"/bookings?localDate={tomorrow:%F}&optionId=DEFAULT")) == 2


@pytest.mark.parametrize(
    "query", ["", "?productId=x", "?localDateStart=2027-05-01", "?localDate=x"]
)
def test_list_without_a_filter_is_refused(agency: Agency, query: str) -> None:
    assert agency.refused("GET", f"/bookings{query}")["error"] == "BAD_REQUEST"


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"productId": "none"}, "INVALID_PRODUCT_ID"),
        ({"optionId": "none"}, "INVALID_OPTION_ID"),
        ({"availabilityId": "none"}, "INVALID_AVAILABILITY_ID"),
        ({"uuid": "none"}, "INVALID_BOOKING_UUID"),
        ({"unitItems": [{"unitId": "none"}]}, "INVALID_UNIT_ID"),
        ({"unitItems": [{}]}, "INVALID_UNIT_ID"),
        ({"unitItems": []}, "UNPROCESSABLE_ENTITY"),
        ({"unitItems": [{"unitId": "infant"}]}, "UNPROCESSABLE_ENTITY"),
        ({"unitItems": [{"unitId": "adult"}] * 11}, "UNPROCESSABLE_ENTITY"),
        ({"unitItems": [{"unitId": "adult"}] * 21}, "UNPROCESSABLE_ENTITY"),
        ({"unitItems": 3}, "BAD_REQUEST"),
        ({"expirationMinutes": -1}, "BAD_REQUEST"),
        ({"currency": "EUR"}, "BAD_REQUEST"),
    ],
)
def test_what_cannot_be_held_is_refused_whole(
    session: Session,
    agency: Agency,
    slot: Slot,
    wanted: Wanted,
    values: dict[str, Any],
    error: str,
) -> None:
    assert agency.refused("POST", "/bookings", **wanted(**values))["error"] == error
    assert taken(session, slot) == 0


def test_body_without_unit_items_is_unprocessable(agency: Agency, wanted: Wanted) -> None:
    body = wanted()
    del body["unitItems"]
    assert agency.refused("POST", "/bookings", **body)["error"] == "UNPROCESSABLE_ENTITY"


@pytest.mark.parametrize("uuid", ["00000000-0000-4000-8000-000000000000", "none"])
def test_unknown_booking_is_refused_by_name(agency: Agency, uuid: str) -> None:
    refusal = agency.refused("GET", f"/bookings/{uuid}")
    assert (refusal["error"], refusal["uuid"]) == ("INVALID_BOOKING_UUID", uuid)


def test_other_channels_booking_does_not_exist(
    session: Session, client: FlaskClient, agency: Agency, wanted: Wanted, tomorrow: datetime
) -> None:
    held = agency.post("/bookings", **wanted(resellerReference="R-1"))
    stranger = Agency(client, make_key(session, make_channel(session, "别家")).secret)
    session.commit()
    for method, path in [
        ("GET", ""),
        ("PATCH", ""),
        ("POST", "/extend"),
        ("POST", "/cancel"),
    ]:
        refusal = stranger.refused(method, f"/bookings/{held['uuid']}{path}")
        assert refusal["error"] == "INVALID_BOOKING_UUID"
    refusal = stranger.refused("POST", f"/bookings/{held['uuid']}/confirm", contact={})
    assert refusal["error"] == "INVALID_BOOKING_UUID"
    assert stranger.get("/bookings?resellerReference=R-1") == []
    assert stranger.get(f"/bookings?supplierReference={held['supplierReference']}") == []
    assert agency.get(f"/bookings/{held['uuid']}")["status"] == "ON_HOLD"


def test_two_channels_may_use_one_uuid(
    session: Session, client: FlaskClient, agency: Agency, wanted: Wanted
) -> None:
    other = Agency(client, make_key(session, make_channel(session, "别家")).secret)
    session.commit()
    body = wanted()
    first, second = agency.post("/bookings", **body), other.post("/bookings", **body)
    assert first["supplierReference"] != second["supplierReference"]


def test_share_of_a_slot_is_the_most_a_channel_sells(
    session: Session, client: FlaskClient, picking: Experience, slot: Slot, wanted: Wanted
) -> None:
    channel = make_channel(session, "三成", share_percent=30)
    agency = Agency(client, make_key(session, channel).secret)
    session.commit()
    held = agency.post("/bookings", **wanted(2))
    refusal = agency.refused("POST", "/bookings", **wanted(2))
    assert refusal["error"] == "UNPROCESSABLE_ENTITY"
    assert taken(session, slot) == 2
    (offer, _later) = agency.post(
        "/availability",
        productId="test-picking",
        optionId="DEFAULT",
        localDate=wanted()["availabilityId"][:10],
    )
    assert (offer["vacancies"], offer["capacity"]) == (1, 3)
    agency.post(f"/bookings/{held['uuid']}/cancel")
    assert agency.post("/bookings", **wanted(3))["status"] == "ON_HOLD"


def test_daily_limit_counts_all_slots_of_the_day(
    session: Session, client: FlaskClient, picking: Experience, wanted: Wanted, tomorrow: datetime
) -> None:
    channel = make_channel(session, "每日五个", daily_limit=5)
    agency = Agency(client, make_key(session, channel).secret)
    session.commit()
    agency.post("/bookings", **wanted(3))
    later = (tomorrow + timedelta(hours=1)).isoformat()
    refusal = agency.refused("POST", "/bookings", **wanted(3, availabilityId=later))
    assert refusal["error"] == "UNPROCESSABLE_ENTITY"
    assert agency.post("/bookings", **wanted(2, availabilityId=later))["status"] == "ON_HOLD"


def test_test_key_plays_everything_and_sells_nothing(
    session: Session, client: FlaskClient, picking: Experience, slot: Slot, wanted: Wanted
) -> None:
    channel = make_channel(session, "试用")
    agency = Agency(client, make_key(session, channel, is_test=True).secret, "pricing")
    session.commit()
    body = wanted(2, resellerReference="R-1")
    held = agency.post("/bookings", **body)
    assert (held["status"], held["testMode"]) == ("ON_HOLD", True)
    assert agency.post("/bookings", **body) == held
    other = agency.refused("POST", "/bookings", **wanted(3, uuid=body["uuid"]))
    assert other["error"] == "INVALID_BOOKING_UUID"
    path = f"/bookings/{held['uuid']}"
    assert agency.post(f"{path}/extend", expirationMinutes=25)["status"] == "ON_HOLD"
    assert agency.patch(path, notes="二")["notes"] == "二"
    done = agency.post(f"{path}/confirm", contact=CONTACT)
    assert done["voucher"]["deliveryOptions"][0]["deliveryValue"].startswith("TEST ")
    assert agency.get(path) == done
    assert agency.get("/bookings?resellerReference=R-1") == [done]
    gone = agency.post(f"{path}/cancel")
    assert {item["status"] for item in gone["unitItems"]} == {"CANCELLED"}
    assert session.scalars(sa.select(Booking)).all() == []
    assert taken(session, slot) == 0
    assert recount(session) == []


def test_test_key_is_refused_what_a_live_one_is(
    session: Session, client: FlaskClient, picking: Experience, wanted: Wanted
) -> None:
    key = make_key(session, make_channel(session, "试用"), is_test=True)
    agency = Agency(client, key.secret)
    session.commit()
    assert agency.refused("POST", "/bookings", **wanted(11))["error"] == "UNPROCESSABLE_ENTITY"


def test_a_full_car_park_above_the_slot_refuses_in_words(
    session: Session, agency: Agency, slot: Slot, wanted: Wanted
) -> None:
    make_ceiling(session, 3)
    refusal = agency.refused("POST", "/bookings", **wanted(4))
    assert refusal["error"] == "UNPROCESSABLE_ENTITY"
    assert "place around it is full" in refusal["errorMessage"]
    assert taken(session, slot) == 0
    assert agency.post("/bookings", **wanted(3))["status"] == "ON_HOLD"
    assert recount(session) == []
