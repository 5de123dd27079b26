"""Every refusal and failure is a page in the reader's language that shows the way on."""

import logging
from typing import NoReturn

import pytest
from flask import Flask, abort, request
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from tests.web.conftest import Build
from tourism.core.errors import (
    ConflictError,
    InvalidError,
    NotAllowedError,
    NotFoundError,
    TourismError,
)
from tourism.experiences.errors import CeilingFullError
from tourism.web import errors

WORDS = {
    403: ("这个页面不对你开放", "這個頁面不對你開放", "This page is not for you"),
    404: ("这个网址没有内容", "這個網址沒有內容", "There is nothing at this address"),
    409: ("现在不行了", "現在不行了", "That is no longer possible"),
    422: ("没看懂这个请求", "沒看懂這個請求", "We did not understand that"),
    500: ("我们这边出了错", "我們這邊出了錯", "Something broke on our side"),
}
FAMILIES = {
    403: NotAllowedError,
    404: NotFoundError,
    409: ConflictError,
    422: InvalidError,
    500: RuntimeError,
}


@pytest.fixture
def app(build: Build) -> Flask:
    """A site on which /<status> is refused or fails in each way."""
    made = build()

    def _raise(status: int) -> NoReturn:
        raise FAMILIES[status]("secret of the house") if status == 500 else FAMILIES[status]()

    made.add_url_rule("/fails/<int:status>", view_func=_raise)
    made.add_url_rule("/aborts/<int:code>", "aborts", abort)
    made.add_url_rule("/database", "database", _lose_database)
    made.add_url_rule("/car-park", "car_park", _fill_the_car_park)
    return made


def _fill_the_car_park() -> NoReturn:
    raise CeilingFullError(name={"zh-Hans": "停车场", "en": "The car park"}, left=2)


def _lose_database() -> NoReturn:
    raise OperationalError("SELECT secret", {}, Exception("disk gone"))


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    return app.test_client()


def test_a_full_ceiling_that_no_page_words_is_worded_here(browser: FlaskClient) -> None:
    """As at the desk, when the commit refuses what a page had looked up before."""
    answer = browser.get("/car-park", headers={"Accept-Language": "en"})
    assert answer.status_code == 409
    assert "The car park has room for 2 more people at that time." in answer.text
    assert "Nothing was changed." in answer.text


@pytest.mark.parametrize("status", WORDS)
@pytest.mark.parametrize(("prefix", "number"), [("/zh-hans", 0), ("/zh-hant", 1), ("/en", 2)])
def test_each_family_has_its_page_in_each_language(
    browser: FlaskClient, status: int, prefix: str, number: int
) -> None:
    answer = browser.get(f"{prefix}/fails/{status}")
    assert answer.status_code == status
    assert f"<h1>{WORDS[status][number]}</h1>" in answer.text
    assert f'href="{prefix}/"' in answer.text
    assert answer.mimetype == "text/html"


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 410, 413, 415, 422, 429, 503])
def test_every_http_error_is_a_page_with_its_status(browser: FlaskClient, status: int) -> None:
    answer = browser.get(f"/en/aborts/{status}")
    assert answer.status_code == status
    assert "<h1>" in answer.text


@pytest.mark.parametrize("path", ["/fails/500", "/database"])
def test_failure_is_logged_and_shows_nothing_of_the_inside(
    browser: FlaskClient, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    with caplog.at_level(logging.ERROR, errors.__name__):
        answer = browser.get(path)
    assert answer.status_code == 500
    for inside in ("Traceback", "RuntimeError", "secret", "SELECT", "disk gone", "tourism/"):
        assert inside not in answer.text
    (logged,) = [record for record in caplog.records if record.name == errors.__name__]
    assert logged.exc_info


def test_failure_undoes_what_was_begun(build: Build) -> None:
    from tourism.accounts.models import User
    from tourism.core.clock import now
    from tourism.web.db import db_session, transaction

    made = build()

    def _begin() -> NoReturn:
        with transaction() as session:
            session.add(
                User(email="a@b.c", name="A", role="visitor", password_hash="x", created_at=now())
            )
            session.flush()
            raise RuntimeError

    made.add_url_rule("/begin", "begin", _begin)
    assert made.test_client().get("/begin").status_code == 500
    with made.app_context():
        assert db_session().query(User).count() == 0


def test_unknown_address_and_wrong_method(browser: FlaskClient) -> None:
    assert browser.get("/no/such/page").status_code == 404
    answer = browser.delete("/")
    assert answer.status_code == 405
    assert set(answer.allow) == {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize("path", ["/%00", "/places/%00", "/?day=%00", "/experiences?a=b%00"])
def test_nul_is_refused_before_a_database_meets_it(browser: FlaskClient, path: str) -> None:
    assert browser.get(path).status_code == 400


@pytest.mark.parametrize("path", ["/\udcff", "/places/x?\udcff=1", "/%ff%fe", "/places/%C3%28"])
def test_bytes_that_are_no_text_are_nothing_special(browser: FlaskClient, path: str) -> None:
    raw = path.encode("utf-8", "surrogateescape").decode("latin-1")
    name, _mark, query = raw.partition("?")
    answer = browser.get("/", environ_overrides={"PATH_INFO": name, "QUERY_STRING": query})
    assert answer.status_code == 404


def test_stale_form_says_what_to_do(browser: FlaskClient) -> None:
    answer = browser.post("/zh-hans/account/sign-out")
    assert answer.status_code == 400
    assert "再提交一次" in answer.text


def test_every_family_of_the_domain_has_a_status() -> None:
    assert set(TourismError.__subclasses__()) >= set(errors.STATUS)
    for family in (NotFoundError, NotAllowedError, ConflictError, InvalidError):
        assert errors.status_of(family()) in WORDS


def test_every_error_of_the_domain_belongs_to_a_family(app: Flask) -> None:
    """An error outside the families would end in a 500."""
    known = tuple(errors.STATUS)
    waiting = list(TourismError.__subclasses__())
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.__module__.startswith("tourism."):
            assert issubclass(kind, known), kind


def test_chinese_in_a_query_is_understood_however_it_is_sent(app: Flask) -> None:
    app.add_url_rule("/echo", "echo", lambda: request.args["q"])
    raw = "q=樱桃".encode().decode("latin-1")
    for query in (raw, "q=%E6%A8%B1%E6%A1%83"):
        answer = app.test_client().get("/echo", environ_overrides={"QUERY_STRING": query})
        assert answer.text == "樱桃"
