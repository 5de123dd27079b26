"""A closure reaches the channel whose party cannot come, and the channel can answer it."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.channels.conftest import ZONE
from tests.channels.sold import book, subscribe
from tests.factories.accounts import make_user, sign_in
from tests.factories.channels import Agency
from tests.receivers import Receiver
from tourism.accounts.models import Role
from tourism.audit.operations import SYSTEM
from tourism.bookings.closures import close_slots
from tourism.bookings.models import ClosureReason, Offer, OfferStatus
from tourism.bookings.recount import recount
from tourism.bookings.settling import settle
from tourism.channels import shelf
from tourism.core.clock import now
from tourism.experiences.models import Membership, Slot
from tourism.web.notices import deliver_all


@pytest.fixture
def sold(session: Session, agency: Agency, told: Receiver, slot: Slot, at: datetime) -> Any:
    """A booking whose time was closed after its channel had subscribed."""
    agency.headers["Octo-Capabilities"] = "content"
    made = book(agency, at)
    subscribe(agency, told, "BOOKING_UPDATE")
    close_slots(session, slot_ids=[slot.id], reason=ClosureReason.RAIN, now=now(), actor=SYSTEM)
    session.commit()
    return made


def test_who_is_told_finds_the_time_closed_and_what_is_kept_instead(
    agency: Agency, told: Receiver, sold: Any, at: datetime
) -> None:
    assert deliver_all().delivered == 1
    (uuid,) = [each["uuid"] for each in told.data]
    found = agency.get(f"/bookings/{uuid}")
    assert found["status"] == "CONFIRMED"
    assert (found["availability"]["status"], found["availability"]["available"]) == (
        "CLOSED",
        False,
    )
    kept = (at + timedelta(hours=1)).isoformat()
    assert kept in found["availability"]["shortDescription"]
    assert found["cancellable"] is True


def test_the_channel_takes_the_places_that_are_kept(
    session: Session, agency: Agency, told: Receiver, sold: Any, slot: Slot, at: datetime
) -> None:
    """Though the slot would be full for everybody else."""
    kept = (at + timedelta(hours=1)).isoformat()
    session.execute(sa.update(Slot).where(Slot.starts_at > slot.starts_at).values(capacity=2))
    session.commit()
    moved = agency.patch(f"/bookings/{sold['uuid']}", availabilityId=kept)
    assert moved["availabilityId"] == kept
    assert session.scalars(sa.select(Offer.status)).one() is OfferStatus.ACCEPTED
    assert recount(session) == []


def test_the_channel_cancels_though_its_own_time_for_that_is_over(
    session: Session, agency: Agency, told: Receiver, sold: Any, slot: Slot
) -> None:
    slot.experience.cancel_cutoff = timedelta(days=10)
    session.commit()
    gone = agency.post(f"/bookings/{sold['uuid']}/cancel", reason="rain")
    assert (gone["status"], gone["cancellation"]["refund"]) == ("CANCELLED", "FULL")
    assert session.scalars(sa.select(Offer.status)).one() is OfferStatus.CANCELLED
    assert recount(session) == []


def test_what_is_done_without_an_answer_is_told_too(
    session: Session, agency: Agency, told: Receiver, sold: Any, at: datetime
) -> None:
    deliver_all()
    session.execute(sa.update(Offer).values(answer_by=now()))
    session.commit()
    settle(session, now=now())
    session.commit()
    deliver_all()
    assert len(told.told) == 2
    found = agency.get(f"/bookings/{sold['uuid']}")
    assert found["availabilityId"] == (at + timedelta(hours=1)).isoformat()


def test_where_no_places_are_left_the_words_say_so(
    session: Session, agency: Agency, slot: Slot, at: datetime
) -> None:
    agency.headers["Octo-Capabilities"] = "content"
    session.execute(sa.update(Slot).where(Slot.starts_at > slot.starts_at).values(capacity=1))
    session.commit()
    sold = book(agency, at)
    close_slots(session, slot_ids=[slot.id], reason=ClosureReason.RAIN, now=now(), actor=SYSTEM)
    session.commit()
    words = agency.get(f"/bookings/{sold['uuid']}")["availability"]["shortDescription"]
    assert "cannot come" in words
    assert "kept" not in words


def test_rain_confirmed_at_the_desk_reaches_the_channel(
    session: Session, agency: Agency, told: Receiver, slot: Slot, at: datetime
) -> None:
    """From the owner's two pages to the receiver, and to what the channel then reads."""
    sold = book(agency, at)
    subscribe(agency, told, "BOOKING_UPDATE")
    desk = owners_desk(session, agency, slot)
    chosen: dict[str, Any] = {"slot": slot.id, "reason": "rain", "day": f"{at:%F}"}
    plan = desk.get("/desk/closures/plan", query_string=chosen)
    hidden = dict(re.findall(r'name="(mark|request)" value="([^"]+)"', plan.text))
    assert desk.post("/desk/closures/", data=chosen | hidden).status_code == 303
    session.rollback()
    assert deliver_all().delivered == 1
    assert [each["uuid"] for each in told.data] == [sold["uuid"]]
    assert agency.get(f"/bookings/{sold['uuid']}")["availability"]["status"] == "CLOSED"


def owners_desk(session: Session, agency: Agency, slot: Slot) -> FlaskClient:
    owner = make_user(session, Role.OWNER, name="李园主")
    session.add(Membership(operator_id=slot.experience.operator_id, user_id=owner.id))
    session.commit()
    desk = agency.client.application.test_client()
    sign_in(desk, owner)
    return desk


def test_bookings_end_at_the_desk_and_the_channel_hears_of_it(
    session: Session, agency: Agency, told: Receiver, slot: Slot, at: datetime
) -> None:
    """Only bookings end: who has booked may come, so it is news of the availability."""
    subscribe(agency, told, "AVAILABILITY_UPDATE")
    desk = owners_desk(session, agency, slot)
    assert desk.post(f"/desk/slots/{slot.id}/close").status_code == 303
    session.rollback()
    shelf.look(session, now=now() + timedelta(minutes=1), zone=ZONE)
    session.commit()
    deliver_all()
    (data,) = told.data
    days = {"localDateStart": data["localDateStart"], "localDateEnd": data["localDateEnd"]}
    found = agency.post("/availability", productId=data["productId"], optionId="DEFAULT", **days)
    assert [each["status"] for each in found] == ["CLOSED", "AVAILABLE"]
