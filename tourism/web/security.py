"""Headers that every answer carries, and the cookie rules."""

from flask import Flask, Response, abort, g, request
from werkzeug.middleware.proxy_fix import ProxyFix

from tourism.settings import Settings

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
    app.before_request(_refuse_nul)
    app.after_request(_add_headers)


def allow(directive: str, source: str) -> None:
    """Let this one answer load from one more source (the gate's wasm, a tile server)."""
    g.setdefault("policy", dict(POLICY))[directive] += " " + source


def _refuse_nul() -> None:
    """No address of ours holds U+0000, and PostgreSQL stumbles over it (forms take it out)."""
    if any("\0" in text for text in (request.path, *request.args.values())):
        abort(400)


def _add_headers(response: Response) -> Response:
    policy: dict[str, str] = g.get("policy", POLICY)
    response.headers.setdefault(
        "Content-Security-Policy", "; ".join(f"{key} {value}" for key, value in policy.items())
    )
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
