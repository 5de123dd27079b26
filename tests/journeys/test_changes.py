"""Plans change: without an account a party takes another time, comes with fewer, stays away."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.factories.experiences import make_slot
from tests.journeys.conftest import Site, watch
from tourism.app import create_app
from tourism.core.clock import now
from tourism.experiences.queries import get_experience
from tourism.settings import read_settings
from tourism.web import db

EXPERIENCE = "yingshuo-cherry-picking"
PHONE = "13800005678"
PATIENCE_MS = 30_000  # a busy machine


@pytest.fixture(scope="module")
def slots(site: Site) -> Iterator[dict[str, int]]:
    """Two times after tomorrow, and one that begins too soon for changes; minutes of their own."""
    minute = now().replace(second=0, microsecond=0)
    starts = {
        "first": minute + timedelta(days=2, minutes=7),
        "second": minute + timedelta(days=2, minutes=77),
        "soon": minute + timedelta(minutes=17),
    }
    app = create_app(read_settings(site.environment))
    with app.app_context():
        with db.transaction() as session:
            experience = get_experience(session, EXPERIENCE)
            made = {name: make_slot(session, experience, at) for name, at in starts.items()}
        yield {name: slot.id for name, slot in made.items()}


def test_another_time_fewer_people_and_cancelled(
    site: Site, slots: dict[str, int], phone: BrowserContext
) -> None:
    """With nothing but the booking's address; it stays the same ticket."""
    page = phone.new_page()
    page.set_default_timeout(PATIENCE_MS)
    faults = watch(page, site.url)
    address = _book(page, site, slots["first"])
    reference = address.partition("/bookings/")[2][:8]
    phone.clear_cookies()
    page.goto(address)
    page.get_by_role("link", name="改时间").click()
    page.locator(f'a[href*="/time/{slots["second"]}?"]').click()
    page.get_by_role("button", name=re.compile("改到")).click()
    expect(page.get_by_text("改好了")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator(".ticket")).to_contain_text(f"{reference[:4]}-{reference[4:]}")
    page.get_by_role("link", name="减少人数").click()
    page.get_by_label("成人").fill("1")
    page.get_by_role("button", name="继续").click()
    page.get_by_role("button", name="改为1人来").click()
    expect(page.locator(".ticket")).to_contain_text(re.compile(r"成人\s*1"))
    page.get_by_role("link", name="取消预订").click()
    page.get_by_role("button", name="取消预订").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("已取消", timeout=PATIENCE_MS)
    expect(page.locator(".ticket__code")).to_have_count(0)
    assert faults == []
    site.run("recount")


def test_when_it_is_too_late_the_page_says_so_and_what_remains(
    site: Site, slots: dict[str, int], phone: BrowserContext
) -> None:
    """The ticket stays good, and nothing can be changed, by an old address neither."""
    page = phone.new_page()
    page.set_default_timeout(PATIENCE_MS)
    address = _book(page, site, slots["soon"])
    change = page.get_by_role("region", name="计划有变？")
    expect(change).to_contain_text("预订照旧有效")
    expect(change.get_by_role("link", name="取消预订")).to_have_count(0)
    path, _, key = address.partition("?")
    page.goto(f"{path}/cancel?{key}")
    expect(page.get_by_role("heading", level=1)).to_have_text("网上取消的时间已过")
    page.goto(f"{path}/time?{key}")
    expect(page.get_by_role("heading", level=1)).to_have_text("订好了", timeout=PATIENCE_MS)


def _book(page: Page, site: Site, slot_id: int) -> str:
    """Two adults; the booking's private address."""
    page.goto(f"{site.url}/slots/{slot_id}/bookings/new")
    page.get_by_role("button", name=re.compile("下一步")).click()
    page.get_by_label("称呼").fill("李明")
    page.get_by_label("手机号").fill(PHONE)
    page.get_by_role("button", name="确认预订").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("订好了", timeout=PATIENCE_MS)
    return page.locator("a.address").get_attribute("href") or ""
