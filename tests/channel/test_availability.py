"""When a channel can book: by day and by slot."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.factories.channels import Agency
from tests.factories.experiences import make_slot
from tourism.experiences.models import Experience, Slot, SlotState
from tourism.experiences.queries import slots_of_day

OPTION = {"productId": "test-picking", "optionId": "DEFAULT"}


def days(first: datetime, more: int = 0) -> dict[str, str]:
    last = first + timedelta(days=more)
    return {"localDateStart": f"{first:%F}", "localDateEnd": f"{last:%F}"}


def first_slot(session: Session, experience: Experience, at: datetime) -> Slot:
    return slots_of_day(session, experience, at.date(), at.tzinfo)[0]  # type: ignore[arg-type]


def test_availability_names_each_slot_by_its_local_start(
    agency: Agency, tomorrow: datetime
) -> None:
    first, second = agency.post("/availability", **OPTION, **days(tomorrow))
    assert first["id"] == first["localDateTimeStart"] == f"{tomorrow:%F}T09:00:00+08:00"
    assert first["localDateTimeEnd"] == second["localDateTimeStart"]
    assert (first["available"], first["status"], first["vacancies"]) == (True, "AVAILABLE", 10)
    assert first["allDay"] is False
    assert first["utcCutoffAt"] == f"{tomorrow:%F}T02:00:00Z"
    assert [each["unitId"] for each in first["unitPricing"]] == ["adult", "child", "infant"]


def test_availability_by_id_finds_the_same(agency: Agency, tomorrow: datetime) -> None:
    by_date = agency.post("/availability/", **OPTION, **days(tomorrow))
    ids = [each["id"] for each in by_date]
    assert agency.post("/availability", **OPTION, availabilityIds=ids) == by_date


def test_all_day_availability_is_a_day_with_hours(
    agency: Agency, garden: Experience, tomorrow: datetime
) -> None:
    (day,) = agency.post("/availability", productId="garden", optionId="DEFAULT", **days(tomorrow))
    assert day["id"] == f"{tomorrow:%F}T00:00:00+08:00"
    assert day["localDateTimeEnd"] == f"{tomorrow + timedelta(days=1):%F}T00:00:00+08:00"
    assert day["allDay"] is True
    assert day["openingHours"] == [{"from": "09:00", "to": "17:00"}]


@pytest.mark.parametrize(
    ("values", "status", "available"),
    [
        ({"taken": 5}, "AVAILABLE", True),
        ({"taken": 6}, "LIMITED", True),
        ({"taken": 10}, "SOLD_OUT", False),
        ({"state": SlotState.CLOSED}, "CLOSED", False),
        ({"state": SlotState.FREE}, "CLOSED", False),
    ],
)
def test_status_of_a_slot(
    session: Session,
    agency: Agency,
    picking: Experience,
    tomorrow: datetime,
    values: dict[str, Any],
    status: str,
    available: bool,
) -> None:
    slot = first_slot(session, picking, tomorrow)
    for name, value in values.items():
        setattr(slot, name, value)
    session.commit()
    found = agency.post("/availability", **OPTION, **days(tomorrow))[0]
    assert (found["status"], found["available"]) == (status, available)


def test_more_people_than_places_find_nothing_available(agency: Agency, tomorrow: datetime) -> None:
    units = [{"id": "adult", "quantity": 11}]
    found = agency.post("/availability", **OPTION, **days(tomorrow), units=units)
    assert [each["available"] for each in found] == [False, False]


def test_calendar_has_each_day_with_the_best_of_its_slots(
    session: Session, agency: Agency, picking: Experience, tomorrow: datetime
) -> None:
    first_slot(session, picking, tomorrow).taken = 10
    session.commit()
    found = agency.post("/availability/calendar", **OPTION, **days(tomorrow, 2))
    assert [each["localDate"] for each in found] == [
        f"{tomorrow + timedelta(days=n):%F}" for n in range(3)
    ]
    assert found[0]["vacancies"] == 10
    assert found[0]["available"]
    assert found[0]["openingHours"] == [{"from": "09:00", "to": "11:00"}]
    assert (found[1]["status"], found[1]["openingHours"]) == ("CLOSED", [])


def test_too_late_and_too_early_are_closed(
    session: Session, agency: Agency, picking: Experience, tomorrow: datetime
) -> None:
    make_slot(session, picking, tomorrow - timedelta(days=2))
    make_slot(session, picking, tomorrow + timedelta(days=30))
    session.commit()
    found = agency.post("/availability", **OPTION, **days(tomorrow - timedelta(days=2), 40))
    assert [each["status"] for each in found] == ["CLOSED", "AVAILABLE", "AVAILABLE", "CLOSED"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "INVALID_PRODUCT_ID"),
        (
            {"productId": "x", "optionId": "DEFAULT", "localDate": "2027-05-01"},
            "INVALID_PRODUCT_ID",
        ),
        ({"productId": "test-picking"}, "INVALID_OPTION_ID"),
        (
            {"productId": "test-picking", "optionId": "x", "localDate": "2027-05-01"},
            "INVALID_OPTION_ID",
        ),
        (OPTION, "BAD_REQUEST"),
        ({**OPTION, "localDateStart": "2027-05-01"}, "BAD_REQUEST"),
        ({**OPTION, "localDate": "tomorrow"}, "BAD_REQUEST"),
        ({**OPTION, "localDateStart": "2027-05-02", "localDateEnd": "2027-05-01"}, "BAD_REQUEST"),
        ({**OPTION, "localDateStart": "2027-05-02", "localDateEnd": "9999-12-31"}, "BAD_REQUEST"),
        ({**OPTION, "localDate": "2027-05-01", "availabilityIds": []}, "BAD_REQUEST"),
        ({**OPTION, "availabilityIds": ["x"]}, "INVALID_AVAILABILITY_ID"),
        ({**OPTION, "availabilityIds": ["0001-01-01T00:00:00+14:00"]}, "INVALID_AVAILABILITY_ID"),
        (
            {**OPTION, "localDate": "2027-05-01", "units": [{"id": "x", "quantity": 1}]},
            "INVALID_UNIT_ID",
        ),
        ({**OPTION, "localDate": "2027-05-01", "currency": "EUR"}, "BAD_REQUEST"),
        ({**OPTION, "localDate": "2027-05-01\u0000"}, "BAD_REQUEST"),
    ],
)
def test_what_is_wrong_is_named(agency: Agency, body: dict[str, Any], error: str) -> None:
    assert agency.refused("POST", "/availability", **body)["error"] == error


@pytest.mark.parametrize("body", ["{", "[]", "null", '"x"', "\xff"])
def test_what_is_no_object_is_a_bad_request(agency: Agency, body: str) -> None:
    response = agency.client.post("/octo/availability", data=body, headers=agency.headers)
    assert response.status_code == 400
    assert response.json is not None
    assert response.json["error"] == "BAD_REQUEST"
