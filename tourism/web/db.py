"""One session for each request, and the one place where a transaction is opened."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import sqlalchemy as sa
from flask import Flask, current_app, g
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.orm.util import identity_key

from tourism.core.db import Base, make_engine
from tourism.core.direct import Direct
from tourism.core.turns import FairQueue

_KEY = "tourism.sessions"
_WRITERS = "tourism.writers"
_DIRECT = "tourism.direct"


def init_app(app: Flask, url: str) -> None:
    made = make_engine(url)
    app.extensions[_KEY] = sessionmaker(made, expire_on_commit=False)
    turns = FairQueue()
    app.extensions[_DIRECT] = Direct(url, turns)
    # PostgreSQL lets its waiting writers through in turn by itself; SQLite lets them poll.
    app.extensions[_WRITERS] = turns if made.dialect.name == "sqlite" else nullcontext()
    app.teardown_appcontext(_close)


def engine() -> sa.Engine:
    """The engine of the present app."""
    bind = _sessions().kw["bind"]
    assert isinstance(bind, sa.Engine)
    return bind


def dispose() -> None:
    """Close all connections that nobody uses just now."""
    engine().dispose()
    current_app.extensions[_DIRECT].engine.dispose()


def is_postgresql() -> bool:
    return engine().dialect.name == "postgresql"


def db_session() -> Session:
    """The session of the present request or command, for reading."""
    if "db_session" not in g:
        g.db_session = _sessions()()
    session: Session = g.db_session
    return session


@contextmanager
def transaction() -> Iterator[Session]:
    """The request's session, committed at the end or rolled back on any exception.

    What was read before is given up first: on SQLite a reader cannot become a writer once
    another has written, so the write lock is taken at the start (`BEGIN IMMEDIATE`).
    """
    session = db_session()
    session.commit()
    with current_app.extensions[_WRITERS]:
        try:
            session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise


@contextmanager
def directly() -> Iterator[Direct]:
    """The direct way to the database; the request's session ends what it has begun."""
    if "db_session" in g:
        db_session().commit()
    yield current_app.extensions[_DIRECT]


def forget(model: type[Base], identity: object) -> None:
    """Let the request's session read one row anew, which was changed past it."""
    known = (
        g.db_session.identity_map.get(identity_key(model, identity)) if "db_session" in g else None
    )
    if known is not None:
        db_session().expire(known)


def _sessions() -> sessionmaker[Session]:
    sessions: sessionmaker[Session] = current_app.extensions[_KEY]
    return sessions


def _close(_error: BaseException | None) -> None:
    session = g.pop("db_session", None)
    if session is not None:
        session.close()
