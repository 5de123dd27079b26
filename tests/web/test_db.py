"""One transaction: kept whole or not at all, and never too late for the write lock."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tests.factories.accounts import make_user
from tests.web.conftest import Build
from tourism.accounts.models import User
from tourism.destination.models import Destination
from tourism.web.db import db_session, engine, transaction


def _names(app: Flask) -> list[str]:
    """What another connection sees."""
    with engine().connect() as other:
        return list(other.scalars(sa.select(User.name)))


def _write_and_raise(error: type[BaseException]) -> None:
    with transaction() as own:
        make_user(own, name="王")
        raise error


def test_commits_at_the_end(app: Flask, session: Session) -> None:
    with transaction() as own:
        make_user(own, name="王")
        assert _names(app) == []
    assert _names(app) == ["王"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_rolls_back_on_any_exception(
    app: Flask, session: Session, error: type[BaseException]
) -> None:
    with pytest.raises(error):
        _write_and_raise(error)
    assert _names(app) == []
    with transaction() as own:
        make_user(own, name="李")
    assert _names(app) == ["李"]


def test_is_the_requests_session(session: Session) -> None:
    with transaction() as own:
        assert own is db_session() is session


def test_a_reader_becomes_a_writer_after_another_has_written(app: Flask, session: Session) -> None:
    """On SQLite the snapshot of a reader is too old to write on; it must be given up first."""
    make_user(session)
    session.commit()
    assert session.scalar(sa.select(User.name)) == "王小妹"
    with engine().begin() as other:
        other.execute(sa.update(User).values(name="李"))
    with transaction() as own:
        own.execute(sa.update(User).values(name=User.name + "园主"))
    assert _names(app) == ["李园主"]


@pytest.fixture
def site(build: Build) -> Flask:
    return build()


def test_sqlite_write_lock_is_taken_at_the_start(site: Flask) -> None:
    with site.app_context(), transaction(), engine().connect() as other:
        raw = other.connection.driver_connection
        assert raw is not None
        raw.execute("PRAGMA busy_timeout=0")
        with pytest.raises(Exception, match="locked"):
            raw.execute("BEGIN IMMEDIATE")


def test_sqlite_refuses_a_late_upgrade_without_it(site: Flask) -> None:
    """What `transaction` saves us from; if this passes one day, it may become simpler."""
    with site.app_context():
        session = db_session()
        session.scalar(sa.select(Destination.slug))
        with engine().begin() as other:
            other.execute(sa.update(Destination).values(slug="other"))
        with pytest.raises(OperationalError, match="locked"):
            session.execute(sa.update(Destination).values(slug="mine"))


def test_sqlite_read_then_write_loses_nothing(site: Flask) -> None:
    """Four threads read a number and write it back one higher, fifty times in all."""

    def _count(times: int) -> None:
        for _ in range(times):
            with site.app_context(), transaction() as session:
                destination = session.scalar(sa.select(Destination))
                assert destination is not None
                destination.slug = str(int(destination.slug) + 1)

    with site.app_context(), transaction() as session:
        session.execute(sa.update(Destination).values(slug="0"))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(_count, [13, 13, 12, 12]))
    with site.app_context():
        assert db_session().scalar(sa.select(Destination.slug)) == "50"
