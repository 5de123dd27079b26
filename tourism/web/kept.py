"""What a process remembers for a moment: facts that seldom change and are read all the time.

Never the ledger. A kept fact may be as old as `KEPT_S`; taking places is guarded in the database
whatever is remembered here, so an old fact can only refuse or word something a moment too late.
"""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app
from sqlalchemy.orm import Session

from tourism.web.db import db_session, engine

T = TypeVar("T")
KEPT_S = 1.0
_MOST = 1000
_KEY = "tourism.kept"


def init_app(app: Flask) -> None:
    app.extensions[_KEY] = {}
    app.config.setdefault("KEPT_S", KEPT_S)


def kept(key: tuple[object, ...], read: Callable[[Session], T], longest: float | None = None) -> T:
    """What `read` gives for that key, read at most KEPT_S seconds ago in this process, or
    `longest` where whoever uses it sees in the database whether it is still so.

    It is read in a session of its own and shared between threads: models in it are detached, so
    everything needed of them must be loaded, and nobody may change them.
    """
    shortest: float = current_app.config["KEPT_S"]
    if not shortest:
        return read(db_session())
    store: dict[Any, tuple[float, Any]] = current_app.extensions[_KEY]
    known = store.get(key)
    if known is not None and time.monotonic() - known[0] < (longest or shortest):
        found: T = known[1]
        return found
    if len(store) >= _MOST:
        store.clear()
    with Session(engine(), expire_on_commit=False) as session:
        value = read(session)
    store[key] = (time.monotonic(), value)
    return value


def drop(key: tuple[object, ...]) -> None:
    """Read that anew the next time."""
    current_app.extensions[_KEY].pop(key, None)
