"""Pages that are the same for every stranger: made at most once a second by each process.

Everybody reloads the page of free times when a festival opens. What it says may be a second old, as
it is anyway once it has been read: booking asks the ledger, and says so when places are gone.
Who asks in the very words of somebody before gets the very answer, before Flask looks at it.
"""

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial, wraps
from typing import Any, TypeVar, cast

from flask import Flask, Response, make_response, request, session
from flask_compress import Compress
from sqlalchemy.orm import Session

from tourism.web.kept import find_kept, keep, kept
from tourism.web.languages import current_language

View = TypeVar("View", bound=Callable[..., Any])
_REMEMBERED = "remember_token"
_MOST_ENCODINGS = 16
_SHARED = "tourism.shared_since"
# All that an answer depends on; behind the middlewares that read proxies' headers and languages.
_WORDS = (
    "wsgi.url_scheme",
    "HTTP_HOST",
    "SCRIPT_NAME",
    "PATH_INFO",
    "QUERY_STRING",
    "HTTP_COOKIE",
    "HTTP_ACCEPT_LANGUAGE",
    "HTTP_ACCEPT_ENCODING",
    "HTTP_IF_NONE_MATCH",
)
_compress = Compress()


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it was made, and as it was packed for those who accept that."""

    response: Response
    body: bytes
    etag: str
    packed: dict[str, tuple[bytes, str | None]] = field(default_factory=dict)
    since: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it went out, to go out again."""

    status: str
    headers: Sequence[tuple[str, str]]
    body: bytes


class ReadyAnswers:
    """WSGI middleware: gives the answer again that somebody got a moment ago to the same words."""

    def __init__(self, app: Flask) -> None:
        self.flask, self.app = app, app.wsgi_app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "GET":
            return self.app(environ, start_response)
        key = ("answer", *map(environ.get, _WORDS))
        ready: Answer | None = find_kept(self.flask, key)
        if ready is not None:
            start_response(ready.status, list(ready.headers))
            return [ready.body]
        return self._asked(key, environ, start_response)

    def _asked(self, key: Any, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        started: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            started[:] = status, headers
            return start_response(status, headers, *error)

        parts = self.app(environ, start)
        since = environ.get(_SHARED)
        if since is None:
            return parts
        body = b"".join(parts)
        if hasattr(parts, "close"):
            parts.close()
        status, headers = started
        if not any(name == "Set-Cookie" and text.startswith("session=") for name, text in headers):
            keep(self.flask, key, Answer(status, tuple(headers), body), since)
        return [body]


def init_app(app: Flask) -> None:
    """Before all other middlewares are put around the app."""
    app.config["COMPRESS_REGISTER"] = False
    _compress.init_app(app)
    app.after_request(_pack)
    app.wsgi_app = ReadyAnswers(app)  # type: ignore[method-assign]


def _pack(response: Response) -> Response:
    """What only leads elsewhere is not worth a look."""
    return response if response.status_code == 303 else _compress.after_request(response)


def shared(view: View) -> View:
    """Let strangers share what the view has made for one of them, for a moment."""

    @wraps(view)
    def answer(*args: Any, **values: Any) -> Response:
        if not is_stranger(session, request.cookies):
            return make_response(view(*args, **values))
        # The address stands in the page, in full.
        key = (request.host_url, request.script_root, request.full_path, current_language())
        page = kept(("page", *key), partial(_made, view, args, values))
        if page.response.status_code != 200:
            return page.response
        request.environ[_SHARED] = page.since
        return _answer(page)

    return cast("View", answer)


def is_stranger(mine: Mapping[str, Any], cookies: Mapping[str, str]) -> bool:
    """Whose session that is: not signed in, and with nothing to be told on the next page."""
    return not ("_user_id" in mine or "_flashes" in mine or _REMEMBERED in cookies)


def _made(view: Callable[..., Any], args: Any, values: Any, _session: Session) -> Page:
    response = make_response(view(*args, **values))
    body = response.get_data()
    return Page(response, body, hashlib.sha256(body).hexdigest()[:20])


def _answer(page: Page) -> Response:
    if request.if_none_match.contains_weak(page.etag):
        response = Response(status=304)
    else:
        response = _whole(page)
    response.set_etag(page.etag, weak=True)
    response.headers["Cache-Control"] = "no-cache"  # keep it, but ask whether it is still so
    return response


def _whole(page: Page) -> Response:
    accepted = request.headers.get("Accept-Encoding", "")
    if accepted not in page.packed:
        packed = _compress.after_request(Response(page.body, mimetype="text/html"))
        if len(page.packed) >= _MOST_ENCODINGS:
            page.packed.clear()
        page.packed[accepted] = packed.get_data(), packed.headers.get("Content-Encoding")
    body, encoding = page.packed[accepted]
    response = Response(body, mimetype="text/html")
    if encoding:
        response.headers["Content-Encoding"] = encoding
    return response
