"""Facts are remembered for a moment, and only for a moment."""

import time
from collections.abc import Iterator

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
