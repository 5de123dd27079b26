"""What a phone keeps: sealed, taken over from the build before, and never lost without a word."""

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.factories.admissions import reference_of
from tests.gate.yesterday import told_scan
from tests.journeys.gate import (
    PATIENCE_MS,
    Town,
    enrol,
    new_phone,
    running_town,
    type_code,
    verdict,
)
from tourism.admissions.models import GateDevice
from tourism.core.clock import now
from tourism.tickets.models import Ticket
from tourism.tickets.tokens import sign_ticket
from tourism.web import db
from tourism.web.codes import ticket_keys

ALL_TOLD = '[data-status][data-waiting="0"]'
# Everything in the database, bytes read as letters too; and whether its key can be taken out.
RAW = """async () => {
  const request = indexedDB.open("gate");
  const db = await new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
  const found = { text: "", extractable: [], entries: {} };
  const seen = (value) => {
    if (value instanceof CryptoKey) found.extractable.push(value.extractable);
    else if (value instanceof ArrayBuffer || ArrayBuffer.isView(value))
      found.text += " " + String.fromCharCode(...new Uint8Array(value.buffer ?? value));
    else if (value && typeof value === "object") Object.entries(value).flat().forEach(seen);
    else found.text += " " + value;
  };
  for (const name of db.objectStoreNames) {
    const table = db.transaction(name).objectStore(name);
    for (const call of ["getAllKeys", "getAll"]) {
      const asked = table[call]();
      await new Promise((resolve) => (asked.onsuccess = resolve));
      asked.result.forEach(seen);
      found.entries[name] = asked.result.length;
    }
  }
  db.close();
  return found;
}"""
SEALED_LIST = """async () => {
  const request = indexedDB.open("gate");
  const db = await new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
  const table = db.transaction("kept").objectStore("kept");
  const [key, list] = await Promise.all(["key", "list"].map((name) => new Promise((resolve) => {
    const asked = table.get(name);
    asked.onsuccess = () => resolve(asked.result);
  })));
  db.close();
  globalThis.copied ??= list;
  const opened = crypto.subtle.decrypt({ name: "AES-GCM", iv: copied.iv }, key, copied.data);
  return { isListed: list !== undefined, canRead: await opened.then(() => true, () => false) };
}"""
# Chromium's own override of the quota has no effect on IndexedDB; this refuses as a full disk does.
FULL_DISK = """() => {
  globalThis.isFull = true;
  const put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function (...all) {
    if (isFull) throw new DOMException("full", "QuotaExceededError");
    return put.apply(this, all);
  };
}"""
# The database as the build before kept it: version 2, in clear.
OLD = """async ([device, state, tickets, slots, scans]) => {
  const request = indexedDB.open("gate", 2);
  request.onupgradeneeded = () => {
    const { result: db } = request;
    db.createObjectStore("phone");
    db.createObjectStore("tickets", { keyPath: "id" }).createIndex("ref", "ref");
    db.createObjectStore("slots", { keyPath: "id" });
    db.createObjectStore("scans", { keyPath: "id" }).createIndex("ticket", "ticket");
  };
  const db = await new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
  const tx = db.transaction(["phone", "tickets", "slots", "scans"], "readwrite");
  tx.objectStore("phone").put(device, "device");
  tx.objectStore("phone").put(state, "state");
  tx.objectStore("phone").put(41, "seq");
  for (const [name, list] of Object.entries({ tickets, slots, scans }))
    for (const each of list) tx.objectStore(name).put(each);
  await new Promise((resolve) => (tx.oncomplete = resolve));
  db.close();
}"""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with running_town(tmp_path_factory.mktemp("store")) as town:
        yield town


@pytest.fixture
def phone(browser: Browser, town: Town) -> Iterator[BrowserContext]:
    context = new_phone(browser)
    yield context
    context.close()


def test_nothing_is_kept_in_clear_and_the_key_goes_with_the_list(
    phone: BrowserContext, town: Town
) -> None:
    ticket = town.ticket(2)
    reference, token = reference_of(town.session, ticket), sign_ticket(ticket_keys(), ticket)
    page = _opened(phone, town)
    enrol(page, town)
    secret = page.evaluate(
        """async () => {
          const { openStore } = await import("/static/js/gate/helpers/store.js");
          return (await (await openStore()).device()).secret;
        }"""
    )
    phone.set_offline(True)
    type_code(page, reference)
    verdict(page, "请进", "2").get_by_role("button", name="下一位").click()
    page.keyboard.type(token)
    page.keyboard.press("Enter")
    verdict(page, "不能进", "0").get_by_role("button", name="下一位").click()
    raw = page.evaluate(RAW)
    assert raw["entries"]["waiting"] == 2
    assert raw["extractable"] == [False]
    for clear in (ticket.id, reference, token, secret, "starts_at", "admitted"):
        assert clear not in raw["text"], clear
    expect(page.locator('[data-check="sealed"][data-good="true"]')).to_be_attached()
    assert page.evaluate(SEALED_LIST) == {"isListed": True, "canRead": True}
    with db.transaction() as session:
        session.execute(sa.update(GateDevice).values(revoked_at=now()))
    phone.set_offline(False)
    expect(page.get_by_text("这部手机已停用")).to_be_visible(timeout=PATIENCE_MS)
    assert page.evaluate(SEALED_LIST) == {"isListed": False, "canRead": False}
    assert page.evaluate(RAW)["entries"]["waiting"] == 2
    enrol(page, town)
    expect(page.locator(ALL_TOLD)).to_be_attached(timeout=PATIENCE_MS)
    assert town.admitted(ticket) == 2


def test_a_browser_without_such_keys_scans_and_says_so(phone: BrowserContext, town: Town) -> None:
    ticket = town.ticket(2)
    phone.add_init_script("crypto.subtle.generateKey = () => Promise.reject(new Error('none'))")
    page = _opened(phone, town)
    enrol(page, town)
    page.get_by_text("开工检查").click()
    line = page.locator('[data-check="sealed"][data-good="false"]')
    expect(line).to_contain_text("这个浏览器不能加密")
    phone.set_offline(True)
    type_code(page, reference_of(town.session, ticket))
    verdict(page, "请进", "2")


def test_what_the_build_before_kept_in_clear_is_taken_over(
    phone: BrowserContext, town: Town
) -> None:
    """Its waiting scan is told, its list decides, and nothing of it stays in clear."""
    waiting, listed = town.ticket(2), town.ticket(3)
    page = phone.new_page()
    page.goto(f"{town.url}/healthz")
    device = _enrolled(town)
    told = told_scan(token=sign_ticket(ticket_keys(), waiting), people=2, at=now())
    scans = [
        {"id": told["id"], "ticket": waiting.id, "people": 2, "state": "waiting", "event": told}
    ]
    state = {"cursor": "", "syncedAt": now().timestamp() * 1000, "offsetMs": 0, "units": {}}
    rows = [_row(town, listed)]
    page.evaluate(OLD, [device, state, rows, [_slot(listed)], scans])
    page.route("**/gate/api/**", lambda route: route.abort())
    page.goto(f"{town.url}/gate/")
    expect(page.locator("[data-status]")).to_contain_text("待上传1次")
    assert listed.id not in page.evaluate(RAW)["text"]
    type_code(page, rows[0]["ref"])
    verdict(page, "请进", "3")
    page.unroute("**/gate/api/**")
    page.evaluate("() => dispatchEvent(new Event('online'))")
    expect(page.locator(ALL_TOLD)).to_be_attached(timeout=PATIENCE_MS)
    assert (town.admitted(waiting), town.admitted(listed)) == (2, 3)
    left = page.evaluate(RAW)["entries"]
    assert {left[name] for name in ("phone", "tickets", "slots", "scans")} == {0}


def test_two_tabs_do_not_both_take_the_last_place(phone: BrowserContext, town: Town) -> None:
    ticket = town.ticket(1)
    one = _opened(phone, town)
    enrol(one, town)
    other = _opened(phone, town)
    other.get_by_role("button", name="开始扫票").wait_for()
    phone.set_offline(True)
    code = reference_of(town.session, ticket)
    for page in (one, other):
        page.get_by_label("预订号").fill(code)
    for page in (one, other):
        page.evaluate("() => document.querySelector('[data-typed]').requestSubmit()")
    numbers = [page.locator("[data-verdict]:not(li) [data-number]") for page in (one, other)]
    for number in numbers:
        number.wait_for()
    assert sorted(number.text_content() or "" for number in numbers) == ["0", "1"]


def test_a_phone_without_room_counts_nobody_and_says_so(phone: BrowserContext, town: Town) -> None:
    """Every write is refused as a full disk refuses it; with a network the server keeps it."""
    alone, asked = town.ticket(2), town.ticket(2)
    page = _opened(phone, town)
    enrol(page, town)
    page.evaluate(FULL_DISK)
    page.route("**/gate/api/**", lambda route: route.abort())
    type_code(page, reference_of(town.session, alone))
    screen = verdict(page, "未判定", "")
    expect(screen).to_contain_text("手机存储已满")
    assert page.evaluate(RAW)["entries"]["waiting"] == 0
    page.evaluate("() => { globalThis.isFull = false; }")
    screen.get_by_role("button", name="再试一次").click()
    verdict(page, "请进", "2").get_by_role("button", name="下一位").click()
    page.unroute("**/gate/api/**")
    page.reload()
    expect(page.locator(ALL_TOLD)).to_be_attached(timeout=PATIENCE_MS)
    page.evaluate(FULL_DISK)
    type_code(page, reference_of(town.session, asked))
    verdict(page, "请进", "2").get_by_role("button", name="下一位").click()
    expect(page.get_by_text("手机存储已满。删掉")).to_be_visible(timeout=PATIENCE_MS)
    assert (town.admitted(alone), town.admitted(asked)) == (2, 2)


def test_a_browser_that_keeps_nothing_is_told_before_it_is_enrolled(
    phone: BrowserContext, town: Town
) -> None:
    phone.add_init_script(
        "IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError'); }"
    )
    page = _opened(phone, town)
    expect(page.get_by_text("浏览器不能保存资料")).to_be_visible()
    expect(page.get_by_role("button", name="开始扫票")).to_be_hidden()


def _opened(context: BrowserContext, town: Town) -> Page:
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{town.url}/gate/")
    return page


def _enrolled(town: Town) -> dict[str, Any]:
    body = json.dumps({"v": 1, "code": town.code(), "build": "yesterday"}).encode()
    request = urllib.request.Request(f"{town.url}/gate/api/enrol", body)
    with urllib.request.urlopen(request) as answer:
        device: dict[str, Any] = json.load(answer)
    return device


def _row(town: Town, ticket: Ticket) -> dict[str, Any]:
    facts = {"id": ticket.id, "slot": ticket.slot_id, "party": ticket.party_size}
    reference = reference_of(town.session, ticket)
    return facts | {"status": "valid", "admitted": 0, "ref": reference, "away": 0, "units": ""}


def _slot(ticket: Ticket) -> dict[str, Any]:
    times = {"starts_at": ticket.starts_at.isoformat(), "ends_at": ticket.ends_at.isoformat()}
    return {"id": ticket.slot_id, **times, "experience": {}, "place": {}, "here": True}
