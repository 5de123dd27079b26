"""What a channel is told of its bookings, at a real server: each change, whoever made it."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session
from standardwebhooks import Webhook

from tests.channels.sold import book, hold, subscribe
from tests.factories.channels import Agency, make_channel, make_key
from tests.receivers import Receiver, say
from tourism.audit.operations import SYSTEM
from tourism.bookings.closures import close_slots
from tourism.bookings.models import Booking, ClosureReason
from tourism.bookings.offers import accept_offer, decline_offer
from tourism.bookings.operations import expire_holds
from tourism.bookings.queries import get_booking
from tourism.channels import outbox
from tourism.channels.models import Channel, Notice, NoticeStatus, Subscription
from tourism.core.clock import now
from tourism.experiences.models import Slot
from tourism.tickets.models import Ticket
from tourism.web.notices import deliver_all


def notices(session: Session) -> list[Notice]:
    session.rollback()
    return list(session.scalars(sa.select(Notice).order_by(Notice.id)))


def the_booking(session: Session, sold: Any) -> Booking:
    return get_booking(session, sold["supplierReference"])


def close(session: Session, slot: Slot) -> None:
    close_slots(session, slot_ids=[slot.id], reason=ClosureReason.RAIN, now=now(), actor=SYSTEM)


def test_a_notice_names_the_booking_and_is_signed(
    agency: Agency, told: Receiver, at: datetime
) -> None:
    """Verified by the reference library of Standard Webhooks, with the secret from the answer."""
    made = subscribe(agency, told, headers={"X-Agency-Token": "abc"})
    sold = hold(agency, at)
    assert deliver_all().delivered == 1
    (got,) = told.told
    checked = Webhook(made["secret"]).verify(got.raw, dict(got.headers))
    assert checked == {
        "id": got.headers["webhook-id"],
        "type": "BOOKING_UPDATE",
        "timestamp": got.body["timestamp"],
        "data": {"uuid": sold["uuid"]},
    }
    assert got.path == "/octo"
    assert got.headers["X-Agency-Token"] == "abc"
    assert got.headers["Content-Type"] == "application/json"


def test_the_documents_own_example_verifies_it(
    agency: Agency, told: Receiver, at: datetime
) -> None:
    made = subscribe(agency, told)
    hold(agency, at)
    deliver_all()
    (got,) = told.told
    documents = Path(__file__).parents[2] / "docs" / "channel-api.md"
    (example,) = re.findall(r"```python\n(.*?)```", documents.read_text(), re.S)
    known: dict[str, Any] = {}
    exec(example, known)
    assert known["is_genuine"](made["secret"], got.headers, got.raw)
    assert not known["is_genuine"](made["secret"], got.headers, got.raw + b" ")
    got.headers.replace_header("webhook-timestamp", "1")
    assert not known["is_genuine"](made["secret"], got.headers, got.raw)


def test_another_secret_verifies_nothing(agency: Agency, told: Receiver, at: datetime) -> None:
    subscribe(agency, told)
    other = agency.post(
        "/notifications/subcriptions",
        url=told.url + "/other",
        notificationTypes=["PRODUCT_UPDATE"],
    )
    hold(agency, at)
    deliver_all()
    (got,) = told.told
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(other["secret"]).verify(got.raw, dict(got.headers))


Act = Callable[[Session, Booking, Slot], object]


def _accept(session: Session, booking: Booking, slot: Slot) -> None:
    close(session, slot)
    session.flush()
    session.execute(sa.delete(Notice))
    accept_offer(session, booking=booking, now=now(), actor=SYSTEM)


def _decline(session: Session, booking: Booking, slot: Slot) -> None:
    close(session, slot)
    session.execute(sa.delete(Notice))
    decline_offer(session, booking=booking, now=now(), actor=SYSTEM)


def _admit(session: Session, booking: Booking, _slot: Slot) -> None:
    session.execute(sa.update(Ticket).where(Ticket.booking_id == booking.id).values(admitted=1))


@pytest.mark.parametrize("act", [_accept, _decline, _admit])
def test_what_others_do_to_a_booking_is_told(
    session: Session, agency: Agency, told: Receiver, slot: Slot, at: datetime, act: Act
) -> None:
    """An offer taken or declined, somebody let in: nobody of them knows of channels."""
    sold = book(agency, at)
    subscribe(agency, told)
    act(session, the_booking(session, sold), slot)
    session.commit()
    assert deliver_all().delivered == 1
    assert told.data == [{"uuid": sold["uuid"]}]


def test_an_expired_hold_is_told_and_says_so(
    session: Session, agency: Agency, told: Receiver, at: datetime
) -> None:
    sold = hold(agency, at)
    subscribe(agency, told)
    later = now() + timedelta(hours=1)
    expire_holds(session, now=later)
    session.commit()
    deliver_all()
    assert told.data == [{"uuid": sold["uuid"]}]
    assert agency.get(f"/bookings/{sold['uuid']}")["status"] == "EXPIRED"


def test_what_is_rolled_back_is_not_told(
    session: Session, agency: Agency, told: Receiver, slot: Slot, at: datetime
) -> None:
    sold = book(agency, at)
    subscribe(agency, told)
    _admit(session, the_booking(session, sold), slot)
    assert session.scalar(sa.select(sa.func.count(Notice.id))) == 1
    session.rollback()
    assert deliver_all().delivered == 0
    assert told.told == []


def test_a_change_makes_the_sale_newer(session: Session, agency: Agency, at: datetime) -> None:
    sold = book(agency, at)
    session.execute(sa.text("UPDATE channel_sales SET updated_at = '2020-01-01 00:00:00.000000'"))
    _admit(session, the_booking(session, sold), Slot())
    session.commit()
    assert agency.get(f"/bookings/{sold['uuid']}")["utcUpdatedAt"] >= sold["utcUpdatedAt"]


def test_each_channel_is_told_of_its_own_only(
    session: Session, agency: Agency, told: Receiver, at: datetime
) -> None:
    other = Agency(agency.client, make_key(session, make_channel(session, "别家")).secret)
    session.commit()
    subscribe(other, told)
    hold(agency, at)
    assert deliver_all().delivered == 0


def test_changes_of_one_booking_that_wait_are_told_once(
    session: Session, agency: Agency, told: Receiver, at: datetime
) -> None:
    subscribe(agency, told)
    first, second = book(agency, at), hold(agency, at)
    assert len(notices(session)) > 2
    deliver_all()
    assert told.data == [{"uuid": first["uuid"]}, {"uuid": second["uuid"]}]
    assert {each.status for each in notices(session)} == {NoticeStatus.DELIVERED}


def test_a_change_after_a_failed_attempt_has_an_id_of_its_own(
    session: Session, agency: Agency, told: Receiver, at: datetime
) -> None:
    """Whoever knows the first id already must not take the new change for the old one."""
    subscribe(agency, told)
    sold = hold(agency, at)
    told.answer = lambda handler: say(handler, 500)
    deliver_all()
    agency.post(f"/bookings/{sold['uuid']}/cancel")
    told.answer = lambda handler: say(handler, 200)
    _make_due(session)
    deliver_all()
    assert told.ids[0] == told.ids[1] != told.ids[2]


def test_test_keys_are_told_of_rehearsals_and_of_nothing_else(
    session: Session, agency: Agency, told: Receiver, at: datetime
) -> None:
    channel = session.scalars(sa.select(Channel)).one()
    tests = Agency(agency.client, make_key(session, channel, is_test=True).secret)
    session.commit()
    subscribe(tests, told)
    hold(agency, at)
    assert deliver_all().delivered == 0
    played = book(tests, at)
    deliver_all()
    assert told.data == [{"uuid": played["uuid"]}]
    assert tests.get(f"/bookings/{played['uuid']}")["testMode"] is True


def _make_due(session: Session) -> None:
    session.execute(sa.update(Notice).values(due_at=None, leased_until=None))
    session.commit()


def test_failures_are_tried_again_later_and_later_and_end(
    session: Session, agency: Agency, told: Receiver, at: datetime
) -> None:
    subscribe(agency, told)
    hold(agency, at)
    told.answer = lambda handler: say(handler, 503, b"come\x07 back later")
    pauses = []
    for _ in range(outbox.MOST_ATTEMPTS):
        assert deliver_all().not_delivered == 1
        (notice,) = notices(session)
        pauses.append(notice.due_at and notice.due_at - now())
        _make_due(session)
    assert notice.status is NoticeStatus.FAILED
    assert notice.last_answer == "503 come  back later"
    assert deliver_all().not_delivered == 0
    assert len(set(told.ids)) == 1
    assert timedelta(seconds=9) < pauses[0] < timedelta(seconds=19)
    assert all(one < other for one, other in zip(pauses[:8:2], pauses[2:8:2], strict=False))


def test_the_first_of_a_line_holds_up_the_rest_until_it_is_given_up(
    session: Session, agency: Agency, told: Receiver, at: datetime
) -> None:
    subscribe(agency, told)
    first = hold(agency, at)
    second = hold(agency, at)
    refuse_first(told, first["uuid"])
    deliver_all()
    assert told.data == [{"uuid": first["uuid"]}]
    session.execute(sa.update(Notice).values(attempts=outbox.MOST_ATTEMPTS - 1, due_at=None))
    session.commit()
    deliver_all()
    assert told.data[1:] == [{"uuid": first["uuid"]}, {"uuid": second["uuid"]}]


def refuse_first(told: Receiver, uuid: str) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        say(handler, 500 if told.told[-1].body["data"]["uuid"] == uuid else 200)

    told.answer = answer


def test_gone_ends_a_subscription_at_once(
    session: Session, agency: Agency, told: Receiver, at: datetime
) -> None:
    subscribe(agency, told)
    hold(agency, at)
    told.answer = lambda handler: say(handler, 410)
    deliver_all()
    assert notices(session)[0].status is NoticeStatus.FAILED
    assert session.scalars(sa.select(Subscription)).one().paused_at is not None


def test_nothing_is_sent_while_paused(
    session: Session, agency: Agency, told: Receiver, at: datetime
) -> None:
    subscribe(agency, told)
    session.execute(sa.update(Subscription).values(paused_at=now()))
    session.commit()
    hold(agency, at)
    assert deliver_all().delivered == 0
    session.execute(sa.update(Subscription).values(paused_at=None))
    session.commit()
    assert deliver_all().delivered == 1


def test_old_notices_are_forgotten(
    session: Session, agency: Agency, told: Receiver, at: datetime
) -> None:
    subscribe(agency, told)
    hold(agency, at)
    deliver_all()
    assert outbox.forget_old(session, now=now() + timedelta(days=29)) == 0
    assert outbox.forget_old(session, now=now() + timedelta(days=31)) == 1


def deliverer(app: Flask, *words: str) -> "subprocess.Popen[bytes]":
    settings = app.config["TOURISM"]
    environment = {
        **os.environ,
        "TOURISM_INSTANCE": str(settings.instance),
        "TOURISM_DATABASE_URL": settings.database_url,
        "TOURISM_SECRET_KEY": settings.secret_key,
        "TOURISM_PRIVATE_TARGETS": "yes",
    }
    command = [sys.executable, "-m", "tourism", "deliver", *words]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)


def test_killed_between_sending_and_noting_it_is_sent_again_under_the_same_id(
    app: Flask, session: Session, agency: Agency, told: Receiver, at: datetime
) -> None:
    subscribe(agency, told)
    hold(agency, at)
    came, go = threading.Event(), threading.Event()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        came.set()
        go.wait(30)

    told.answer = answer
    process = deliverer(app)
    assert came.wait(30)
    process.send_signal(signal.SIGKILL)
    process.wait()
    go.set()
    told.answer = lambda handler: say(handler, 200)
    (notice,) = notices(session)
    assert notice.status is NoticeStatus.WAITING
    assert deliver_all().delivered == 0, "whoever leased it may still be sending it"
    session.execute(sa.update(Notice).values(leased_until=now()))
    session.commit()
    assert deliver_all().delivered == 1
    assert len(told.ids) == 2
    assert len(set(told.ids)) == 1


def test_several_processes_send_each_notice_once_and_each_line_in_order(
    app: Flask, session: Session, agency: Agency, told: Receiver, at: datetime
) -> None:
    for number in range(2):
        url = f"{told.url}/{number}"
        agency.post("/notifications/subscriptions", url=url, notificationTypes=["BOOKING_UPDATE"])
    sold = [hold(agency, at, 1)["uuid"] for _ in range(6)]
    processes = [deliverer(app, "--once") for _ in range(2)]
    assert [process.wait(60) for process in processes] == [0, 0]
    assert set(Counter(told.ids).values()) == {1}
    for number in range(2):
        line = [each.body["data"]["uuid"] for each in told.told if each.path.endswith(str(number))]
        assert line == sold
