"""Rate limits: counted in Redis where there are several machines, otherwise in each process."""

import time
from collections.abc import Callable, Collection
from functools import cache, wraps
from math import ceil
from threading import Lock
from typing import Any, NoReturn, TypeVar, cast

from flask import Blueprint, Flask, Response, after_this_request, current_app, request
from limits import RateLimitItem, parse_many
from limits.storage import Storage, storage_from_string
from limits.strategies import FixedWindowRateLimiter, RateLimiter
from werkzeug.exceptions import TooManyRequests

from tourism.settings import Settings
from tourism.web.asked import Asked

View = TypeVar("View", bound=Callable[..., Any])
_KEY = "tourism.limits"
_AHEAD = "tourism.counted_ahead"
_SWEEP_EACH = 1000


class ProcessStorage(Storage):
    """Counters of one process. What is over is swept out now and then by whoever counts."""

    STORAGE_SCHEME = ["process"]  # noqa: RUF012 - as the base class declares it
    base_exceptions = ()

    def __init__(self, uri: str | None = None, **options: Any) -> None:
        super().__init__(uri, **options)
        self._counts: dict[str, tuple[int, float]] = {}  # how often, until when
        self._calls = 0
        self._lock = Lock()

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        current = time.time()
        with self._lock:
            self._calls += 1
            if self._calls % _SWEEP_EACH == 0:
                self._counts = {k: v for k, v in self._counts.items() if v[1] > current}
            count, until = self._counts.get(key, (0, 0.0))
            if until <= current:
                count, until = 0, current + expiry
            self._counts[key] = (count + amount, until)
        return count + amount

    def get(self, key: str) -> int:
        count, until = self._counts.get(key, (0, 0.0))
        return count if until > time.time() else 0

    def get_expiry(self, key: str) -> float:
        return self._counts.get(key, (0, time.time()))[1]

    def check(self) -> bool:
        return True

    def reset(self) -> int:
        count = len(self._counts)
        self._counts = {}
        return count

    def clear(self, key: str) -> None:
        self._counts.pop(key, None)


def by_address() -> str:
    """Who asks: the client's address."""
    return request.remote_addr or ""


def init_app(app: Flask, settings: Settings) -> None:
    storage = storage_from_string(settings.redis_url or "process://")
    app.extensions[_KEY] = FixedWindowRateLimiter(storage)


class Limiter:
    """What may be asked how often: decorators for views."""

    def limit(
        self,
        text: str | Callable[[], str],
        *,
        key_func: Callable[[], str] = by_address,
        methods: Collection[str] = (),
        deduct_when: Callable[[Response], bool] | None = None,
    ) -> Callable[[View], View]:
        """Let a view be asked so often ("10/minute;60/hour") by each of those that `key_func`
        tells apart. With `deduct_when` only answers count for which it holds. A text that the
        settings decide is given as a function."""

        def decorate(view: View) -> View:
            @wraps(view)
            def limited(*args: Any, **values: Any) -> Any:
                is_counted = request.environ.pop(_AHEAD, False)
                if not is_counted and (not methods or request.method in methods):
                    items = _parsed(text if isinstance(text, str) else text())
                    _count(items, key_func(), str(request.endpoint), deduct_when)
                return view(*args, **values)

            return cast("View", limited)

        return decorate

    def limit_all(self, bp: Blueprint, text: str, *, key_func: Callable[[], str]) -> None:
        """Let all views of a blueprint together be asked so often."""
        bp.before_request(lambda: _count(_parsed(text), key_func(), bp.name, None))

    def reset(self) -> None:
        """Forget what was counted in the present app."""
        _counters().storage.reset()


limiter = Limiter()


def count_ahead(asked: Asked, text: str) -> bool:
    """Count a request by its address before its view would, and not again there: whether it
    is within the limit. Who is not is left to the view, which says so."""
    items, counters = _parsed(text), _counters()
    within = all(counters.hit(item, asked.address, asked.endpoint) for item in items)
    asked.environ[_AHEAD] = within
    return within


def refused(response: Response) -> bool:
    """For limits that count wrong tries only: behind one address of a mobile network stand
    hundreds of people, and most of them type the right thing."""
    return response.status_code == 422


_parsed = cache(parse_many)


def _count(
    items: list[RateLimitItem], who: str, what: str, when: Callable[[Response], bool] | None
) -> None:
    """Count this request now, or after its answer is known. Raises TooManyRequests."""
    counters = _counters()
    for item in items:
        if not (counters.test if when else counters.hit)(item, who, what):
            _refuse(counters.get_window_stats(item, who, what).reset_time)
    if when is None:
        return

    @after_this_request
    def count_answer(response: Response) -> Response:
        if when(response):
            for item in items:
                counters.hit(item, who, what)
        return response


def _refuse(until: float) -> NoReturn:
    @after_this_request
    def say_when(response: Response) -> Response:
        response.headers["Retry-After"] = str(max(1, ceil(until - time.time())))
        return response

    raise TooManyRequests


def _counters() -> RateLimiter:
    counters: RateLimiter = current_app.extensions[_KEY]
    return counters
