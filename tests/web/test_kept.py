"""Facts are remembered for a moment, and only for a moment."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tourism.web.kept import kept


@pytest.fixture
def remembering(app: Flask, session: Session) -> Iterator[Flask]:
    app.config["KEPT_S"] = 0.2
    yield app
    app.config["KEPT_S"] = 0


def test_a_fact_is_read_again_when_it_is_old(remembering: Flask) -> None:
    read: list[int] = []

    def count(_session: Session) -> int:
        read.append(1)
        return len(read)

    assert [kept(("test age",), count) for _ in range(3)] == [1, 1, 1]
    time.sleep(0.25)
    assert kept(("test age",), count) == 2


def test_each_key_has_its_own_fact(remembering: Flask) -> None:
    assert kept(("test", 1), lambda _: "one") == "one"
    assert kept(("test", 2), lambda _: "two") == "two"


def test_who_comes_while_it_is_read_anew_gets_what_was_known(remembering: Flask) -> None:
    began, go_on = Event(), Event()

    def slowly(_session: Session) -> str:
        began.set()
        go_on.wait(5)
        return "new"

    def read_slowly() -> str:
        with remembering.app_context():
            return kept(("test anew",), slowly)

    kept(("test anew",), lambda _: "old")
    time.sleep(0.25)
    with ThreadPoolExecutor() as pool:
        reader = pool.submit(read_slowly)
        assert began.wait(5)
        assert kept(("test anew",), lambda _: "read twice") == "old"
        time.sleep(0.2)
        assert kept(("test anew",), lambda _: "too old") == "too old"
        go_on.set()
        assert reader.result() == "new"


def test_what_fails_is_asked_again(remembering: Flask) -> None:
    kept(("test failing",), lambda _: "old")
    time.sleep(0.25)
    with pytest.raises(ZeroDivisionError):
        kept(("test failing",), lambda _: 1 // 0)
    assert kept(("test failing",), lambda _: "new") == "new"
