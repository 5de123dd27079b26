"""A client that knows OCTO's published types and addresses, and nothing of ours.

Every body that it sends and gets is held to the types of the npm package that the standard's own
people publish; addresses are written as their OpenAPI file has them, with a slash at the end.
"""

import json
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories.channels import Agency
from tourism.bookings.models import Booking
from tourism.cli.node import command
from tourism.destination.models import Accuracy
from tourism.experiences.models import Experience
from tourism.tickets.models import Ticket

CHECK = Path(__file__).with_name("published.mjs")


class Published:
    """Asks, and keeps every body with the name of its published type."""

    def __init__(self, agency: Agency) -> None:
        self.agency = agency
        self.bodies: list[tuple[str, Any, bool]] = []

    def ask(
        self,
        method: str,
        path: str,
        answer: str,
        *,
        asked: str = "",
        body: Any = None,
        many: bool = False,
        status: int = 200,
    ) -> Any:
        if asked:
            self.bodies.append((asked, body, False))
        response = self.agency.ask(method, path, body)
        assert response.status_code == status, response.get_data(as_text=True)
        self.bodies.append((answer, response.json, many))
        return response.json

    def leave_out(self, capability: str) -> None:
        """One that the documents have but the types have not yet; it is like the others."""
        name, body, many = self.bodies.pop()
        others = [each for each in body if each["id"] != capability]
        assert others != body
        self.bodies.append((name, others, many))

    def problems(self) -> Any:
        told = json.dumps(self.bodies)
        run = subprocess.run(
            [*command("node"), CHECK], input=told, capture_output=True, text=True, check=True
        )
        return json.loads(run.stdout)


@pytest.fixture(params=["", "octo/pricing, octo/content, octo/notifications"])
def octo(agency: Agency, request: pytest.FixtureRequest) -> Iterator[Published]:
    agency.headers["Octo-Capabilities"] = request.param
    made = Published(agency)
    yield made
    assert made.problems() == []


@pytest.mark.parametrize("kind", ["START_TIME", "OPENING_HOURS"])
def test_walk_from_supplier_to_cancel(
    octo: Published, garden: Experience, tomorrow: datetime, kind: str
) -> None:
    octo.ask("GET", "/supplier/", "zSupplier")
    octo.ask("GET", "/capabilities/", "zCapability", many=True)
    octo.leave_out("octo/notifications")
    products = octo.ask("GET", "/products/", "zProduct", many=True)
    product = next(each for each in products if each["availabilityType"] == kind)
    octo.ask("GET", f"/products/{product['id']}", "zProduct")
    option = product["options"][0]
    unit = option["units"][0]["id"]
    what = {"productId": product["id"], "optionId": option["id"]}
    last = tomorrow + timedelta(days=5)
    dates = {"localDateStart": f"{tomorrow:%F}", "localDateEnd": f"{last:%F}"}
    units = {"units": [{"id": unit, "quantity": 2}]}
    calendar = octo.ask(
        "POST",
        "/availability/calendar/",
        "zAvailabilityCalendar",
        asked="zAvailabilityCalendarBody",
        body=what | dates | units,
        many=True,
    )
    day = next(each["localDate"] for each in calendar if each["available"])
    check = {
        "answer": "zAvailability",
        "asked": "zAvailabilityCheckBody",
        "many": True,
    }
    on = {"localDateStart": day, "localDateEnd": day}
    times = octo.ask("POST", "/availability/", body=what | on | units, **check)
    time = next(each for each in times if each["available"])
    octo.ask("POST", "/availability/", body=what | {"availabilityIds": [time["id"]]}, **check)

    uuid = str(uuid4())
    held = octo.ask(
        "POST",
        "/bookings/",
        "zBooking",
        asked="zBookingReservationBody",
        body={
            "uuid": uuid,
            **what,
            "availabilityId": time["id"],
            "unitItems": [{"unitId": unit}, {"unitId": unit}],
            "expirationMinutes": 5,
        },
    )
    longer = octo.ask(
        "POST",
        f"/bookings/{uuid}/extend",
        "zBooking",
        asked="zExtendReservationBody",
        body={"expirationMinutes": 20},
    )
    assert longer["utcExpiresAt"] > held["utcExpiresAt"]
    octo.ask(
        "PATCH",
        f"/bookings/{uuid}",
        "zBooking",
        asked="zBookingUpdateBody",
        body={"resellerReference": "A-1", "notes": "by coach"},
    )
    contact = {
        "fullName": "Wang Xiaomei",
        "emailAddress": "wang@example.com",
        "phoneNumber": "+8613800138000",
        "locales": ["zh-CN"],
    }
    done = octo.ask(
        "POST",
        f"/bookings/{uuid}/confirm",
        "zBooking",
        asked="zBookingConfirmationBody",
        body={"contact": contact, "resellerReference": "A-1", "emailReceipt": False},
    )
    assert done["status"] == "CONFIRMED"
    assert octo.ask("GET", f"/bookings/{uuid}", "zBooking") == done
    for query in ("resellerReference=A-1", f"localDate={day}"):
        assert octo.ask("GET", f"/bookings/?{query}", "zBooking", many=True) == [done]
    gone = octo.ask(
        "POST",
        f"/bookings/{uuid}/cancel",
        "zBooking",
        asked="zBookingCancellationBody",
        body={"reason": "rain", "force": False},
    )
    assert gone["status"] == "CANCELLED"


def test_bookings_that_ended_are_of_the_published_type(
    session: Session, octo: Published, picking: Experience, tomorrow: datetime
) -> None:
    late, used = (reserve(octo, tomorrow)["uuid"] for _ in range(2))
    octo.ask(
        "POST", f"/bookings/{used}/confirm", "zBooking", body={"contact": {"fullName": "Wang"}}
    )
    session.execute(sa.update(Ticket).values(admitted=1))
    long_ago = tomorrow - timedelta(days=3)
    session.execute(
        sa.update(Booking).where(Booking.status == "held").values(hold_expires_at=long_ago)
    )
    session.commit()
    assert octo.ask("GET", f"/bookings/{late}", "zBooking")["status"] == "EXPIRED"
    assert octo.ask("GET", f"/bookings/{used}", "zBooking")["status"] == "REDEEMED"


def reserve(octo: Published, at: datetime) -> Any:
    what = {"productId": "test-picking", "optionId": "DEFAULT", "availabilityId": at.isoformat()}
    body = {"uuid": str(uuid4()), **what, "unitItems": [{"unitId": "adult"}]}
    return octo.ask("POST", "/bookings/", "zBooking", body=body)


def test_a_place_that_is_surely_there_has_a_position(
    session: Session, octo: Published, picking: Experience
) -> None:
    picking.place.accuracy = Accuracy.SURVEYED
    session.commit()
    product = octo.ask("GET", "/products/test-picking", "zProduct")
    if "content" in octo.agency.headers["Octo-Capabilities"]:
        assert product["locations"][0]["place"]["latitude"] == picking.place.latitude


def test_refusals_have_the_field_of_their_kind(octo: Published, tomorrow: datetime) -> None:
    what = {"productId": "test-picking", "optionId": "DEFAULT"}
    uuid = str(uuid4())
    item = [{"unitId": "adult"}]
    wanted = {**what, "uuid": uuid, "availabilityId": tomorrow.isoformat(), "unitItems": item}
    refused: list[tuple[str, str, Any, str, str]] = [
        ("GET", "/products/none", None, "INVALID_PRODUCT_ID", "zErrorInvalidProductId"),
        (
            "POST",
            "/availability/",
            {**what, "productId": "none"},
            "INVALID_PRODUCT_ID",
            "zErrorInvalidProductId",
        ),
        (
            "POST",
            "/availability/",
            {**what, "optionId": "none"},
            "INVALID_OPTION_ID",
            "zErrorInvalidOptionId",
        ),
        (
            "POST",
            "/bookings/",
            {**wanted, "unitItems": [{"unitId": "none"}]},
            "INVALID_UNIT_ID",
            "zErrorInvalidUnitId",
        ),
        (
            "POST",
            "/bookings/",
            {**wanted, "availabilityId": "none"},
            "INVALID_AVAILABILITY_ID",
            "zErrorInvalidAvailabilityId",
        ),
        ("GET", f"/bookings/{uuid}", None, "INVALID_BOOKING_UUID", "zErrorInvalidBookingUuid"),
        ("POST", "/availability/", what, "BAD_REQUEST", "zErrorBadRequest"),
        ("GET", "/bookings/", None, "BAD_REQUEST", "zErrorBadRequest"),
        (
            "POST",
            "/bookings/",
            {**wanted, "unitItems": item * 11},
            "UNPROCESSABLE_ENTITY",
            "zErrorUnprocessableEntity",
        ),
    ]
    for method, path, body, code, kind in refused:
        assert octo.ask(method, path, kind, body=body, status=400)["error"] == code
    octo.agency.headers["Authorization"] = "Bearer live_wrong"
    assert octo.ask("GET", "/supplier/", "zErrorForbidden", status=400)["error"] == "FORBIDDEN"
    del octo.agency.headers["Authorization"]
    told = octo.ask("GET", "/supplier/", "zErrorUnauthorized", status=400)
    assert told["error"] == "UNAUTHORIZED"
