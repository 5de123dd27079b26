"""The main job, as two people do it: a tourist books on a phone, a steward's phone lets them in."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

from tests.factories.experiences import make_slot
from tests.journeys import camera
from tests.journeys.camera import Shot
from tests.journeys.conftest import PHONE, Site, launch, watch
from tourism.app import create_app
from tourism.core.clock import now
from tourism.experiences.queries import get_experience
from tourism.settings import read_settings
from tourism.web import db

ORCHARD, EXPERIENCE = "樱硕农业大樱桃园", "yingshuo-cherry-picking"
ZONE = ZoneInfo("Asia/Shanghai")
PATIENCE_MS = 30_000  # two rounds of the film and a busy machine
MM_35 = 35 / 25.4 * 96  # in CSS pixels: what a camera needs of a code on paper


@pytest.fixture(scope="module")
def slot_now(site: Site) -> datetime:
    """A slot whose window is open at this minute, whatever the hour; its local start."""
    local = now().astimezone(ZONE).replace(second=0, microsecond=0)
    starts_at = max(local - timedelta(minutes=10), local.replace(hour=0, minute=0))
    app = create_app(read_settings(site.environment))
    with app.app_context(), db.transaction() as session:
        experience = get_experience(session, EXPERIENCE)
        make_slot(session, experience, starts_at, capacity=12, sample=True)
    return starts_at


def test_from_the_front_page_through_the_gate(
    site: Site, slot_now: datetime, phone: BrowserContext, playwright: Playwright, tmp_path: Path
) -> None:
    """Home, map, orchard, slot, party, contact, code on the screen; read by the gate's camera."""
    page = phone.new_page()
    page.set_default_timeout(10_000)
    faults = watch(page, site.url)
    _to_the_booking(page, site, slot_now)
    _say_who_comes(page)
    expect(page.get_by_role("heading", name="订好了")).to_be_visible()
    code = page.locator(".ticket__code svg")
    code.scroll_into_view_if_needed()
    film = tmp_path / "gate.mjpeg"
    # Held up, taken away for longer than the scanner forgets a code, and held up again.
    shown = Shot(None, screen=code.screenshot(), pixels=330, seconds=1.5)
    camera.film(film, [shown, Shot(None, seconds=2.5)])
    with _steward(playwright, site, film) as gate:
        log = gate.locator("#log")
        expect(log.locator('li[data-outcome="ok"]')).to_have_count(1, timeout=PATIENCE_MS)
        expect(log.locator('li[data-outcome="used"]').first).to_be_attached(timeout=PATIENCE_MS)
        verdict = gate.locator("[data-verdict]:not(li)")
        expect(verdict.get_by_role("heading")).to_have_text("不能进")
        expect(verdict).to_contain_text(re.compile(r"首次：\d\d:\d\d，樱硕"))
    assert faults == []
    site.run("recount")


def test_without_script_up_to_the_printed_ticket(
    site: Site, slot_now: datetime, browser: Browser
) -> None:
    """The same way with JavaScript off: the keys of the stepper are submit buttons."""
    context = browser.new_context(**PHONE, locale="zh-CN", java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(10_000)
    faults = watch(page, site.url)
    _to_the_booking(page, site, slot_now)
    _say_who_comes(page)
    page.get_by_role("link", name=re.compile("打印")).click()
    page.emulate_media(media="print")
    expect(page.locator(".ticket__code svg")).to_be_visible()
    expect(page.locator(".site-header")).to_be_hidden()
    expect(page.locator(".ticket")).to_contain_text("儿童 1")
    assert page.locator(".ticket__code svg").bounding_box()["width"] > MM_35
    assert faults == []
    context.close()


def _to_the_booking(page: Page, site: Site, slot_now: datetime) -> None:
    page.goto(site.url)
    page.get_by_role("navigation", name="主导航").get_by_role("link", name="地图").click()
    page.get_by_role("link", name=ORCHARD).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(ORCHARD)
    page.locator(f'a[href*="/experiences/{EXPERIENCE}"]').first.click()
    page.locator(".slot", has_text=f"{slot_now:%H:%M}").first.click()
    page.get_by_role("button", name=re.compile("儿童")).last.click()
    page.get_by_role("button", name=re.compile("下一步")).click()


def _say_who_comes(page: Page) -> None:
    expect(page.locator('[data-controller="countdown"]')).to_contain_text("分钟")
    page.get_by_label("称呼").fill("王小妹")
    page.get_by_label("手机号").fill("13800001234")
    page.get_by_role("button", name="确认预订").click()


@contextmanager
def _steward(playwright: Playwright, site: Site, film: Path) -> Iterator[Page]:
    """A steward's phone whose camera sees the film, signed in, enrolled and scanning."""
    browser = launch(playwright, *camera.flags(film))
    context = browser.new_context(**PHONE, locale="zh-CN", permissions=["camera"])
    page = context.new_page()
    page.set_default_timeout(10_000)
    faults = watch(page, site.url)
    page.goto(f"{site.url}/account/sign-in")
    page.get_by_label("邮箱").fill("steward-yingshuo@demo.example")
    page.get_by_label("密码").fill(site.passwords["steward-yingshuo@demo.example"])
    page.get_by_role("main").get_by_role("button", name="登录").click()
    page.get_by_role("button", name=re.compile("生成")).click()
    code = page.locator(".enrol-code__letters").inner_text()
    page.goto(f"{site.url}/gate/")
    page.get_by_label("手机码").fill(code)
    page.get_by_role("button", name="启用这部手机").click()
    page.get_by_role("button", name="开始扫票").click()
    yield page
    browser.close()
    assert faults == []
