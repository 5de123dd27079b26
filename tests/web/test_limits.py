"""How often somebody may ask, counted in the process."""

import time

import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits import parse

from tourism.settings import Settings
from tourism.web import limits
from tourism.web.limits import ProcessStorage, limiter, refused


@pytest.fixture(scope="module")
def site() -> Flask:
    site = Flask("limited")
    limits.init_app(site, Settings())

    @site.route("/twice", methods=["GET", "POST"])
    @limiter.limit("2/hour", methods=["POST"])
    def twice() -> str:
        return "done"

    @site.get("/wrong/<int:status>")
    @limiter.limit("2/hour", deduct_when=refused)
    def wrong(status: int) -> tuple[str, int]:
        return "answered", status

    return site


def statuses(client: FlaskClient, path: str, times: int, method: str = "POST") -> list[int]:
    return [client.open(path, method=method).status_code for _ in range(times)]


def test_the_third_request_is_one_too_many(site: Flask) -> None:
    client = site.test_client()
    client.environ_base["REMOTE_ADDR"] = "192.0.2.1"
    assert statuses(client, "/twice", 3) == [200, 200, 429]
    wait = client.post("/twice").headers["Retry-After"]
    assert 0 < int(wait) <= 3600
    assert statuses(client, "/twice", 3, "GET") == [200] * 3


def test_each_address_has_its_own_count(site: Flask) -> None:
    client = site.test_client()
    client.environ_base["REMOTE_ADDR"] = "192.0.2.2"
    assert statuses(client, "/twice", 2) == [200, 200]


def test_only_wrong_tries_count(site: Flask) -> None:
    client = site.test_client()
    assert statuses(client, "/wrong/200", 4, "GET") == [200] * 4
    assert statuses(client, "/wrong/422", 3, "GET") == [422, 422, 429]


def test_a_count_ends_with_its_time() -> None:
    storage, item = ProcessStorage(), parse("1/second")
    key = item.key_for("somebody")
    assert [storage.incr(key, 0.05), storage.incr(key, 0.05), storage.get(key)] == [1, 2, 2]
    time.sleep(0.06)
    assert [storage.get(key), storage.incr(key, 0.05)] == [0, 1]


def test_what_is_over_is_swept_out() -> None:
    """Nobody asks again for most keys: memory must not grow with the visitors of a season."""
    storage = ProcessStorage()
    for number in range(3000):
        storage.incr(f"visitor {number}", 0.0)
    assert storage.reset() <= 1000
