"""What a channel is told of products and availability: once for all that changed since the last
look."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.channels.conftest import ZONE
from tests.channels.sold import ALL, book, hold, subscribe
from tests.factories.channels import Agency, make_channel, make_key
from tests.factories.experiences import make_experience, make_slot
from tests.receivers import Receiver
from tourism.channels import shelf
from tourism.channels.models import Notice
from tourism.core.clock import now
from tourism.experiences.models import Experience, Slot, SlotState, Unit
from tourism.web.notices import deliver_all


def look(session: Session, minutes: int = 1) -> None:
    """As the next round after so many minutes."""
    session.commit()
    later = now() + timedelta(minutes=minutes)
    assert shelf.is_look_due(session, later)
    shelf.look(session, now=later, zone=ZONE)
    session.commit()


def lines(session: Session) -> list[tuple[str, str, Any, Any]]:
    query = sa.select(Notice.kind, Notice.subject, Notice.first_on, Notice.last_on)
    return [tuple(row) for row in session.execute(query.order_by(Notice.id))]


def test_sold_places_and_a_closed_day_are_told_together(
    session: Session, agency: Agency, told: Receiver, slot: Slot, at: datetime
) -> None:
    subscribe(agency, told, "AVAILABILITY_UPDATE")
    for _ in range(3):
        hold(agency, at, 1)
    day = at.date() + timedelta(days=1)
    session.execute(
        sa.update(Slot)
        .where(Slot.starts_at > at + timedelta(hours=2))
        .values(state=SlotState.CLOSED)
    )
    look(session)
    deliver_all()
    assert told.data == [
        {
            "productId": "test-picking",
            "localDateStart": f"{at:%F}",
            "localDateEnd": f"{day:%F}",
        }
    ]


def test_nothing_new_is_not_told(session: Session, agency: Agency, told: Receiver) -> None:
    subscribe(agency, told, *ALL)
    look(session)
    look(session, 2)
    assert lines(session) == []


def test_who_subscribes_is_told_of_what_comes_after(
    session: Session, agency: Agency, told: Receiver, at: datetime
) -> None:
    """What was before has been read already: the first look is taken with the subscription."""
    hold(agency, at)
    subscribe(agency, told, "AVAILABILITY_UPDATE")
    hold(agency, at)
    look(session)
    assert len(lines(session)) == 1


def test_another_price_is_news_of_the_product(
    session: Session, agency: Agency, told: Receiver, slot: Slot
) -> None:
    subscribe(agency, told, *ALL)
    session.execute(sa.update(Unit).values(price_amount=4000, price_currency="CNY"))
    look(session)
    deliver_all()
    assert told.data == [{"productId": "test-picking"}]
    assert told.told[0].body["type"] == "PRODUCT_UPDATE"


@pytest.mark.parametrize("is_published", [True, False])
def test_products_that_come_and_go_are_news(
    session: Session, agency: Agency, told: Receiver, slot: Slot, at: datetime, is_published: bool
) -> None:
    other = make_experience(session, "other", is_published=not is_published)
    make_slot(session, other, at)
    session.commit()
    subscribe(agency, told, "PRODUCT_UPDATE", "AVAILABILITY_UPDATE")
    session.execute(
        sa.update(Experience).where(Experience.id == other.id).values(is_published=is_published)
    )
    look(session)
    day = at.date()
    assert lines(session) == [
        ("PRODUCT_UPDATE", "other", None, None),
        ("AVAILABILITY_UPDATE", "other", day, day),
    ]


def test_channels_are_told_of_what_they_sell_only(
    session: Session, agency: Agency, told: Receiver, slot: Slot, at: datetime
) -> None:
    other = make_experience(session, "other")
    channel = make_channel(session, "别家", operators=[other.operator])
    seller = Agency(agency.client, make_key(session, channel).secret)
    session.commit()
    subscribe(seller, told, *ALL)
    hold(agency, at)
    look(session)
    assert lines(session) == []


def test_a_rush_of_bookings_is_one_notice(
    session: Session, agency: Agency, told: Receiver, at: datetime
) -> None:
    subscribe(agency, told, "AVAILABILITY_UPDATE")
    for _ in range(5):
        book(agency, at, 1)
    look(session)
    book(agency, at, 1)
    look(session, 2)
    deliver_all()
    assert len(told.told) == 1, "the second waited with the first and is told by it"


def test_nobody_looks_where_nobody_wants_to_know(
    session: Session, agency: Agency, told: Receiver
) -> None:
    subscribe(agency, told, "BOOKING_UPDATE")
    assert not shelf.is_look_due(session, now() + timedelta(hours=1))
