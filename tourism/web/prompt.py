"""The app itself, in which what many wait for does not wait for what only pages need.

Somebody stands before a closed gate. A scan has no form, no session, no language and no limit of
its own, and its answer is too short to be worth compressing: together that was a third of its time.

An endpoint may also have a short way beside its view: it answers the plain case of a form before
Flask makes a request of it, or says nothing, and then all goes on as if it had not been there.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from functools import cached_property
from time import perf_counter
from typing import Any

from flask import Flask, Response, has_app_context, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter, Rule

from tourism.web.asked import Headers, read_form
from tourism.web.security import add_headers

_PROMPT = "gate.scans.ask"
ShortWay = Callable[..., Headers | None]  # given what is asked, and the address's values by name
Observer = Callable[[str, Rule | None, int, float], None]  # method, route, status, seconds
log = logging.getLogger(__name__)


class Site(Flask):
    """Flask, with short ways beside its views."""

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.short_ways: dict[str, ShortWay] = {}
        self.observe: Observer | None = None

    def wsgi_app(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        headers = self._led_shortly(environ) if environ["REQUEST_METHOD"] == "POST" else None
        if headers is None:
            return super().wsgi_app(environ, start_response)
        start_response("303 SEE OTHER", headers)
        return [b""]

    def full_dispatch_request(self) -> Response:
        if self.observe is None:
            return super().full_dispatch_request()
        begun, status = perf_counter(), 500
        try:
            response = super().full_dispatch_request()
            status = response.status_code
            return response
        finally:
            self.observe(request.method, request.url_rule, status, perf_counter() - begun)

    def _led_shortly(self, environ: dict[str, Any]) -> Headers | None:
        begun = perf_counter()
        rule, values = self._route(environ)
        way = self.short_ways.get(rule.endpoint) if rule else None
        if rule is None or way is None:
            return None
        try:
            # Within a context of its own, or in that of the caller, as Flask's requests are.
            with nullcontext() if has_app_context() else self.app_context():
                asked = read_form(self, environ, rule.endpoint)
                headers = way(asked, **values) if asked else None
        except Exception:
            log.warning("a short way broke off, the view is asked", exc_info=True)
            return None
        if headers is not None and self.observe:
            self.observe("POST", rule, 303, perf_counter() - begun)
        return headers

    def _route(self, environ: dict[str, Any]) -> tuple[Rule | None, Mapping[str, Any]]:
        try:
            return self._routes.match(environ.get("PATH_INFO", ""), "POST", return_rule=True)
        except HTTPException:
            return None, {}

    @cached_property
    def _routes(self) -> MapAdapter:
        return self.url_map.bind("")

    def preprocess_request(self) -> ResponseReturnValue | None:
        return None if request.endpoint == _PROMPT else super().preprocess_request()

    def process_response(self, response: Response) -> Response:
        if request.endpoint == _PROMPT:
            return add_headers(response)
        return super().process_response(response)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """None of our views is a coroutine; nobody needs to look for one at each request."""
        return func
