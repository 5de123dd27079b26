"""A form that was sent, read without Flask: for the few ways that answer before it.

A request of Flask's own, with its session, its hooks and its answer, costs twice what holding a
place costs. What is read here is read by Werkzeug's and Flask's own parts, so it means the same.
"""

import hmac
from collections.abc import Mapping
from functools import cache
from io import BytesIO
from typing import Any, cast
from urllib.parse import parse_qsl

from flask import Flask, Request
from flask.sessions import SecureCookieSession
from flask_wtf.csrf import same_origin
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.http import parse_cookie

from tourism.web.languages import language_asked_for, said_of_language
from tourism.web.pages import is_stranger
from tourism.web.security import PageSessions, plain_headers

Headers = list[tuple[str, str]]
_FORM = "application/x-www-form-urlencoded"
_TOKEN = "csrf_token"  # noqa: S105 - a field's name
_MOST_BYTES = 8192


class Asked:
    """One request: who sends which form to which endpoint."""

    def __init__(self, app: Flask, environ: dict[str, Any], endpoint: str, body: bytes) -> None:
        self.app, self.environ, self.endpoint = app, environ, endpoint
        self.path: str = environ["PATH_INFO"]
        self.form = _fields(body.decode("ascii"))
        self.query = _fields(environ.get("QUERY_STRING", ""))
        self.cookies = parse_cookie(environ)
        self.session = self._opened()

    @property
    def language(self) -> str:
        return language_asked_for(self.environ, self.cookies)

    @property
    def address(self) -> str:
        return self.environ.get("REMOTE_ADDR") or ""

    def is_plain(self) -> bool:
        """Whether it is a stranger's own fresh form, with nothing in it that nobody types."""
        has_nul = any("\0" in text for text in (self.path, *self.query.values()))
        known = not is_stranger(self.session, self.cookies) or self.session.permanent
        return not has_nul and not known and self._is_own_form()

    def led_to(self, address: str) -> Headers:
        """The headers of an answer that leads to an address of this site."""
        headers = [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", "0"),
            ("Location", self.environ.get("SCRIPT_NAME", "") + address),
            *plain_headers(self.app),
            *said_of_language(self.environ, self.cookies),
        ]
        if self.session.modified:
            headers += [
                ("Set-Cookie", text) for text in self._sessions.cookies_of(self.app, self.session)
            ]
        return headers

    @property
    def _sessions(self) -> PageSessions:
        return cast("PageSessions", self.app.session_interface)

    def _opened(self) -> SecureCookieSession:
        opened = self._sessions.open_session(self.app, cast("Request", self))
        assert opened is not None
        return opened

    def _is_own_form(self) -> bool:
        """What Flask-WTF asks of a form's token, of its session and, with https, of its origin."""
        config, mine = self.app.config, self.session.get(_TOKEN)
        if not config["WTF_CSRF_ENABLED"]:
            return True
        try:
            signer = _signer(str(self.app.secret_key))
            sent = signer.loads(self.form.get(_TOKEN, ""), max_age=config["WTF_CSRF_TIME_LIMIT"])
        except BadData:
            return False
        is_mine = isinstance(mine, str) and hmac.compare_digest(mine.encode(), str(sent).encode())
        return is_mine and self._comes_from_here()

    def _comes_from_here(self) -> bool:
        if self.environ["wsgi.url_scheme"] != "https":
            return True
        here = f"https://{self.environ.get('HTTP_HOST', '')}/"
        return bool(same_origin(self.environ.get("HTTP_REFERER", ""), here))


def read_form(app: Flask, environ: dict[str, Any], endpoint: str) -> Asked | None:
    """A small form as browsers send it; whatever else it is, nothing is said of it. Its bytes stay
    there for Flask. Raises UnicodeDecodeError for what is no text."""
    length = environ.get("CONTENT_LENGTH") or ""
    if environ.get("CONTENT_TYPE") != _FORM or not (length.isascii() and length.isdecimal()):
        return None
    if int(length) > _MOST_BYTES:
        return None
    body = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = BytesIO(body)
    return Asked(app, environ, endpoint, body)


def _fields(text: str) -> Mapping[str, str]:
    """The first value of each name, as `request.form.get` gives it."""
    pairs = parse_qsl(text, keep_blank_values=True, errors="strict")
    return dict(reversed(pairs))


@cache
def _signer(secret: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret, salt="wtf-csrf-token")
