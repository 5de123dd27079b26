"""An owner runs the day from a phone in the field: schedule, capacity, picked out, live numbers."""

from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from tests.factories.bookings import HOLD, confirm
from tests.factories.experiences import make_experience, make_slot
from tests.journeys.conftest import PHONE, Site, watch
from tests.journeys.contrast import texts_by_contrast
from tests.journeys.test_every_page import AXE, RULES
from tourism.app import create_app
from tourism.audit.operations import VISITOR
from tourism.bookings.models import Booking
from tourism.bookings.offers import find_last_offer
from tourism.bookings.operations import hold_slot
from tourism.bookings.queries import get_booking
from tourism.core.clock import now
from tourism.experiences.models import Experience, Slot, SlotState, Unit
from tourism.experiences.queries import get_experience, get_slot
from tourism.settings import read_settings
from tourism.web import db

T = TypeVar("T")
ZONE = ZoneInfo("Asia/Shanghai")
OWNER, OWN, NEXT = "owner-wotian@demo.example", "wotian-blueberry-picking", "test-next-berries"
AAA = ["wcag2aaa", *RULES]
RENEWED = 25_000  # the page asks again after ten seconds at the latest, on a slow machine too


@pytest.fixture(scope="module")
def app(site: Site) -> Flask:
    return create_app(read_settings(site.environment))


@pytest.fixture
def owner(browser: Browser, site: Site) -> Iterator[Page]:
    """The owner's phone, signed in; nothing must go wrong on any page."""
    context = browser.new_context(**PHONE, locale="zh-CN", reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(10_000)
    faults = watch(page, site.url)
    page.goto(f"{site.url}/account/sign-in")
    page.get_by_label("邮箱").fill(OWNER)
    page.locator("[name=password]").fill(site.passwords[OWNER])
    page.locator("main form button").click()
    expect(page.locator("h1")).to_be_visible()
    yield page
    context.close()
    assert [each for each in faults if "ERR_INTERNET_DISCONNECTED" not in each] == []


def inside(app: Flask, act: Callable[[Session], T]) -> T:
    with app.app_context(), db.transaction() as session:
        return act(session)


def book(session: Session, slot_id: int, adults: int) -> Booking:
    slot = get_slot(session, slot_id)
    (adult,) = [unit.id for unit in slot.experience.units if unit.code == "adult"]
    at = max(now(), slot.starts_at - timedelta(days=1))  # not too early for the experience
    held = hold_slot(
        session,
        slot_id=slot_id,
        party={adult: adults},
        language="zh-Hans",
        now=at,
        hold=HOLD,
        idempotency_key=None,
        actor=VISITOR,
    )
    return confirm(session, get_booking(session, held.reference), at)


def far(days: int) -> datetime:
    """Midnight of a day beyond the sample slots."""
    day = now().astimezone(ZONE).date() + timedelta(days=days)
    return datetime.combine(day, time(), ZONE)


def test_schedule_is_made_again_over_a_week_with_bookings_and_a_hand_made_slot(
    app: Flask, site: Site, owner: Page
) -> None:
    first = far(40)

    def lay(session: Session) -> int:
        experience = get_experience(session, OWN)
        nine = make_slot(session, experience, first + timedelta(hours=9), scheduled=True)
        book(session, nine.id, 3)
        make_slot(session, experience, first + timedelta(hours=19), changed_at=now())
        return experience.id

    experience_id = inside(app, lay)
    owner.goto(f"{site.url}/desk/schedule/{experience_id}")
    owner.locator("[name=starts_on]").fill(first.date().isoformat())
    owner.locator("[name=ends_on]").fill((first + timedelta(days=6)).date().isoformat())
    for day in owner.locator("[name=days_0]").all():
        day.check()
    for name, value in {"opens": "09:00", "closes": "12:00", "capacity": "25"}.items():
        owner.locator(f"[name={name}_0]").fill(value)
    owner.get_by_role("button", name="保存，看看会改什么").click()
    expect(owner.locator(".plan-left")).to_contain_text("已占3位")
    expect(owner.locator(".plan-left")).to_contain_text("手工改过")
    expect(owner.locator(".plan > .plan-counts")).to_contain_text("20个新时段")
    owner.get_by_role("button", name="就这么改").click()
    expect(owner.locator(".notice--good").first).to_contain_text("新开20个时段")

    def week(session: Session) -> list[tuple[int, int]]:
        until = first + timedelta(days=7)
        mine = session.query(Slot).filter(
            Slot.experience_id == experience_id, Slot.starts_at >= first, Slot.starts_at < until
        )
        return sorted((each.capacity, each.taken) for each in mine)

    assert inside(app, week) == [(10, 0), (10, 3), *[(25, 0)] * 20]
    assert "0" in site.run("recount")


def test_capacity_below_taken_asks_and_keeps_everybody(app: Flask, site: Site, owner: Page) -> None:
    """Three taps from the first page: the slot, −5, keep everybody; then undone."""
    start = far(50) + timedelta(hours=9)

    def lay(session: Session) -> int:
        slot = make_slot(session, get_experience(session, OWN), start, capacity=10)
        for adults in (4, 3):
            book(session, slot.id, adults)
        return slot.id

    slot_id = inside(app, lay)
    owner.goto(f"{site.url}/desk/?day={start.date()}")
    owner.locator(f"#sum-{slot_id}").click()
    owner.locator(f"#row-{slot_id}").get_by_role("button", name="−5").click()
    expect(owner.locator("main")).to_contain_text("多出2人")
    owner.get_by_role("button", name="都留着").or_(owner.locator("[value=keep]")).first.click()
    row = owner.locator(f"#slot-{slot_id}")
    expect(row.locator(".today__done")).to_contain_text("现在可容5人")
    expect(row).to_contain_text("多出2人")

    def read(session: Session) -> tuple[int, int, int | None]:
        slot = session.get_one(Slot, slot_id)
        return slot.capacity, slot.taken, slot.wanted_capacity

    assert inside(app, read) == (7, 7, 5)
    row.get_by_role("button", name="撤销").click()
    expect(row.locator(".today__done")).to_contain_text("现在可容10人")
    assert inside(app, read) == (10, 7, None)


def test_picked_out_sends_who_has_booked_to_the_next_orchard(
    app: Flask, site: Site, owner: Page, browser: Browser
) -> None:
    starts = now() + timedelta(minutes=20)
    if starts.astimezone(ZONE).date() != now().astimezone(ZONE).date():
        starts = now() - timedelta(minutes=1)

    def lay(session: Session) -> tuple[int, str, str, int]:
        mine = get_experience(session, OWN)
        slot = make_slot(session, mine, starts, ends_at=starts + timedelta(minutes=50))
        booking = book(session, slot.id, 2)
        there = _next_orchard(session)
        late = make_slot(session, there, now() + timedelta(hours=1), capacity=999, sample=True)
        return mine.id, booking.reference, booking.key, late.id

    experience_id, reference, key, late = inside(app, lay)
    owner.goto(f"{site.url}/desk/harvest/{experience_id}")
    owner.get_by_role("link", name="今天摘完了").click()
    expect(owner.locator("main")).to_contain_text("安排到：隔壁蓝莓")
    owner.get_by_role("button", name="停掉今天余下的时段").click()
    expect(owner.locator(".notice--good").first).to_contain_text("今天停了")
    visitor = browser.new_context(**PHONE, locale="zh-CN").new_page()
    visitor.goto(f"{site.url}/bookings/{reference}?key={key}")
    expect(visitor.locator("main")).to_contain_text("邻近的果园")
    visitor.locator("form[action*='/offer/accept'] button").click()
    expect(visitor.locator("main")).to_contain_text("隔壁蓝莓")
    visitor.context.close()

    def read(session: Session) -> tuple[int, bool]:
        booking = get_booking(session, reference)
        return booking.slot_id, find_last_offer(session, booking) is not None

    assert inside(app, read) == (late, True)
    assert "0" in site.run("recount")


def _next_orchard(session: Session) -> Experience:
    """A neighbour with the same crop, units and kind."""
    here = get_experience(session, OWN)
    units = [
        Unit(code=each.code, name=each.name, hint=each.hint, rank=each.rank, sample=True)
        for each in here.units
    ]
    values = {"crop": here.crop, "kind": here.kind, "operator": here.operator, "place": here.place}
    return make_experience(
        session, NEXT, name={"zh-Hans": "隔壁蓝莓"}, units=units, sample=True, **values
    )


def test_numbers_renew_themselves_and_a_lost_connection_is_said(
    app: Flask, site: Site, owner: Page
) -> None:
    """Somebody books: the numbers move, the open row stays open and keeps the focus."""
    start = far(60) + timedelta(hours=9)

    def lay(session: Session) -> int:
        return make_slot(session, get_experience(session, OWN), start, capacity=10).id

    slot_id = inside(app, lay)
    owner.goto(f"{site.url}/desk/?day={start.date()}")
    row = owner.locator(f"#row-{slot_id}")
    row.locator("summary").click()
    owner.locator(f"#close-{slot_id}").focus()
    inside(app, lambda session: book(session, slot_id, 4))
    owner.evaluate("() => dispatchEvent(new Event('online'))")  # asks at once, not in ten seconds
    expect(row.locator(".tally").first).to_contain_text("4 已订", timeout=RENEWED)
    assert row.get_attribute("open") is not None
    expect(owner.locator(f"#close-{slot_id}")).to_be_focused()
    owner.context.set_offline(True)
    expect(owner.locator(".freshness--lost")).to_contain_text("连不上网", timeout=RENEWED)
    owner.context.set_offline(False)
    expect(owner.locator(".freshness--lost")).to_have_count(0, timeout=RENEWED)


def test_pages_of_the_desk_keep_the_rules(site: Site, owner: Page) -> None:
    """No axe violation in either scheme, AAA contrast on the first page; nothing sideways."""
    axe, found = AXE.read_text("utf-8"), []
    experience = "/desk/schedule/3"
    pages = ["/desk/", "/desk/schedule/", experience, f"{experience}/copy",
             f"{experience}/slots/new", "/desk/timetable/", "/desk/harvest/3"]  # fmt: skip
    for path in pages:
        answer = owner.goto(site.url + path)
        assert answer is not None
        assert answer.status == 200, path
        for details in owner.locator("details").all()[:2]:
            details.evaluate("each => { each.open = true }")
        owner.evaluate(axe)
        for scheme in ("light", "dark"):
            owner.emulate_media(color_scheme=scheme)
            rules = AAA if path == "/desk/" else RULES
            result = owner.evaluate(
                "values => axe.run({runOnly: {type: 'tag', values}, resultTypes: ['violations']})",
                rules,
            )
            found += [
                f"{path} ({scheme}): {each['id']} {each['nodes'][0]['target']}"
                for each in result["violations"]
            ]
        if owner.evaluate("() => document.documentElement.scrollWidth > window.innerWidth"):
            found.append(f"{path} scrolls sideways")
    assert found == []


def test_the_first_page_can_be_read_in_the_sun(app: Flask, site: Site, owner: Page) -> None:
    """Every text 7:1 at least, in whatever state the day is: now, closed, free, over, too many."""

    def lay(session: Session) -> int:
        mine, at = get_experience(session, OWN), now()
        minute = timedelta(minutes=1)
        running = make_slot(session, mine, at - 2 * minute, ends_at=at + 90 * minute, capacity=9)
        book(session, running.id, 3)
        make_slot(session, mine, at - 9 * minute, ends_at=at - 8 * minute)
        make_slot(session, mine, at - 7 * minute, ends_at=at + minute, state=SlotState.FREE)
        make_slot(session, mine, at - 6 * minute, ends_at=at + minute, state=SlotState.CLOSED)
        return running.id

    slot_id = inside(app, lay)
    owner.goto(f"{site.url}/desk/slots/{slot_id}/fewer?capacity=2&back=1")
    owner.locator("[value=keep]").first.click()
    owner.goto(f"{site.url}/desk/")
    owner.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
    for is_lost in (False, True):
        owner.evaluate(
            """lost => {
              document.querySelector(".freshness").classList.toggle("freshness--lost", lost);
            }""",
            is_lost,
        )
        for scheme in ("light", "dark"):
            owner.emulate_media(color_scheme=scheme)
            texts = texts_by_contrast(owner)
            assert len(texts) > 100
            assert texts[0][0] >= 7, (scheme, texts[:3])


def test_states_are_closed_and_opened_without_javascript(
    app: Flask, site: Site, browser: Browser
) -> None:
    """Plain forms: stop bookings, take them back, from the first page."""
    start = far(70) + timedelta(hours=9)

    def lay(session: Session) -> int:
        return make_slot(session, get_experience(session, OWN), start).id

    slot_id = inside(app, lay)
    context = browser.new_context(**PHONE, locale="zh-CN", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.url}/account/sign-in")
    page.get_by_label("邮箱").fill(OWNER)
    page.locator("[name=password]").fill(site.passwords[OWNER])
    page.locator("main form button").click()
    page.goto(f"{site.url}/desk/?day={start.date()}")
    page.locator(f"#sum-{slot_id}").click()
    page.locator(f"#close-{slot_id}").click()
    state = inside(app, lambda session: session.get_one(Slot, slot_id).state)
    assert state is SlotState.CLOSED
    page.get_by_role("button", name="撤销").click()
    state = inside(app, lambda session: session.get_one(Slot, slot_id).state)
    assert state is SlotState.OPEN
    context.close()
