"""Headers that every answer carries, and the cookie rules."""

from collections.abc import Callable, Iterable
from string import punctuation
from typing import Any
from urllib.parse import quote

from flask import Flask, Request, Response, abort, g, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from werkzeug.middleware.proxy_fix import ProxyFix

from tourism.settings import Settings
from tourism.web.assets import is_asset

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "worker-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=()",
}
_ON_HTTPS = {"Strict-Transport-Security": "max-age=31536000"}
_POLICY = "Content-Security-Policy"
_PLAIN = "; ".join(map(" ".join, POLICY.items()))


class PageSessions(SecureCookieSessionInterface):
    """Sessions for pages only. A file that any cache may keep must not carry somebody's cookie,
    and a gate's phone has none."""

    def __init__(self) -> None:
        self._signers: dict[str, Any] = {}

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if request.path.startswith("/gate/api/"):
            return None
        return super().open_session(app, request)

    def get_signing_serializer(self, app: Flask) -> Any:
        """Made once for a secret: every request asks for it, with a cookie or without."""
        secret = str(app.secret_key)
        if secret not in self._signers:
            self._signers = {secret: super().get_signing_serializer(app)}
        return self._signers[secret]

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Most answers leave the session as it was: then no words for a cookie are sought."""
        if is_asset():
            return
        if session.accessed:
            response.vary.add("Cookie")
        if session.modified or session.permanent:
            super().save_session(app, session, response)

    def cookies_of(self, app: Flask, session: SessionMixin) -> list[str]:
        """What `Set-Cookie` says of a session that was changed."""
        told = Response()
        super().save_session(app, session, told)
        return told.headers.getlist("Set-Cookie")


class AsciiQuery:
    """WSGI middleware: percent-encodes what may not stand in a query as it is. Some browsers send
    Chinese so, some robots send bytes that are no text at all."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self.app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        sent = environ.get("QUERY_STRING", "")
        if sent:
            environ["QUERY_STRING"] = quote(sent.encode("latin-1"), safe=punctuation)
        return self.app(environ, start_response)


def init_app(app: Flask, settings: Settings) -> None:
    app.config.update(
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
        REMEMBER_COOKIE_SECURE=settings.https,
        REMEMBER_COOKIE_SAMESITE="Lax",
        REMEMBER_COOKIE_HTTPONLY=True,
    )
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=count, x_proto=count, x_host=count
        )
    app.session_interface = PageSessions()
    app.wsgi_app = AsciiQuery(app.wsgi_app)  # type: ignore[method-assign]
    app.before_request(_refuse_nul)
    app.after_request(add_headers)
    if settings.https:
        app.after_request(_insist_on_https)


def allow(directive: str, source: str) -> None:
    """Let this one answer load from one more source (the gate's wasm, a tile server)."""
    g.setdefault("policy", dict(POLICY))[directive] += " " + source


def _refuse_nul() -> None:
    """No address of ours holds U+0000, and PostgreSQL stumbles over it (forms take it out)."""
    if any("\0" in text for text in (request.path, *request.args.values())):
        abort(400)


def plain_headers(app: Flask) -> Iterable[tuple[str, str]]:
    """What an answer carries that allows nothing of its own."""
    insists = _ON_HTTPS if app.config["TOURISM"].https else {}
    return ({_POLICY: _PLAIN} | HEADERS | insists).items()


def add_headers(response: Response) -> Response:
    known = {name.lower() for name in response.headers.keys()}  # noqa: SIM118 - no dictionary
    for name, value in (*HEADERS.items(), (_POLICY, _said(g.get("policy", POLICY)))):
        if name.lower() not in known:
            response.headers.add(name, value)
    return response


def _said(policy: dict[str, str]) -> str:
    return _PLAIN if policy is POLICY else "; ".join(map(" ".join, policy.items()))


def _insist_on_https(response: Response) -> Response:
    for name, value in _ON_HTTPS.items():
        response.headers.setdefault(name, value)
    return response
