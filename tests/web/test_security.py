"""Headers on every kind of answer, cookie flags, and whom the site takes a visitor for."""

from collections.abc import Iterator

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.conftest import Build
from tourism.web.assets import asset
from tourism.web.security import HEADERS, POLICY

KINDS = {
    "page": ("GET", "/en/account/sign-in", 200),
    "redirect": ("GET", "/account", 303),
    "refused form": ("POST", "/account/sign-in", 422),
    "not found": ("GET", "/nothing", 404),
    "wrong method": ("PATCH", "/", 405),
    "failure": ("GET", "/fails", 500),
    "json": ("GET", "/healthz", 200),
    "static": ("GET", "/static/img/favicon.svg", 200),
    "no such static": ("GET", "/static/nothing.js", 404),
    "style sheet": ("GET", "/site.css", 200),
    "head": ("HEAD", "/account/sign-in", 200),
    "options": ("OPTIONS", "/account/sign-in", 200),
    "moved": ("GET", "/desk", 308),
    "bad request": ("GET", "/%00", 400),
}


def _fails() -> str:
    raise RuntimeError


@pytest.fixture
def site(build: Build) -> Flask:
    made = build()
    made.config["WTF_CSRF_ENABLED"] = False
    made.add_url_rule("/fails", "fails", _fails)
    return made


@pytest.fixture
def browser(site: Flask) -> FlaskClient:
    return site.test_client()


def _directives(answer: TestResponse) -> dict[str, str]:
    policy = answer.headers["Content-Security-Policy"]
    return dict(each.split(" ", 1) for each in policy.split("; "))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_answer_carries_the_headers(browser: FlaskClient, kind: str) -> None:
    method, path, status = KINDS[kind]
    answer = browser.open(path, method=method, buffered=True)
    assert answer.status_code == status
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert _directives(answer) == POLICY


def test_policy_allows_no_inline_code_and_no_other_host() -> None:
    whole = " ".join(POLICY.values())
    for word in ("unsafe", "http:", "https:", "*", "blob:"):
        assert word not in whole
    assert POLICY["default-src"] == POLICY["base-uri"] == POLICY["frame-ancestors"] == "'none'"


def test_page_widens_the_policy_for_itself_alone(build: Build) -> None:
    from tourism.web.security import allow

    site = build()

    def _wide() -> str:
        allow("img-src", "https://tiles.example")
        return "wide"

    site.add_url_rule("/wide", "wide", _wide)
    browser = site.test_client()
    assert _directives(browser.get("/wide"))["img-src"] == "'self' data: https://tiles.example"
    assert _directives(browser.get("/healthz")) == POLICY


@pytest.mark.parametrize("path", ["/account/sign-in", "/healthz", "/site.css", "/nothing"])
def test_head_is_get_without_the_body(browser: FlaskClient, path: str) -> None:
    got, head = browser.get(path), browser.head(path)
    assert head.status_code == got.status_code
    assert head.data == b""
    assert head.headers["Content-Type"] == got.headers["Content-Type"]


def test_options_names_the_methods_and_does_nothing(browser: FlaskClient) -> None:
    answer = browser.options("/account/sign-out")
    assert answer.status_code == 200
    assert set(answer.allow) == {"POST", "OPTIONS"}
    assert answer.data == b""


def _cookies(site: Flask) -> Iterator[str]:
    for path in ("/en/account/sign-in", "/account/sign-in"):
        yield from site.test_client().get(path).headers.getlist("Set-Cookie")


def test_cookies_over_https_are_secure(build: Build) -> None:
    cookies = [each for each in _cookies(build(https=True)) if each.startswith("session=")]
    assert cookies
    for cookie in cookies:
        assert {"Secure", "HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))


def test_https_is_insisted_on_only_where_it_is(build: Build, browser: FlaskClient) -> None:
    secure = build(https=True).test_client().get("/healthz")
    assert secure.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "Strict-Transport-Security" not in browser.get("/healthz").headers


@pytest.mark.parametrize(
    ("proxies", "seen"), [(0, "127.0.0.1"), (1, "203.0.113.9"), (2, "198.51.100.7")]
)
def test_only_trusted_proxies_may_say_who_asks(build: Build, proxies: int, seen: str) -> None:
    """Otherwise anybody could write the address that limits are counted by."""
    site = build(trusted_proxies=proxies)
    site.add_url_rule("/who", "who", lambda: str(request.remote_addr))
    forwarded = {"X-Forwarded-For": "192.0.2.1, 198.51.100.7, 203.0.113.9"}
    assert site.test_client().get("/who", headers=forwarded).text == seen


@pytest.mark.parametrize("path", ["site.css", "img/favicon.svg"])
def test_files_for_everybody_carry_nobodys_cookie(
    site: Flask, browser: FlaskClient, path: str
) -> None:
    """A session of thirty days is renewed by each page; a shared cache must not learn it."""
    with browser.session_transaction() as kept:
        kept.permanent = True
        kept["_user_id"] = "1.x"
    assert "Set-Cookie" in browser.get("/account/sign-in").headers
    answer = browser.get(asset(path), buffered=True)
    assert "Set-Cookie" not in answer.headers
    assert set(answer.vary) <= {"Accept-Encoding"}


@pytest.mark.parametrize("path", ["site.css", "img/favicon.svg"])
def test_fingerprinted_files_are_kept_for_ever(browser: FlaskClient, path: str) -> None:
    answer = browser.get(asset(path), buffered=True)
    control = answer.cache_control
    assert (control.max_age, control.public, control.immutable) == (31536000, True, True)
    assert not control.no_cache


@pytest.mark.parametrize("address", ["/site.css", "/static/img/favicon.svg"])
def test_files_asked_for_without_fingerprint_are_not(browser: FlaskClient, address: str) -> None:
    assert not browser.get(address, buffered=True).cache_control.immutable


def test_fingerprint_follows_the_content() -> None:
    from tourism.web.assets import fingerprint

    assert fingerprint(b"a") != fingerprint(b"b")
    assert asset("site.css").startswith("/site.css?v=")


@pytest.mark.parametrize("path", ["/static/../setup.cfg", "/static/%2e%2e/setup.cfg"])
def test_nothing_outside_the_static_folder_is_served(browser: FlaskClient, path: str) -> None:
    assert browser.get(path).status_code == 404


def test_pages_without_a_destination_say_so(build: Build) -> None:
    """Before anything is loaded no page fails."""
    import sqlalchemy as sa

    from tourism.web.db import transaction

    site = build()
    with site.app_context(), transaction() as session:
        session.execute(sa.text("DELETE FROM destinations"))
    for path in ("/", "/account/sign-in", "/desk/", "/office/"):
        assert site.test_client().get(path).status_code in (303, 404, 503)
