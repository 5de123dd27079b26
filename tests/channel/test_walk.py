"""A client that knows the published description and nothing of our code, from shelf to cancel."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from tests.factories.channels import Agency
from tourism.experiences.models import Experience


class Client:
    """Finds addresses by operation id and holds every body, both ways, to its schema."""

    def __init__(self, browser: FlaskClient, headers: dict[str, str]) -> None:
        self.browser, self.headers = browser, headers
        document = browser.get("/openapi.json").json
        assert document is not None
        self.document: dict[str, Any] = document
        self.operations = {
            operation["operationId"]: (path, method, operation)
            for path, methods in self.document["paths"].items()
            for method, operation in methods.items()
        }

    def call(self, name: str, body: Any = None, query: str = "", **where: str) -> Any:
        path, method, operation = self.operations[name]
        if body is not None:
            content = operation["requestBody"]["content"]["application/json"]
            self.check(body, content["schema"])
        url = "/octo" + path.format(**where) + query
        response = self.browser.open(url, method=method.upper(), json=body, headers=self.headers)
        assert response.status_code == 200, response.get_data(as_text=True)
        answer = response.json
        self.check(answer, operation["responses"]["200"]["content"]["application/json"]["schema"])
        return answer

    def check(self, value: Any, schema: dict[str, Any]) -> None:
        whole = {**schema, "components": self.document["components"]}
        Draft202012Validator(whole).validate(value)


@pytest.fixture
def octo(agency: Agency) -> Client:
    headers = agency.headers | {"Octo-Capabilities": "octo/pricing, octo/content"}
    return Client(agency.client, headers)


@pytest.mark.parametrize(
    ("kind", "starts"), [("START_TIME", "T09:00:00+08:00"), ("OPENING_HOURS", "T00:00:00+08:00")]
)
def test_walk_from_supplier_to_cancel(
    octo: Client, garden: Experience, tomorrow: datetime, kind: str, starts: str
) -> None:
    assert octo.call("getSupplier")["endpoint"].endswith("/octo")
    products = octo.call("listProducts")
    product = next(each for each in products if each["availabilityType"] == kind)
    assert octo.call("getProduct", id=product["id"]) == product
    option = product["options"][0]
    unit = option["units"][0]["id"]
    what = {"productId": product["id"], "optionId": option["id"]}
    last = tomorrow + timedelta(days=3)
    days = {"localDateStart": f"{tomorrow:%F}", "localDateEnd": f"{last:%F}"}
    calendar = octo.call("listCalendar", what | days)
    day = next(each["localDate"] for each in calendar if each["available"])
    times = octo.call("listAvailability", what | {"localDateStart": day, "localDateEnd": day})
    time = next(each for each in times if each["available"])
    assert time["id"] == day + starts
    assert octo.call("listAvailability", what | {"availabilityIds": [time["id"]]}) == [time]

    uuid = str(uuid4())
    items = [{"unitId": unit}, {"unitId": unit}]
    wanted = {"uuid": uuid, **what, "availabilityId": time["id"], "unitItems": items}
    held = octo.call("reserve", wanted | {"expirationMinutes": 5})
    assert held["status"] == "ON_HOLD"
    longer = octo.call("extend", {"expirationMinutes": 20}, uuid=uuid)
    assert longer["utcExpiresAt"] > held["utcExpiresAt"]
    octo.call("update", {"resellerReference": "A-1", "notes": "by coach"}, uuid=uuid)
    done = octo.call("confirm", {"contact": {"fullName": "Wang Xiaomei"}}, uuid=uuid)
    assert (done["status"], done["notes"]) == ("CONFIRMED", "by coach")
    assert done["voucher"]["deliveryOptions"][0]["deliveryFormat"] == "QRCODE"
    assert octo.call("getBooking", uuid=uuid) == done
    assert octo.call("listBookings", query="?resellerReference=A-1") == [done]
    gone = octo.call("cancel", {"reason": "rain"}, uuid=uuid)
    assert gone["status"] == "CANCELLED"
    assert gone["cancellation"]["refund"] == "FULL"
