"""Rain on a morning with twelve parties: closed from a phone, until every party is settled."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.factories.accounts import PASSWORD, make_user
from tests.factories.bookings import confirm, make_hold
from tests.factories.destination import in_all
from tests.factories.experiences import make_experience, make_operator, make_slot
from tests.journeys.conftest import PHONE, Site, watch
from tourism.accounts.models import Role
from tourism.app import create_app
from tourism.bookings.models import Offer, OfferStatus
from tourism.core.clock import now
from tourism.destination.queries import get_place
from tourism.experiences.models import Membership
from tourism.settings import read_settings
from tourism.web import db

ZONE = ZoneInfo("Asia/Shanghai")
OWNER = "rain-owner@example.org"
TOMORROW = (now().astimezone(ZONE) + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)


@pytest.fixture
def parties(site: Site) -> list[str]:
    """The pages of twelve parties of two, at 8:00 and 9:00 tomorrow. The afternoon has room for
    all, and so has the day after."""
    app = create_app(read_settings(site.environment))
    with app.app_context(), db.transaction() as session:
        place, operator = get_place(session, "xiehu"), make_operator(session, "rain-farm")
        experience = make_experience(
            session, "rain-picking", place=place, operator=operator, name=in_all("雨天采摘")
        )
        starts = [(8, 12), (9, 12), (14, 12), (15, 12), (34, 30)]
        slots = [
            make_slot(session, experience, _at(hour), capacity=capacity)
            for hour, capacity in starts
        ]
        owner = make_user(session, Role.OWNER, email=OWNER, name="雨园主")
        session.add(Membership(operator_id=operator.id, user_id=owner.id))
        made = [
            confirm(
                session,
                make_hold(session, slots[number % 2], now()),
                now(),
                name=f"客人{number:02}",
                phone=f"+8613911110{number:03}",
            )
            for number in range(12)
        ]
        return [f"{site.url}/bookings/{each.reference}?key={each.key}" for each in made]


def _at(hour: int) -> datetime:
    return TOMORROW.replace(hour=0) + timedelta(hours=hour)


def test_a_morning_closed_for_rain_until_every_party_is_settled(
    site: Site, parties: list[str], phone: BrowserContext, browser: Browser
) -> None:
    desk = phone.new_page()
    desk.set_default_timeout(10_000)
    faults = watch(desk, site.url)
    _close_the_morning(desk, site)
    expect(_tally(desk)).to_have_text("12")
    tourist = browser.new_context(**PHONE, locale="zh-CN").new_page()
    tourist.set_default_timeout(10_000)
    faults += watch(tourist, site.url)
    for page in parties[:5]:
        _move(tourist, page)
    for page in parties[5:9]:
        tourist.goto(page)
        tourist.locator('form[action*="/offer/accept"] button').click()
        expect(tourist.locator(".ticket")).to_be_visible()
    for page in parties[9:11]:
        tourist.goto(page)
        tourist.locator('a[href*="/offer/cancel"]').click()
        tourist.locator('form[action*="/offer/cancel"] button').click()
        expect(tourist.get_by_role("heading", level=1)).to_have_text("已取消")
    expect(_tally(desk)).to_have_text("1", timeout=15_000)  # the page has renewed itself
    _let_the_deadline_pass(site)
    desk.reload()
    shown = desk.locator(".tally dd").all_inner_texts()
    assert shown == ["0", "4", "5", "2", "1"]
    tourist.goto(parties[11])  # nobody answered: the held place in the afternoon is theirs
    expect(tourist.locator(".ticket")).to_contain_text(re.compile(r"1[45]:\d\d"))
    tourist.context.close()
    assert faults == []
    assert site.run("recount").startswith("0 differences")


def _close_the_morning(desk: Page, site: Site) -> None:
    desk.goto(f"{site.url}/account/sign-in")
    desk.get_by_label("邮箱").fill(OWNER)
    desk.get_by_label("密码").fill(PASSWORD)
    desk.get_by_role("main").get_by_role("button", name="登录").click()
    desk.goto(f"{site.url}/desk/closures/new?day={TOMORROW.date()}&part=morning")
    desk.get_by_role("button", name="看会影响谁").click()
    expect(desk.locator(".figures dd").first).to_have_text("12")
    desk.get_by_role("button", name="停园，通知12组").click()


def _tally(desk: Page) -> Locator:
    return desk.locator(".tally dd").first


def _move(tourist: Page, page: str) -> None:
    """To the morning after, chosen by the party itself."""
    tourist.goto(page)
    tourist.locator('a[href*="/offer/times"]').click()
    tourist.locator(".slot", has_text="10:00").click()
    tourist.locator('form[action*="/offer/times"] button').click()
    expect(tourist.locator(".ticket")).to_be_visible()


def _let_the_deadline_pass(site: Site) -> None:
    app = create_app(read_settings(site.environment))
    with app.app_context(), db.transaction() as session:
        late = sa.update(Offer).where(Offer.status == OfferStatus.OPEN)
        session.execute(late.values(answer_by=now() - timedelta(minutes=1)))
