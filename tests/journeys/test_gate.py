"""The gate in a real browser, with a real decoder before a filmed camera and a real server."""

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, Playwright, expect

from tests.factories.admissions import reference_of
from tests.journeys import camera
from tests.journeys.camera import NOTHING, Shot
from tests.journeys.conftest import launch, watch
from tests.journeys.gate import (
    PATIENCE_MS,
    Town,
    enrol,
    logged,
    new_phone,
    newest_booking,
    running_town,
    type_code,
    verdict,
)
from tourism.admissions.conflicts import open_conflicts
from tourism.admissions.models import Admission, GateDevice
from tourism.bookings.models import Booking
from tourism.core.clock import now
from tourism.experiences.models import Slot
from tourism.tickets.tokens import sign_ticket
from tourism.web import db
from tourism.web.codes import ticket_keys

FOREIGN = "WIFI:T:WPA;S:farm;P:cherries;;"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with running_town(tmp_path_factory.mktemp("gate")) as town:
        yield town


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
    context = new_phone(seeing, permissions=["camera"])
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
    logged(page, town.party, "ok")
    logged(page, town.turned, "ok")
    logged(page, town.party, "used")
    logged(page, None, "not_ticket")
    assert town.admitted(town.party) == 4
    assert town.admitted(town.turned) == 2
    assert town.records(town.party)[:2] == [("ok", 4), ("used", 0)]


def test_a_party_is_admitted_once_and_told_when_and_where(page: Page, town: Town) -> None:
    ticket = town.ticket(3)
    enrol(page, town)
    type_code(page, reference_of(town.session, ticket))
    screen = verdict(page, "请进", "3")
    screen.get_by_role("button", name="下一位").click()
    expect(screen).to_be_hidden()
    type_code(page, reference_of(town.session, ticket))
    screen = verdict(page, "不能进", "0")
    expect(screen).to_contain_text(re.compile(r"首次：\d\d:\d\d，east门"))
    assert town.records(ticket) == [("ok", 3), ("used", 0)]


def test_part_of_a_party_and_then_the_rest(page: Page, town: Town) -> None:
    ticket = town.ticket(3)
    enrol(page, town)
    page.get_by_label("这次进几人").select_option("2")
    type_code(page, reference_of(town.session, ticket))
    verdict(page, "请进", "2").get_by_role("button", name="下一位").click()
    page.get_by_label("这次进几人").select_option("2")
    type_code(page, reference_of(town.session, ticket))
    screen = verdict(page, "看一眼", "1")
    screen.get_by_role("button", name="放行1人").click()
    verdict(page, "请进", "1")
    assert town.records(ticket) == [("ok", 2), ("partial", 0), ("ok", 1)]


def test_people_leave_and_come_back_with_the_same_code(page: Page, town: Town) -> None:
    ticket = town.ticket(3)
    code = reference_of(town.session, ticket)
    enrol(page, town)
    present = page.locator("[data-present-people]")
    expect(present).to_have_text(re.compile(r"^\d+$"))
    before = int(present.text_content() or "")
    type_code(page, code)
    verdict(page, "请进", "3").get_by_role("button", name="下一位").click()
    expect(present).to_have_text(str(before + 3))
    page.get_by_role("radio", name="出").check()
    page.get_by_label("这次出几人").select_option("2")
    type_code(page, code)
    verdict(page, "出园", "2").get_by_role("button", name="下一位").click()
    expect(present).to_have_text(str(before + 1))
    page.get_by_role("radio", name="进").check()
    type_code(page, code)
    verdict(page, "请进", "2").get_by_role("button", name="下一位").click()
    assert town.records(ticket) == [("ok", 3), ("out", 2), ("ok", 2)]
    assert (town.admitted(ticket), ticket.away) == (3, 0)


def test_fewer_came_than_the_screen_said(page: Page, town: Town) -> None:
    """The scan is taken back and a new one made; then that one too, from the list."""
    ticket = town.ticket(4)
    enrol(page, town)
    type_code(page, reference_of(town.session, ticket))
    screen = verdict(page, "请进", "4")
    screen.get_by_role("button", name="改人数").click()
    screen.get_by_role("button", name="3", exact=True).click()
    verdict(page, "请进", "3").get_by_role("button", name="下一位").click()
    assert town.admitted(ticket) == 3
    page.locator("#log button").first.click()
    screen.get_by_role("button", name="改人数").click()
    screen.get_by_role("button", name="没人").click()
    expect(screen.get_by_role("heading")).to_have_text("已撤销")
    assert town.admitted(ticket) == 0
    assert town.records(ticket) == [("ok", 4), ("ok", 3)]


def test_a_party_that_is_in_is_let_in_again_with_a_reason(page: Page, town: Town) -> None:
    """Both are kept, and it is listed for somebody to look into."""
    ticket = town.ticket(2)
    enrol(page, town)
    for _ in range(2):
        type_code(page, reference_of(town.session, ticket))
        page.get_by_role("button", name="下一位").click()
    type_code(page, reference_of(town.session, ticket))
    screen = verdict(page, "不能进", "0")
    screen.get_by_role("button", name="仍要放行").click()
    screen.get_by_label("放行原因").select_option("back")
    screen.get_by_role("button", name="1", exact=True).click()
    verdict(page, "请进", "1")
    expect(page.locator('[data-status][data-waiting="0"]')).to_be_attached()
    assert town.records(ticket)[-1] == ("conflict_used", 1)
    found = open_conflicts(town.session, gate_id=town.gate.id)
    [conflict] = [each for each in found if each.ticket_id == ticket.id]
    assert conflict.too_many[0].override == "back"


def test_a_party_without_a_booking_is_sold_a_place(page: Page, town: Town) -> None:
    enrol(page, town)
    expect(page.locator('[data-status][data-waiting="0"]')).to_be_attached()
    expect(page.locator("[data-present]")).to_be_visible()
    page.get_by_role("button", name="没预订").click()
    page.get_by_role("button", name="adult加一").click()
    page.get_by_role("button", name="adult加一").click()
    page.get_by_role("button", name="child加一").click()
    page.get_by_role("button", name="放行3人").click()
    verdict(page, "请进", "3").get_by_role("button", name="下一位").click()
    booking = newest_booking(town)
    assert (booking.walk_in, booking.party_size) == (True, 3)
    slot = town.session.get_one(Slot, booking.slot_id)
    town.session.refresh(slot)
    assert slot.taken == 3


def test_a_booking_is_found_by_the_end_of_a_phone_number(page: Page, town: Town) -> None:
    ticket = town.ticket(2)
    booking = town.session.get_one(Booking, ticket.booking_id)
    booking.phone, booking.name = "+8613812345678", "王小明"
    town.session.commit()
    enrol(page, town)
    type_code(page, "5678")
    page.get_by_role("button", name=re.compile(r"^王\*\* · 一行2人")).click()
    verdict(page, "请进", "2")
    query = sa.select(Admission.via).where(Admission.ticket_id == ticket.id)
    town.session.commit()
    assert town.session.scalars(query).all() == ["list"]


def test_the_start_check_says_what_is_missing(page: Page, town: Town) -> None:
    enrol(page, town)
    expect(page.locator('[data-check="list"][data-good="true"]')).to_be_attached()
    page.get_by_text("开工检查").click()
    camera_line = page.locator('[data-check="camera"]')
    expect(camera_line).to_contain_text("允许使用摄像头")
    page.get_by_role("button", name="开始扫票").click()
    expect(page.locator('[data-check="camera"][data-good="true"]')).to_be_attached()


def test_an_early_party_is_let_in_with_a_reason(page: Page, town: Town) -> None:
    ticket = town.ticket(2, minutes=55)
    if ticket.starts_at.astimezone().date() != now().astimezone().date():
        ticket = town.ticket(2, minutes=-125)  # near midnight: late instead of early
    enrol(page, town)
    type_code(page, reference_of(town.session, ticket))
    screen = verdict(page, "看一眼", "2")
    screen.get_by_label("放行原因").select_option("delay")
    screen.get_by_role("button", name="放行2人").click()
    verdict(page, "请进", "2")
    query = sa.select(Admission.override).where(Admission.ticket_id == ticket.id)
    town.session.commit()
    assert sorted(filter(None, town.session.scalars(query))) == ["delay"]


def test_a_hand_held_reader_types_the_code(page: Page, town: Town) -> None:
    ticket = town.ticket(2)
    enrol(page, town)
    page.locator("body").click(position={"x": 5, "y": 5})
    page.keyboard.type(sign_ticket(ticket_keys(), ticket), delay=2)
    page.keyboard.press("Enter")
    verdict(page, "请进", "2")


def test_what_is_no_booking_number_is_said_so(page: Page, town: Town) -> None:
    enrol(page, town)
    type_code(page, "7K4")
    expect(page.get_by_text("今天没有找到")).to_be_visible()
    type_code(page, "zzzz-zzzz")
    expect(verdict(page, "不能进", "0")).to_contain_text("查不到预订号ZZZZZZZZ")


def test_a_revoked_phone_forgets_who_it_was(page: Page, town: Town) -> None:
    """It hears of it by the answer to its next scan."""
    ticket = town.ticket(2)
    enrol(page, town)
    page.route("**/gate/api/sync", lambda route: route.abort())  # which would hear of it too
    with db.transaction() as session:
        session.execute(sa.update(GateDevice).values(revoked_at=now()))
    type_code(page, reference_of(town.session, ticket))
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
    page = new_phone(browser).new_page()
    page.goto(f"{town.url}/gate/")
    enrol(page, town)
    page.get_by_role("button", name="开始扫票").click()
    expect(page.get_by_role("status")).to_contain_text(words)
    expect(page.get_by_label("预订号")).to_be_visible()
    browser.close()
