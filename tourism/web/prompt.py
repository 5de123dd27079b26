"""The app itself, in which a scan does not wait for what only pages need.

Somebody stands before a closed gate. A scan has no form, no session, no language and no limit of
its own, and its answer is too short to be worth compressing: together that was a third of its time.
"""

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue

from tourism.web.security import add_headers

_PROMPT = "gate.scans.ask"


class Site(Flask):
    """Flask, with a short way for scans through its points of extension."""

    def preprocess_request(self) -> ResponseReturnValue | None:
        return None if request.endpoint == _PROMPT else super().preprocess_request()

    def process_response(self, response: Response) -> Response:
        if request.endpoint == _PROMPT:
            return add_headers(response)
        return super().process_response(response)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """None of our views is a coroutine; nobody needs to look for one at each request."""
        return func
