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
_READING = "tourism.being_read"


def init_app(app: Flask) -> None:
    app.extensions[_KEY] = {}
    app.extensions[_READING] = set()
    app.config.setdefault("KEPT_S", KEPT_S)


def kept(key: tuple[object, ...], read: Callable[[Session], T], longest: float | None = None) -> T:
    """What `read` gives for that key, read at most KEPT_S seconds ago in this process, or
    `longest` where whoever uses it sees in the database whether it is still so. While one thread
    reads it anew the others go on with what was known, for KEPT_S more at most.

    It is read in a session of its own and shared between threads: models in it are detached, so
    everything needed of them must be loaded, and nobody may change them.
    """
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    shortest: float = app.config["KEPT_S"]
    if not shortest:
        return read(db_session())
    oldest = longest or shortest
    known = app.extensions[_KEY].get(key)
    if known is not None:
        age = time.monotonic() - known[0]
        if age < oldest or (age < oldest + shortest and key in app.extensions[_READING]):
            found: T = known[1]
            return found
    return _read_anew(app, key, read)


def _read_anew(app: Flask, key: tuple[object, ...], read: Callable[[Session], T]) -> T:
    reading: set[Any] = app.extensions[_READING]
    reading.add(key)
    try:
        with Session(engine(), expire_on_commit=False) as session:
            value = read(session)
    finally:
        reading.discard(key)
    keep(app, key, value, time.monotonic())
    return value


def keep(app: Flask, key: tuple[object, ...], value: object, since: float) -> None:
    """Remember what is so since that moment."""
    store: dict[Any, tuple[float, Any]] = app.extensions[_KEY]
    if len(store) >= _MOST:
        store.clear()
    store[key] = (since, value)


def find_kept(app: Flask, key: tuple[object, ...]) -> Any:
    """What was remembered for that key, if it is not yet old."""
    known = app.extensions[_KEY].get(key)
    is_fresh = known is not None and time.monotonic() - known[0] < app.config["KEPT_S"]
    return known[1] if is_fresh else None


def drop(key: tuple[object, ...]) -> None:
    """Read that anew the next time."""
    current_app.extensions[_KEY].pop(key, None)
