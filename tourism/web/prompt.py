"""The app itself, in which what many wait for does not wait for what only pages need.

Somebody stands before a closed gate. A scan has no form, no session, no language and no limit of
its own, and its answer is too short to be worth compressing: together that was a third of its time.

An endpoint may also have a short way beside its view: it answers the plain case with what that
needs, or nothing, and then all goes on as if it had not been there.
"""

import logging
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue

from tourism.web.security import add_headers

_PROMPT = "gate.scans.ask"
ShortWay = Callable[..., Response | None]
Around = Callable[[Callable[[], Response]], Response]  # what measures answering
log = logging.getLogger(__name__)


class Site(Flask):
    """Flask, with short ways through its points of extension."""

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.short_ways: dict[str, ShortWay] = {}
        self.around: Around | None = None

    def full_dispatch_request(self) -> Response:
        return self.around(self._answered) if self.around else self._answered()

    def _answered(self) -> Response:
        return self._answered_shortly() or super().full_dispatch_request()

    def _answered_shortly(self) -> Response | None:
        way = self.short_ways.get(request.endpoint or "")
        if way is None or request.method != "POST":
            return None
        try:
            return way(**(request.view_args or {}))
        except Exception:
            log.warning("a short way broke off, the view is asked", exc_info=True)
            return None

    def preprocess_request(self) -> ResponseReturnValue | None:
        return None if request.endpoint == _PROMPT else super().preprocess_request()

    def process_response(self, response: Response) -> Response:
        if request.endpoint == _PROMPT:
            return add_headers(response)
        return super().process_response(response)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """None of our views is a coroutine; nobody needs to look for one at each request."""
        return func
