"""A real server process with the demo layer, and real browsers that visit it."""

import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.servers import free_port

ROOT = Path(__file__).parents[2]
DATA = ROOT / "data" / "lizhuang"
INSTALL = "apt-get install -y --no-install-recommends chromium fonts-noto-cjk"
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Site:
    """A running server: where it answers, what it keeps, and who may sign in."""

    url: str
    environment: dict[str, str]
    passwords: dict[str, str]

    def run(self, *words: str) -> str:
        """What a `tourism` command prints against this server's database."""
        return tourism(self.environment, *words)


def tourism(environment: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tourism", *words],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The Lizhuang site with its demo layer, as `make run` starts it."""
    instance = tmp_path_factory.mktemp("site")
    environment = os.environ | {"TOURISM_INSTANCE": str(instance), "TOURISM_MODE": "demo"}
    tourism(environment, "migrate")
    tourism(
        environment,
        "load-destination",
        str(DATA / "destination.geojson"),
        "--basemap",
        str(DATA / "basemap.geojson"),
    )
    tourism(environment, "load-festivals", str(DATA / "festivals.json"))
    people = tourism(environment, "demo")
    passwords = dict(re.findall(r"(\S+@\S+)\s+(\S+)", people))
    with served(environment, instance / "server.log") as url:
        yield Site(url, environment, passwords)


class served:  # noqa: N801 - used like a function
    """A server process for the length of a `with` block; gives its address."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self.port = free_port()
        self.environment, self.log = environment, log

    def __enter__(self) -> str:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tourism", "run", "--port", str(self.port)],
                env=self.environment,
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        url = f"http://127.0.0.1:{self.port}"
        deadline = time.monotonic() + 30
        while not _answers(url):
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, "the server did not start in 30 s"
            time.sleep(0.1)
        return url

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(20)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except URLError:
        return False


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


def launch(playwright: Playwright, *flags: str) -> Browser:
    program = shutil.which("chromium")
    assert program, f"the browser tests need Chromium: {INSTALL}"
    return playwright.chromium.launch(executable_path=program, args=[*FLAGS, *flags])


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    launched = launch(playwright)
    yield launched
    launched.close()


PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True}


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    """A tourist's phone, 390 px wide, in Chinese."""
    context = browser.new_context(**PHONE, locale="zh-CN")
    yield context
    context.close()


def watch(page: Page, site_url: str) -> list[str]:
    """Collect what must never happen on a page: script errors, CSP violations, other hosts."""
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(f"script error: {error}"))
    page.on(
        "console",
        lambda message: (
            faults.append(f"console: {message.text}")
            if message.type == "error" or "Content Security Policy" in message.text
            else None
        ),
    )
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((site_url, "data:", "blob:"))
            else faults.append(f"request to {request.url}")
        ),
    )
    return faults
