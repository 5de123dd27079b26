"""What holds on every page a visitor opens: accessible, self-contained, one column on a phone."""

import re
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.journeys.conftest import PHONE, ROOT, Site, watch

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
STARTS = ["/", "/map", "/festivals", "/experiences", "/bookings", "/account/sign-in"]


@pytest.fixture(scope="module")
def axe() -> str:
    assert AXE.is_file(), "the browser tests need axe-core: npm ci"
    return AXE.read_text("utf-8")


@pytest.fixture(scope="module")
def addresses(site: Site) -> list[str]:
    """Every public page that links lead to, from the front page on; files are no pages."""
    pages: dict[str, str | None] = {}
    waiting = list(STARTS)
    while waiting:
        path = waiting.pop(0)
        if path not in pages:
            pages[path] = _page(site, path)
            waiting += _links(pages[path] or "")
    return [path for path, page in pages.items() if page is not None]


def _page(site: Site, path: str) -> str | None:
    with urllib.request.urlopen(site.url + path) as answer:
        is_page = "html" in answer.headers["Content-Type"]
        return answer.read().decode() if is_page else None


def _links(page: str) -> Iterator[str]:
    for link in re.findall(r'<a [^>]*href="(/[^"#?]*)', page):
        # One slot's party page stands for all; prefixed pages are the same pages again.
        if not link.startswith(("/zh-", "/en/", "/static/", "/gate/", "/slots/")):
            yield link


@pytest.fixture
def reader(browser: Browser) -> Iterator[BrowserContext]:
    # Without motion, or axe would measure colours half way between the two schemes.
    context = browser.new_context(**PHONE, locale="zh-CN", reduced_motion="reduce")
    yield context
    context.close()


def test_every_page_is_found(addresses: list[str]) -> None:
    """The crawl itself: all 51 places are reached by links."""
    assert sum(path.startswith("/places/") for path in addresses) == 51


@pytest.mark.timeout(400)
def test_every_page_keeps_the_rules(
    site: Site, addresses: list[str], reader: BrowserContext, axe: str
) -> None:
    """No axe violation in either scheme, no CSP violation, no other host, no sideways scroll."""
    page = reader.new_page()
    faults = watch(page, site.url)
    for path in addresses:
        page.goto(site.url + path)
        faults += _violations(page, axe, path) + _too_wide(page, path)
    assert faults == []


@pytest.mark.parametrize("language", ["zh-hant", "en"])
def test_pages_fit_in_every_language(site: Site, reader: BrowserContext, language: str) -> None:
    """One of each kind of page at 390 px, in the other languages."""
    page = reader.new_page()
    faults = watch(page, site.url)
    for path in [*STARTS, "/places/xiehu", "/places/yinshan-road", "/places/baxi"]:
        answer = page.goto(f"{site.url}/{language}{path}")
        assert answer is not None
        assert answer.status == 200
        faults += _too_wide(page, path)
    assert faults == []


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant", "en"])
def test_home_answers_in_three_languages(site: Site, language: str) -> None:
    with urllib.request.urlopen(f"{site.url}/{language}/") as answer:
        assert answer.status == 200
        tag = {"zh-hans": "zh-Hans", "zh-hant": "zh-Hant", "en": "en"}[language]
        assert f'<html lang="{tag}">' in answer.read().decode()


def _violations(page: Page, axe: str, path: str) -> list[str]:
    """What axe finds in the light and in the dark scheme."""
    found: list[str] = []
    page.evaluate(axe)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        result = page.evaluate(
            "values => axe.run({runOnly: {type: 'tag', values}, resultTypes: ['violations']})",
            RULES,
        )
        found += [
            f"{path} ({scheme}): {each['id']} at {each['nodes'][0]['target']}"
            for each in result["violations"]
        ]
    page.emulate_media(color_scheme="light")
    return found


def _too_wide(page: Page, path: str) -> list[str]:
    wide = page.evaluate("() => document.documentElement.scrollWidth > window.innerWidth")
    return [f"{path} scrolls sideways"] if wide else []
