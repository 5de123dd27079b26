"""Which language a page speaks, and where it is in the others."""

import re

import pytest
from flask.testing import FlaskClient

from tests.web.conftest import Build
from tourism.web.languages import without_language

SIGN_IN = {"zh-Hans": "登录", "zh-Hant": "登入", "en": "Sign in"}


@pytest.fixture
def browser(build: Build) -> FlaskClient:
    return build().test_client()


def _language(browser: FlaskClient, path: str = "/account/sign-in", accepts: str = "") -> str:
    headers = {"Accept-Language": accepts} if accepts else {}
    answer = browser.get(path, headers=headers)
    found = re.search(r'<html lang="([^"]+)"', answer.text)
    assert found
    tag = found.group(1)
    assert f"<h1>{SIGN_IN[tag]}</h1>" in answer.text
    assert answer.headers["Content-Language"] == tag
    return tag


@pytest.mark.parametrize(
    ("accepts", "tag"),
    [
        ("zh-CN", "zh-Hans"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
        ("zh-SG", "zh-Hans"),
        ("zh", "zh-Hans"),
        ("zh-TW", "zh-Hant"),
        ("zh-HK,zh;q=0.9", "zh-Hant"),
        ("zh-MO", "zh-Hant"),
        ("zh-Hant-HK", "zh-Hant"),
        ("ZH-HANT", "zh-Hant"),
        ("en-GB", "en"),
        ("en-US,zh-CN;q=0.5", "en"),
        ("en;q=0.3,zh-CN;q=0.9", "zh-Hans"),
        ("fr,zh-TW;q=0.5", "zh-Hant"),
        ("fr", "en"),
        ("ja-JP", "en"),
        ("*", "en"),
        ("", "zh-Hans"),
    ],
)
def test_unprefixed_page_follows_the_browser(browser: FlaskClient, accepts: str, tag: str) -> None:
    assert _language(browser, accepts=accepts) == tag


@pytest.mark.parametrize(
    ("prefix", "tag"), [("/zh-hans", "zh-Hans"), ("/zh-hant", "zh-Hant"), ("/en", "en")]
)
def test_prefix_counts_for_more_than_browser_and_cookie(
    browser: FlaskClient, prefix: str, tag: str
) -> None:
    browser.set_cookie("language", "zh-Hant")
    assert _language(browser, f"{prefix}/account/sign-in", "fr") == tag


def test_choice_is_kept_in_a_cookie(browser: FlaskClient) -> None:
    answer = browser.get("/en/account/sign-in")
    assert "language=en" in answer.headers["Set-Cookie"]
    assert _language(browser, accepts="zh-CN") == "en"
    assert "Set-Cookie" not in browser.get("/en/account/sign-up").headers


@pytest.mark.parametrize("kept", ["fr", "", "zh-hans", "<script>", "en; DROP"])
def test_unknown_cookie_is_passed_over(browser: FlaskClient, kept: str) -> None:
    browser.set_cookie("language", kept)
    assert _language(browser, accepts="zh-TW") == "zh-Hant"


@pytest.mark.parametrize("path", ["/EN/account/sign-in", "/english", "/en-GB/", "/fr/", "/enx"])
def test_only_our_prefixes_are_languages(browser: FlaskClient, path: str) -> None:
    assert browser.get(path).status_code == 404


def test_prefix_alone_is_the_front_page(browser: FlaskClient) -> None:
    for path in ("/en", "/en/"):
        answer = browser.get(path)
        assert answer.status_code == 200
        assert '<html lang="en">' in answer.text


def test_links_keep_the_prefix(browser: FlaskClient) -> None:
    page = browser.get("/en/account/sign-in").text
    assert 'href="/en/account/sign-up"' in page
    assert not re.search(r'<a [^>]*href="/(account|map|experiences)', page)
    assert 'href="/account/sign-up"' in browser.get("/account/sign-in").text


def test_static_files_have_one_address_in_all_languages(browser: FlaskClient) -> None:
    sheets = {
        re.search(r'href="([^"]+site\.css[^"]*)"', browser.get(f"{prefix}/account/sign-in").text)
        for prefix in ("", "/en", "/zh-hant")
    }
    assert len({sheet.group(1) for sheet in sheets if sheet}) == 1


@pytest.mark.parametrize("prefix", ["", "/zh-hans", "/zh-hant", "/en"])
def test_pages_name_each_other_and_their_canonical_address(
    browser: FlaskClient, prefix: str
) -> None:
    page = browser.get(f"{prefix}/account/sign-in?next=/a%26b").text
    links = dict(re.findall(r'rel="alternate" hreflang="([^"]+)" href="([^"]+)"', page))
    path = "/account/sign-in?next=/a%26b"
    assert links == {
        "zh-Hans": f"/zh-hans{path}",
        "zh-Hant": f"/zh-hant{path}",
        "en": f"/en{path}",
        "x-default": path,
    }
    (canonical,) = re.findall(r'rel="canonical" href="([^"]+)"', page)
    assert canonical == (f"{prefix}{path}" if prefix else f"/zh-hans{path}")


def test_addresses_in_links_are_encoded(browser: FlaskClient) -> None:
    page = browser.get('/en/no"such<page>/%E6%A8%B1%3F?a="b"').text
    assert 'href="/zh-hans/no%22such%3Cpage%3E/%E6%A8%B1%3F?a=%22b%22"' in page


def test_unprefixed_page_varies_and_prefixed_does_not(browser: FlaskClient) -> None:
    unprefixed = browser.get("/account/sign-in").vary
    assert "accept-language" in unprefixed
    assert "cookie" in unprefixed
    assert "accept-language" not in browser.get("/en/account/sign-in").vary


@pytest.mark.parametrize(
    ("path", "left"),
    [
        ("/en/map", "/map"),
        ("/zh-hant", "/"),
        ("/map", "/map"),
        ("/english/x", "/english/x"),
        ("", ""),
        ("en/map", "en/map"),
    ],
)
def test_without_language(path: str, left: str) -> None:
    assert without_language(path) == left


def test_unknown_address_is_refused_in_the_language_of_its_prefix(browser: FlaskClient) -> None:
    assert "There is nothing at this address" in browser.get("/en/nothing").text
    assert "這個網址沒有內容" in browser.get("/zh-hant/nothing").text
