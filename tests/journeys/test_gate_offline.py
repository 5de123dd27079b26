"""The gate without a network: real browsers, a server that is really stopped, and its rows."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Route, expect

from tests.factories.admissions import reference_of
from tests.journeys import camera
from tests.journeys.camera import NOTHING, Shot
from tests.journeys.conftest import launch, watch
from tests.journeys.gate import (
    PATIENCE_MS,
    Town,
    enrol,
    has_synced,
    logged,
    new_phone,
    newest_booking,
    running_town,
    type_code,
    verdict,
)
from tourism.admissions.conflicts import open_conflicts
from tourism.admissions.models import Admission, GateDevice, Mode, Undo
from tourism.audit.operations import SYSTEM
from tourism.bookings.allotments import give_allotment
from tourism.bookings.models import Booking
from tourism.core.clock import now
from tourism.experiences.models import Slot
from tourism.tickets.models import Ticket
from tourism.tickets.operations import void_tickets
from tourism.tickets.tokens import sign_ticket
from tourism.web import db
from tourism.web.codes import ticket_keys


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with running_town(tmp_path_factory.mktemp("offline")) as town:
        yield town


@pytest.fixture
def phone(browser: Browser, town: Town) -> Iterator[BrowserContext]:
    context = new_phone(browser)
    yield context
    context.close()


def test_a_cold_start_without_a_server_decides_and_tells_later(
    playwright: Playwright, town: Town, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Closed and opened again with the server dead: camera, verdict, queue; then all is told."""
    shots = [Shot(sign_ticket(ticket_keys(), town.party)), NOTHING]
    film = camera.film(tmp_path_factory.mktemp("film") / "cold.mjpeg", shots)
    browser = launch(playwright, *camera.flags(film))
    context = new_phone(browser, permissions=["camera"])
    page = _opened(context, town)
    enrol(page, town)
    _is_kept(page)
    page.close()
    town.server.__exit__()
    try:
        page = context.new_page()
        faults = watch(page, town.url)
        page.goto(f"{town.url}/gate/")
        page.get_by_role("button", name="开始扫票").click()
        logged(page, town.party, "ok")
        expect(page.locator("[data-status]")).to_contain_text("待上传")
        assert town.admitted(town.party) == 0
    finally:
        town.server.__enter__()
    page.evaluate("() => dispatchEvent(new Event('online'))")
    _all_told(page)
    assert town.admitted(town.party) == 4
    [first, *rest] = _rows(town, town.party)
    assert (first.outcome.value, first.people, first.mode) == ("ok", 4, Mode.DONE)
    assert {row.people for row in rest} <= {0}
    assert [each for each in faults if "Failed to load resource" not in each] == []
    browser.close()


def test_two_phones_apart_let_one_party_in_twice(browser: Browser, town: Town) -> None:
    """Both admit, both are kept, and the conflict is listed once, whoever told first."""
    ticket = town.ticket(3)
    phones = [new_phone(browser), new_phone(browser)]
    pages = [_opened(context, town) for context in phones]
    for page in pages:
        enrol(page, town)
    for context in phones:
        context.set_offline(True)
    for page in pages:
        type_code(page, reference_of(town.session, ticket))
        verdict(page, "请进", "3")
    for context, page in reversed(list(zip(phones, pages, strict=True))):
        context.set_offline(False)
        _all_told(page)
    assert town.admitted(ticket) == 3
    assert [row.people for row in _rows(town, ticket)] == [3, 3]
    town.session.commit()
    found = open_conflicts(town.session, gate_id=town.gate.id)
    [conflict] = [each for each in found if each.ticket_id == ticket.id]
    assert (conflict.people, len(conflict.scans)) == (3, 2)
    assert conflict.too_many[0].scanned_at >= conflict.scans[0].scanned_at
    for context in phones:
        context.close()


def test_a_lost_answer_counts_nobody_twice(phone: BrowserContext, town: Town) -> None:
    """The server admits, the answer is lost; the phone decides with the same scan and tells it."""
    ticket = town.ticket(4)
    page = _opened(phone, town)
    enrol(page, town)

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/gate/api/scans", lose)
    type_code(page, reference_of(town.session, ticket))
    verdict(page, "请进", "4")
    _all_told(page)
    assert (town.admitted(ticket), town.records(ticket)) == (4, [("ok", 4)])


def test_a_lost_answer_of_a_sync_is_told_again(phone: BrowserContext, town: Town) -> None:
    ticket = town.ticket(2)
    page = _opened(phone, town)
    enrol(page, town)
    lost: list[str] = []

    def lose_one(route: Route) -> None:
        body = json.loads(route.request.post_data or "{}")
        if lost or not body["scans"]:
            route.continue_()
            return
        lost.append(body["scans"][0]["id"])
        route.fetch()
        route.abort()

    page.route("**/gate/api/scans", lambda route: route.abort())
    page.route("**/gate/api/sync", lose_one)
    type_code(page, reference_of(town.session, ticket))
    verdict(page, "请进", "2")
    expect(page.locator("[data-status]")).to_contain_text("待上传1次")
    with page.expect_event("requestfailed", lambda request: bool(lost)):
        page.evaluate("() => dispatchEvent(new Event('online'))")
    page.evaluate("() => dispatchEvent(new Event('online'))")
    _all_told(page)
    assert len(lost) == 1
    assert town.records(ticket) == [("ok", 2)]


def test_a_sign_in_page_of_a_wifi_is_no_answer(phone: BrowserContext, town: Town) -> None:
    """HTML with 200 for everything: the phone decides alone and keeps what it has to tell."""
    ticket = town.ticket(2)
    page = _opened(phone, town)
    enrol(page, town)
    portal = {"status": 200, "content_type": "text/html", "body": "<h1>Free Wi-Fi</h1>"}
    page.route("**/gate/api/**", lambda route: route.fulfill(**portal))
    type_code(page, reference_of(town.session, ticket))
    verdict(page, "请进", "2")
    expect(page.locator("[data-status]")).to_contain_text("待上传1次")
    page.unroute("**/gate/api/**")
    page.evaluate("() => dispatchEvent(new Event('online'))")
    _all_told(page)
    assert town.records(ticket) == [("ok", 2)]


def test_a_slow_server_is_not_waited_for(phone: BrowserContext, town: Town) -> None:
    """Nothing comes back: within two seconds the phone has decided by itself."""
    ticket = town.ticket(1)
    page = _opened(phone, town)
    enrol(page, town)
    page.route("**/gate/api/scans", lambda route: None)
    started = page.evaluate("() => performance.now()")
    type_code(page, reference_of(town.session, ticket))
    verdict(page, "请进", "1")
    assert page.evaluate("() => performance.now()") - started < 2500
    _all_told(page)
    assert town.records(ticket) == [("ok", 1)]


def test_what_was_known_is_refused_without_a_network(phone: BrowserContext, town: Town) -> None:
    """Used, cancelled, another day, a fake, a stranger: all by the list and the signature."""
    used, dead, moved = town.ticket(2), town.ticket(2), town.ticket(2, days=1)
    with db.transaction() as session:
        void_tickets(session, booking_id=dead.booking_id)
    page = _opened(phone, town)
    enrol(page, town)
    phone.set_offline(True)
    good = sign_ticket(ticket_keys(), used)
    wanted: list[tuple[str, Ticket | None, str]] = [
        (good, used, "ok"),
        (good, used, "used"),
        (sign_ticket(ticket_keys(), dead), dead, "cancelled"),
        (sign_ticket(ticket_keys(), moved), moved, "wrong_day"),
        (good[:-2] + ("10" if good[-2:] != "10" else "20"), None, "bad_signature"),
        ("OG1" + "0" * 20, None, "not_ticket"),
    ]
    for text, ticket, outcome in wanted:
        _read_by_hand(page, text)
        logged(page, ticket, outcome)
        page.get_by_role("button", name="下一位").click()
    type_code(page, "ZZZZ-ZZZZ")
    expect(verdict(page, "未判定", "")).to_contain_text("没有网络")


def test_what_was_taken_back_alone_counts_no_more(phone: BrowserContext, town: Town) -> None:
    """Four in, no, three; one leaves; all told later, the undo as an event of its own."""
    ticket = town.ticket(4)
    page = _opened(phone, town)
    enrol(page, town)
    phone.set_offline(True)
    type_code(page, reference_of(town.session, ticket))
    screen = verdict(page, "请进", "4")
    screen.get_by_role("button", name="改人数").click()
    screen.get_by_role("button", name="3", exact=True).click()
    verdict(page, "请进", "3").get_by_role("button", name="下一位").click()
    page.get_by_role("radio", name="出").check()
    page.get_by_label("这次出几人").select_option("1")
    type_code(page, reference_of(town.session, ticket))
    verdict(page, "出园", "1").get_by_role("button", name="下一位").click()
    assert town.records(ticket) == []
    phone.set_offline(False)
    page.evaluate("() => dispatchEvent(new Event('online'))")
    _all_told(page)
    assert [(row.people, row.direction) for row in _rows(town, ticket)] == [
        (4, "in"),
        (3, "in"),
        (1, "out"),
    ]
    assert (town.admitted(ticket), ticket.away) == (3, 1)
    assert [undo.scan_id for undo in _undos(town)] == [_rows(town, ticket)[0].id]


def test_a_phone_sells_alone_what_it_was_given_and_no_more(
    phone: BrowserContext, town: Town
) -> None:
    slot = town.session.get_one(Slot, town.party.slot_id)
    page = _opened(phone, town)
    enrol(page, town)
    device = town.session.scalar(sa.select(sa.func.max(GateDevice.id)))
    with db.transaction() as session:
        give_allotment(
            session, device_id=device, slot_id=slot.id, places=3, now=now(), actor=SYSTEM
        )
    page.reload()
    has_synced(page)
    phone.set_offline(True)
    for people, word in ((2, "断网时这部手机还能放3位"), (2, "断网时这部手机还能放1位")):
        page.get_by_role("button", name="没预订").click()
        page.locator(f'[data-walkin] input[value="{slot.id}"]').check()
        expect(page.locator("[data-walkin-left]")).to_contain_text(word)
        for _ in range(people):
            page.get_by_role("button", name="adult加一").click()
        page.get_by_role("button", name=f"放行{people}人").click()
        if word.endswith("3位"):
            verdict(page, "请进", "2").get_by_role("button", name="下一位").click()
    expect(page.locator("[data-walkin-error]")).to_contain_text("名额也用完了")
    page.get_by_role("button", name="关闭").click()
    phone.set_offline(False)
    page.evaluate("() => dispatchEvent(new Event('online'))")
    _all_told(page)
    booking = newest_booking(town)
    assert (booking.walk_in, booking.party_size, booking.slot_id) == (True, 2, slot.id)
    assert [ticket.admitted for ticket in _tickets(town, booking)] == [2]
    town.session.refresh(slot)
    assert slot.taken == 3  # two who came, and one that the phone may still sell


def test_a_ticket_bought_after_the_last_sync_is_let_in_by_its_code(
    phone: BrowserContext, town: Town
) -> None:
    page = _opened(phone, town)
    enrol(page, town)
    phone.set_offline(True)
    ticket = town.ticket(2)
    _read_by_hand(page, sign_ticket(ticket_keys(), ticket))
    logged(page, ticket, "ok_unlisted")
    phone.set_offline(False)
    _all_told(page)
    assert town.records(ticket) == [("ok_unlisted", 2)]


def test_a_revoked_phone_forgets_tickets_and_keeps_what_it_has_to_tell(
    phone: BrowserContext, town: Town
) -> None:
    ticket = town.ticket(2)
    page = _opened(phone, town)
    enrol(page, town)
    phone.set_offline(True)
    type_code(page, reference_of(town.session, ticket))
    verdict(page, "请进", "2").get_by_role("button", name="下一位").click()
    with db.transaction() as session:
        session.execute(sa.update(GateDevice).values(revoked_at=now()))
    phone.set_offline(False)
    expect(page.get_by_text("这部手机已停用")).to_be_visible(timeout=PATIENCE_MS)
    assert _stored(page) == {"tickets": 0, "slots": 0, "scans": 1}
    assert town.admitted(ticket) == 0
    enrol(page, town)
    _all_told(page)
    assert town.records(ticket) == [("ok", 2)]


def test_two_hundred_scans_wait_and_are_all_told(phone: BrowserContext, town: Town) -> None:
    """A morning without a network: every row arrives, with its own id."""
    tickets = [town.ticket(1) for _ in range(3)]
    page = _opened(phone, town)
    enrol(page, town)
    page.evaluate(OPEN_STORE)
    phone.set_offline(True)
    for ticket in tickets:
        _read_by_hand(page, sign_ticket(ticket_keys(), ticket))
        logged(page, ticket, "ok")
        page.get_by_role("button", name="下一位").click()
    ids = page.evaluate(COPY_SCANS, 200)
    assert len(ids) == 200
    before = _count(town)
    phone.set_offline(False)
    page.evaluate("() => dispatchEvent(new Event('online'))")
    _all_told(page)
    town.session.commit()
    kept = set(town.session.scalars(sa.select(Admission.id)))
    assert set(ids) <= kept
    assert _count(town) - before == 200


# A steward's fingers are too slow for the test: the queue is filled with refusals of the same
# shape as the real ones that stand in it.
COPY_SCANS = """async (wanted) => {
  const real = await store.scans();
  const ids = real.map((each) => each.id);
  while (ids.length < wanted) {
    const id = crypto.randomUUID();
    const seq = 1000 + ids.length;
    const event = { ...real[0].event, id, seq, dir: null, n: null, verdict: "used" };
    await store.add({ ...real[0], id, people: 0, event });
    ids.push(id);
  }
  return ids;
}"""
OPEN_STORE = """async () => {
  const { openStore } = await import("/static/js/gate/helpers/store.js");
  globalThis.store = await openStore();
}"""


def _opened(context: BrowserContext, town: Town) -> Page:
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{town.url}/gate/")
    return page


def _is_kept(page: Page) -> None:
    """The service worker has all it needs."""
    page.evaluate("async () => { await navigator.serviceWorker.ready; }")


def _all_told(page: Page) -> None:
    line = page.locator('[data-status][data-waiting="0"]')
    expect(line).to_be_attached(timeout=PATIENCE_MS * 2)


def _read_by_hand(page: Page, text: str) -> None:
    """As a hand-held reader does."""
    page.locator("body").click(position={"x": 5, "y": 5})
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def _rows(town: Town, ticket: Ticket) -> list[Admission]:
    town.session.commit()
    town.session.expire_all()
    query = sa.select(Admission).where(Admission.ticket_id == ticket.id)
    return list(town.session.scalars(query.order_by(Admission.scanned_at)))


def _tickets(town: Town, booking: Booking) -> list[Ticket]:
    return list(town.session.scalars(sa.select(Ticket).where(Ticket.booking_id == booking.id)))


def _undos(town: Town) -> list[Undo]:
    return list(town.session.scalars(sa.select(Undo)))


def _count(town: Town) -> int:
    town.session.commit()
    return town.session.scalar(sa.select(sa.func.count()).select_from(Admission)) or 0


def _stored(page: Page) -> Any:
    page.evaluate(OPEN_STORE)
    return page.evaluate(
        """async () => ({
          tickets: (await store.tickets()).length,
          slots: (await store.slots()).length,
          scans: (await store.scans()).length,
        })"""
    )
