"""What the gate's page promises in figures: its weight, its start, how surely and fast it reads.

Real getUserMedia, decoder and server. Short here; `make gatefigures` takes all 480 pictures.
"""

import json
import os
import re
import statistics
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright

from tests.factories.admissions import make_ticket
from tests.journeys import camera
from tests.journeys.conditions import CONDITIONS, draw_frame, jpeg
from tests.journeys.conftest import launch
from tests.journeys.gate import Town, enrol, new_phone, running_town
from tourism.experiences.models import Slot
from tourism.tickets.models import Ticket
from tourism.tickets.tokens import sign_ticket
from tourism.web import db
from tourism.web.codes import ticket_keys

IS_LONG = bool(os.environ.get("TOURISM_TEST_FIGURES"))
PICTURES = 40 if IS_LONG else 2  # of each condition
SHOWN = 30 if IS_LONG else 10  # tickets for 0.4 s each
FRAME_S = 1 / camera.PLAYED_FPS
# Notes when a frame was taken from the video, what was read of it, and when its verdict was there.
WATCH = """() => {
  const taken = CanvasRenderingContext2D.prototype.drawImage;
  const { ZXingWASM: decoder } = globalThis;
  globalThis.seen = { reads: {}, verdicts: {}, frames: 0 };
  let at = 0;
  CanvasRenderingContext2D.prototype.drawImage = function (...all) {
    at = performance.now();
    return taken.apply(this, all);
  };
  globalThis.ZXingWASM = {
    prepareZXingModule: (options) => decoder.prepareZXingModule(options),
    readBarcodes: async (picture, options) => {
      const start = at;
      const found = await decoder.readBarcodes(picture, options);
      seen.frames += 1;
      if (found[0]?.isValid) (seen.reads[found[0].text] ??= start);
      return found;
    },
  };
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) for (const each of addedNodes) {
      const { ticket } = each.dataset ?? {};
      if (ticket) seen.verdicts[ticket] ??= performance.now();
    }
  }).observe(document.getElementById("log"), { childList: true, subtree: true });
}"""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with running_town(tmp_path_factory.mktemp("figures")) as town:
        yield town


def test_the_first_load_is_light_and_the_next_start_quick(
    playwright: Playwright, town: Town
) -> None:
    """At most 450 kB over the air, all of the decoder included; 1.5 s from cache, server dead."""
    browser = launch(playwright)
    context = new_phone(browser)
    page, loaded = _opened(context, town)
    enrol(page, town)
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    whole = sum(_weight(town.url + path) for path in _kept_files(town.url))
    print(f"\nfirst load: the page {loaded / 1000:.1f} kB, all it keeps {whole / 1000:.1f} kB")
    page.close()
    town.server.__exit__()
    try:
        page = context.new_page()
        began = time.perf_counter()
        page.goto(f"{town.url}/gate/", wait_until="commit")
        page.get_by_role("button", name="开始扫票").wait_for()
        started = time.perf_counter() - began
    finally:
        town.server.__enter__()
        browser.close()
    print(f"cold start from cache, server dead: {started:.2f} s")
    assert max(loaded, whole) <= 450_000
    assert started <= (1.5 if IS_LONG else 4.5)  # a test machine has other work


def test_every_condition_is_read(playwright: Playwright, town: Town, tmp_path: Path) -> None:
    """Each picture shows a ticket of its own, which must be read while it is in view: for 0.3 s
    when figures are taken, for longer where other tests run beside it."""
    shown_s = 0.3 if IS_LONG else 0.8
    tickets = _tickets(town, PICTURES * len(CONDITIONS))
    looks = [look for look in CONDITIONS.values() for _ in range(PICTURES)]
    pictures = [
        draw_frame(_token(ticket), look, seed=number)
        for number, (ticket, look) in enumerate(zip(tickets, looks, strict=True))
    ]
    film = _film(tmp_path / "conditions.mjpeg", pictures, shown_s=shown_s)
    with _scanning(playwright, town, film) as page:
        page.wait_for_timeout(len(pictures) * shown_s * 1000 + 3000)
        read = page.evaluate("() => Object.keys(seen.reads)")
    names = [name for name in CONDITIONS for _ in range(PICTURES)]
    rates = {
        name: sum(
            _token(ticket) in read for ticket, n in zip(tickets, names, strict=True) if n == name
        )
        for name in CONDITIONS
    }
    print(f"\nread of {PICTURES} each: {rates}; {sum(rates.values())} of {len(tickets)}")
    assert sum(rates.values()) == len(tickets)


@pytest.mark.parametrize(("slower", "most_ms"), [(1, 30), (6, 250)])
def test_tickets_in_quick_succession_are_read_and_decided(
    playwright: Playwright, town: Town, tmp_path: Path, slower: int, most_ms: int
) -> None:
    """0.4 s each and nothing between; decided here, with no network, and on the disk."""
    tickets = _tickets(town, SHOWN)
    pictures = [draw_frame(_token(each), CONDITIONS["clean"], size=camera.SIZE) for each in tickets]
    film = _film(tmp_path / f"quick{slower}.mjpeg", pictures, shown_s=0.4)
    with _scanning(playwright, town, film, slower=slower, is_offline=True) as page:
        page.wait_for_timeout(SHOWN * 400 + 400)
        seen = page.evaluate("() => seen")
    by_token = {_token(each): each.id for each in tickets}
    times = [
        seen["verdicts"][by_token[token]] - at
        for token, at in seen["reads"].items()
        if by_token.get(token) in seen["verdicts"]
    ]
    median, p95 = statistics.median(times), sorted(times)[int(len(times) * 0.95)]
    print(
        f"\n{slower}x slower: {len(seen['reads'])} read and {len(times)} decided of {SHOWN};"
        f" frame to stored verdict median {median:.0f} ms, p95 {p95:.0f} ms"
    )
    # Where other tests run beside it, only what is broken may fail it.
    assert median <= most_ms * (1 if IS_LONG else 8)
    if slower == 1:
        assert len(times) >= SHOWN - (1 if IS_LONG else 3)
        assert p95 <= (100 if IS_LONG else 1000)


def _tickets(town: Town, count: int) -> list[Ticket]:
    with db.transaction() as session:
        slot = session.get_one(Slot, town.party.slot_id)
        return [make_ticket(session, slot, 2) for _ in range(count)]


def _token(ticket: Ticket) -> str:
    return sign_ticket(ticket_keys(), ticket)


def _film(path: Path, pictures: Sequence[object], shown_s: float) -> Path:
    with path.open("wb") as file:
        for picture in pictures:
            file.write(jpeg(picture) * round(shown_s / FRAME_S))
    return path


class _scanning:  # noqa: N801 - used like a function
    """A phone whose camera plays that film, watched from the moment it starts."""

    def __init__(
        self,
        playwright: Playwright,
        town: Town,
        film: Path,
        *,
        slower: int = 1,
        is_offline: bool = False,
    ) -> None:
        self.playwright, self.town, self.film = playwright, town, film
        self.slower, self.is_offline = slower, is_offline

    def __enter__(self) -> Page:
        self.browser = launch(self.playwright, *camera.flags(self.film))
        context = new_phone(self.browser, permissions=["camera"])
        page, _ = _opened(context, self.town)
        enrol(page, self.town)
        page.wait_for_timeout(1500)  # its list has come
        page.evaluate(WATCH)
        context.set_offline(self.is_offline)
        if self.slower > 1:
            devtools = context.new_cdp_session(page)
            devtools.send("Emulation.setCPUThrottlingRate", {"rate": self.slower})
        page.get_by_role("button", name="开始扫票").click()
        page.wait_for_function("() => Object.keys(seen.reads).length > 0", timeout=20_000)
        return page

    def __exit__(self, *_: object) -> None:
        self.browser.close()


def _opened(context: BrowserContext, town: Town) -> tuple[Page, float]:
    """The gate's page, and what it took over the air."""
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    sizes: list[float] = []
    devtools.on("Network.loadingFinished", lambda end: sizes.append(end["encodedDataLength"]))
    page.goto(f"{town.url}/gate/", wait_until="networkidle")
    return page, sum(sizes)


def _kept_files(url: str) -> list[str]:
    """All that the service worker keeps."""
    with urllib.request.urlopen(f"{url}/gate/sw.js") as answer:
        found = re.match(r"const GATE = (\{.*\});", answer.read().decode())
    assert found
    gate = json.loads(found[1])
    return [gate["page"], *gate["files"]]


def _weight(address: str) -> int:
    request = urllib.request.Request(address, headers={"Accept-Encoding": "br, gzip"})
    with urllib.request.urlopen(request) as answer:
        return len(answer.read())
