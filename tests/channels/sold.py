"""What a channel asks for to have something that can change."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from tests.factories.channels import Agency
from tests.receivers import Receiver

ALL = ["PRODUCT_UPDATE", "AVAILABILITY_UPDATE", "BOOKING_UPDATE"]


def subscribe(agency: Agency, told: Receiver, *kinds: str, **values: Any) -> Any:
    body = {"url": told.url, "notificationTypes": kinds or ["BOOKING_UPDATE"], **values}
    return agency.post("/notifications/subscriptions", **body)


def hold(agency: Agency, at: datetime, adults: int = 2) -> Any:
    return agency.post(
        "/bookings",
        uuid=str(uuid4()),
        productId="test-picking",
        optionId="DEFAULT",
        availabilityId=at.isoformat(),
        unitItems=[{"unitId": "adult"} for _ in range(adults)],
    )


def book(agency: Agency, at: datetime, adults: int = 2) -> Any:
    held = hold(agency, at, adults)
    contact = {"fullName": "王小妹", "phoneNumber": "+86 138 0013 8000"}
    return agency.post(f"/bookings/{held['uuid']}/confirm", contact=contact)
