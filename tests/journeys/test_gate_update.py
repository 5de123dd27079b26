"""A new version of the gate's page: kept beside the old one until the steward asks for it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Browser, expect

from tourism.web.assets import STATIC

PAGE = """<!doctype html><title>Gate</title><p id="build">{build}</p>
<button hidden>Update</button>
<script type="module">
import {{ Updates }} from "/static/js/gate/controllers/updates.js";
let busy = true;
document.querySelector("#build").addEventListener("click", () => (busy = false));
const offer = document.querySelector("button");
new Updates(offer, {{ worker: "/gate/sw.js", isBusy: () => busy }}).start();
</script>"""
MODULE = "/static/js/gate/controllers/updates.js"


@dataclass
class Releases:
    """A server whose build can be changed, with the worker and the update button as they are."""

    url: str = ""
    build: str = "one"
    files: tuple[str, ...] = (MODULE,)

    def answer(self, path: str) -> tuple[str, str]:
        if path == "/gate/":
            return "text/html", PAGE.format(build=self.build)
        if path == "/gate/sw.js":
            gate = {"build": self.build, "page": "/gate/", "files": list(self.files)}
            script = (STATIC / "js" / "gate" / "worker.js").read_text("utf-8")
            return "text/javascript", f"const GATE = {json.dumps(gate)};\n{script}"
        assert path == MODULE, path
        return "text/javascript", (STATIC / path.removeprefix("/static/")).read_text("utf-8")


@pytest.fixture
def releases() -> Iterator[Releases]:
    releases = Releases()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                kind, text = releases.answer(self.path)
            except AssertionError:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Cache-Control", "max-age=3600")  # what must be fetched past
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    releases.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield releases
    server.shutdown()
    thread.join()
    server.server_close()


UPDATE = "async () => { await (await navigator.serviceWorker.ready).update(); }"
CONTROLLED = "() => navigator.serviceWorker.controller !== null"


def test_a_new_version_waits_until_it_is_asked_for(browser: Browser, releases: Releases) -> None:
    """Offered by a button; not taken during a scan, nor by a reload; then the old cache goes."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{releases.url}/gate/")
    page.wait_for_function(CONTROLLED)
    releases.build = "two"
    page.evaluate(UPDATE)
    button = page.get_by_role("button", name="Update")
    expect(button).to_be_visible()
    page.reload()
    expect(page.locator("#build")).to_have_text("one")
    expect(button).to_be_visible()
    button.click()
    expect(page.locator("#build")).to_have_text("one")
    page.locator("#build").click()
    button.click()
    expect(page.locator("#build")).to_have_text("two")
    assert page.evaluate("() => caches.keys()") == ["gate /gate/ two"]
    context.close()


def test_half_a_version_is_never_used(browser: Browser, releases: Releases) -> None:
    """One file of the new version is missing: the old one goes on, whole."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{releases.url}/gate/")
    page.wait_for_function(CONTROLLED)
    releases.build, releases.files = "two", (MODULE, "/static/missing.js")
    page.evaluate(
        """async () => {
          const registration = await navigator.serviceWorker.ready;
          await registration.update();
          const worker = registration.installing;
          if (worker) await new Promise((end) => worker.addEventListener("statechange", end));
        }"""
    )
    page.reload()
    expect(page.locator("#build")).to_have_text("one")
    expect(page.get_by_role("button")).to_be_hidden()
    context.close()
