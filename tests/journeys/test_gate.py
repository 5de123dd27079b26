"""The gate in a real browser, with a real decoder before a filmed camera and a real server."""

import itertools
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright, Route, expect
from sqlalchemy.orm import Session

from tests.factories.admissions import make_gate, make_slot_now, make_ticket, reference_of
from tests.factories.destination import make_destination
from tests.journeys import camera
from tests.journeys.camera import NOTHING, Shot
from tests.journeys.conftest import PHONE, launch, served, watch
from tourism import migrations
from tourism.admissions.enrolments import create_enrolment
from tourism.admissions.models import Admission, Gate, GateDevice
from tourism.app import create_app
from tourism.audit.operations import SYSTEM
from tourism.core.clock import now
from tourism.settings import read_settings
from tourism.tickets.models import Ticket
from tourism.tickets.tokens import sign_ticket
from tourism.web import db
from tourism.web.codes import ticket_keys

FOREIGN = "WIFI:T:WPA;S:farm;P:cherries;;"
_addresses = itertools.count(1)
PATIENCE_MS = 15_000  # two rounds of the film and a busy machine


@dataclass
class Town:
    """A running server with one gate, and the way to its database."""

    url: str
    app: Flask
    session: Session
    gate: Gate
    party: Ticket  # of four, held up to the camera
    turned: Ticket  # of two, held crookedly and far away

    def code(self) -> str:
        """A new enrolment code."""
        with db.transaction() as session:
            made = create_enrolment(
                session, gate=self.gate, device_name="", created_by=None, actor=SYSTEM, now=now()
            )
        return made.code

    def ticket(self, party_size: int, **shift: float) -> Ticket:
        """A ticket of its own, whose window opened ten minutes ago, or shifted from there."""
        with db.transaction() as session:
            slot = make_slot_now(session, now() + timedelta(**shift), f"s-{os.urandom(4).hex()}")
            slot.experience.operator_id = self.gate.operator_id
            return make_ticket(session, slot, party_size)

    def admitted(self, ticket: Ticket) -> int:
        self.session.commit()
        self.session.refresh(ticket)
        return ticket.admitted

    def records(self, ticket: Ticket) -> list[tuple[str, int]]:
        self.session.commit()
        query = sa.select(Admission).where(Admission.ticket_id == ticket.id)
        rows = self.session.scalars(query.order_by(Admission.received_at, Admission.seq))
        return [(row.outcome.value, row.people) for row in rows]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    instance = tmp_path_factory.mktemp("gate")
    environment = os.environ | {
        "TOURISM_INSTANCE": str(instance),
        "TOURISM_MODE": "demo",
        "TOURISM_TRUSTED_PROXIES": "1",  # each phone comes from an address of its own
    }
    app = create_app(read_settings(environment))
    with app.app_context():
        migrations.upgrade(db.engine())
        session = db.db_session()
        make_destination(session)
        slot = make_slot_now(session, now())
        gate = make_gate(session, slot.experience)
        party, turned = make_ticket(session, slot, 4), make_ticket(session, slot, 2)
        ticket_keys()  # made before the server looks for them
        session.commit()
        with served(environment, instance / "server.log") as url:
            yield Town(url, app, session, gate, party, turned)


@pytest.fixture(scope="module")
def seeing(
    playwright: Playwright, town: Town, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    """A browser whose camera sees an enrolment code, two tickets and somebody's Wi-Fi."""
    shots = [
        Shot(f"{town.url}/gate/#{town.code()}"),
        NOTHING,
        Shot(sign_ticket(ticket_keys(), town.party)),
        NOTHING,
        Shot(sign_ticket(ticket_keys(), town.turned), pixels=150, turned=20),
        NOTHING,
        Shot(FOREIGN),
        NOTHING,
    ]
    path = camera.film(tmp_path_factory.mktemp("film") / "gate.mjpeg", shots)
    launched = launch(playwright, *camera.flags(path))
    yield launched
    launched.close()


@pytest.fixture
def page(seeing: Browser, town: Town) -> Iterator[Page]:
    """A phone at the gate's page; whatever it must never do fails the test."""
    context = _phone(seeing, permissions=["camera"])
    page = context.new_page()
    faults = watch(page, town.url)
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{town.url}/gate/")
    yield page
    context.close()
    # An aborted or refused request is reported by the browser itself; some tests want just that.
    assert [fault for fault in faults if "Failed to load resource" not in fault] == []


def test_a_phone_reads_its_code_and_then_admits(page: Page, town: Town) -> None:
    """Enrolled by camera; the first ticket goes in, the crooked one too; again is "used"."""
    page.get_by_role("button", name="扫手机码").click()
    page.get_by_role("button", name="关摄像头").wait_for()
    expect(page.locator(".scanner [data-gate-name]")).to_have_text("east门")
    _logged(page, town.party, "ok")
    _logged(page, town.turned, "ok")
    _logged(page, town.party, "used")
    _logged(page, None, "not_ticket")
    assert town.admitted(town.party) == 4
    assert town.admitted(town.turned) == 2
    assert town.records(town.party)[:2] == [("ok", 4), ("used", 0)]


def test_a_party_is_admitted_once_and_told_when_and_where(page: Page, town: Town) -> None:
    ticket = town.ticket(3)
    _enrol(page, town)
    _type(page, reference_of(town.session, ticket))
    screen = _verdict(page, "请进", "3")
    screen.get_by_role("button", name="下一位").click()
    expect(screen).to_be_hidden()
    _type(page, reference_of(town.session, ticket))
    screen = _verdict(page, "不能进", "0")
    expect(screen).to_contain_text(re.compile(r"首次：\d\d:\d\d，east门"))
    assert town.records(ticket) == [("ok", 3), ("used", 0)]


def test_part_of_a_party_and_then_the_rest(page: Page, town: Town) -> None:
    ticket = town.ticket(3)
    _enrol(page, town)
    page.get_by_label("这次进几人").select_option("2")
    _type(page, reference_of(town.session, ticket))
    _verdict(page, "请进", "2").get_by_role("button", name="下一位").click()
    page.get_by_label("这次进几人").select_option("2")
    _type(page, reference_of(town.session, ticket))
    screen = _verdict(page, "看一眼", "1")
    screen.get_by_role("button", name="放行1人").click()
    _verdict(page, "请进", "1")
    assert town.records(ticket) == [("ok", 2), ("partial", 0), ("ok", 1)]


def test_an_early_party_is_let_in_with_a_reason(page: Page, town: Town) -> None:
    ticket = town.ticket(2, minutes=55)
    if ticket.starts_at.astimezone().date() != now().astimezone().date():
        ticket = town.ticket(2, minutes=-125)  # near midnight: late instead of early
    _enrol(page, town)
    _type(page, reference_of(town.session, ticket))
    screen = _verdict(page, "看一眼", "2")
    screen.get_by_label("放行原因").select_option("delay")
    screen.get_by_role("button", name="放行2人").click()
    _verdict(page, "请进", "2")
    query = sa.select(Admission.override).where(Admission.ticket_id == ticket.id)
    town.session.commit()
    assert sorted(filter(None, town.session.scalars(query))) == ["delay"]


def test_a_lost_answer_counts_nobody_twice(page: Page, town: Town) -> None:
    """The server admits, the answer is lost; the phone asks again with the same scan."""
    ticket = town.ticket(4)
    _enrol(page, town)

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/gate/api/scans", lose)
    _type(page, reference_of(town.session, ticket))
    screen = _verdict(page, "未判定", "")
    expect(screen).to_contain_text("没有网络")
    assert town.admitted(ticket) == 4
    page.unroute("**/gate/api/scans")
    screen.get_by_role("button", name="再试一次").click()
    _verdict(page, "请进", "4")
    assert town.records(ticket) == [("ok", 4)]


def test_without_a_network_nothing_is_decided(page: Page, town: Town) -> None:
    ticket = town.ticket(1)
    _enrol(page, town)
    page.context.set_offline(True)
    _type(page, reference_of(town.session, ticket))
    screen = _verdict(page, "未判定", "")
    assert town.admitted(ticket) == 0
    page.context.set_offline(False)
    screen.get_by_role("button", name="再试一次").click()
    _verdict(page, "请进", "1")


def test_a_hand_held_reader_types_the_code(page: Page, town: Town) -> None:
    ticket = town.ticket(2)
    _enrol(page, town)
    page.locator("body").click(position={"x": 5, "y": 5})
    page.keyboard.type(sign_ticket(ticket_keys(), ticket), delay=2)
    page.keyboard.press("Enter")
    _verdict(page, "请进", "2")


def test_what_is_no_booking_number_is_said_so(page: Page, town: Town) -> None:
    _enrol(page, town)
    _type(page, "7K4")
    expect(_verdict(page, "不能进", "0")).to_contain_text("预订号是8位字母和数字")
    page.get_by_role("button", name="下一位").click()
    _type(page, "zzzz-zzzz")
    expect(_verdict(page, "不能进", "0")).to_contain_text("查不到预订号ZZZZZZZZ")


def test_a_revoked_phone_forgets_who_it_was(page: Page, town: Town) -> None:
    ticket = town.ticket(2)
    _enrol(page, town)
    with db.transaction() as session:
        session.execute(sa.update(GateDevice).values(revoked_at=now()))
    _type(page, reference_of(town.session, ticket))
    expect(page.get_by_text("这部手机已停用")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="启用这部手机")).to_be_visible()
    assert town.admitted(ticket) == 0


def test_a_wrong_enrolment_code_is_said_beside_its_field(page: Page) -> None:
    page.get_by_label("手机码").fill("ZZZZ-ZZZZ")
    page.get_by_role("button", name="启用这部手机").click()
    expect(page.locator("#enrol-error")).to_have_text("没有这个码。请逐个字符核对。")


def test_the_address_brings_the_code_along(page: Page, town: Town) -> None:
    """As from the phone's own camera app; the code is then gone from the address."""
    page.goto("about:blank")
    page.goto(f"{town.url}/gate/#{town.code()}")
    page.get_by_role("button", name="启用这部手机").click()
    expect(page.get_by_role("button", name="开始扫票")).to_be_visible()
    assert "#" not in page.url


@pytest.mark.parametrize(
    ("flag", "words"),
    [
        ("--mute-audio", "找不到可用的摄像头"),
        ("--use-fake-device-for-media-stream", "没有摄像头权限"),
    ],
)
def test_without_a_camera_the_page_says_what_to_do(
    playwright: Playwright, town: Town, flag: str, words: str
) -> None:
    """There is none, or nobody allowed it; booking numbers can still be typed."""
    browser = launch(playwright, flag)
    page = _phone(browser).new_page()
    page.goto(f"{town.url}/gate/")
    _enrol(page, town)
    page.get_by_role("button", name="开始扫票").click()
    expect(page.get_by_role("status")).to_contain_text(words)
    expect(page.get_by_label("预订号")).to_be_visible()
    browser.close()


def _phone(browser: Browser, **more: Any) -> BrowserContext:
    """A phone of its own, not held to the number of tries that another has used up."""
    address = {"X-Forwarded-For": f"10.0.0.{next(_addresses)}"}
    return browser.new_context(**PHONE, locale="zh-CN", extra_http_headers=address, **more)


def _enrol(page: Page, town: Town) -> None:
    page.get_by_label("手机码").fill(town.code())
    page.get_by_role("button", name="启用这部手机").click()
    page.get_by_role("button", name="开始扫票").wait_for()


def _type(page: Page, code: str) -> None:
    page.get_by_label("预订号").fill(code)
    page.keyboard.press("Enter")


def _verdict(page: Page, word: str, number: str) -> Locator:
    screen = page.locator("[data-verdict]:not(li)")
    expect(screen.get_by_role("heading")).to_have_text(word)
    expect(screen.locator("[data-number]")).to_have_text(number)
    return screen


def _logged(page: Page, ticket: Ticket | None, outcome: str) -> None:
    name = ticket.id if ticket else ""
    entry = page.locator(f'#log li[data-ticket="{name}"][data-outcome="{outcome}"]').first
    expect(entry).to_be_attached(timeout=PATIENCE_MS)
