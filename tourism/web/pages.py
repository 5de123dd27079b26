"""Pages that are the same for every stranger: made at most once a second by each process.

Everybody reloads the page of free times when a festival opens. What it says may be a second old, as
it is anyway once it has been read: booking asks the ledger, and says so when places are gone.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial, wraps
from typing import Any, TypeVar, cast

from flask import Flask, Response, make_response, request, session
from flask_compress import Compress
from sqlalchemy.orm import Session

from tourism.web.kept import kept
from tourism.web.languages import current_language

View = TypeVar("View", bound=Callable[..., Any])
_REMEMBERED = "remember_token"
_MOST_ENCODINGS = 16
_compress = Compress()


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it was made, and as it was packed for those who accept that."""

    response: Response
    body: bytes
    etag: str
    packed: dict[str, tuple[bytes, str | None]] = field(default_factory=dict)


def init_app(app: Flask) -> None:
    _compress.init_app(app)


def shared(view: View) -> View:
    """Let strangers share what the view has made for one of them, for a moment."""

    @wraps(view)
    def answer(*args: Any, **values: Any) -> Response:
        if not is_stranger():
            return make_response(view(*args, **values))
        # The address stands in the page, in full.
        key = (request.host_url, request.script_root, request.full_path, current_language())
        page = kept(("page", *key), partial(_made, view, args, values))
        return _answer(page) if page.response.status_code == 200 else page.response

    return cast("View", answer)


def is_stranger() -> bool:
    """Not signed in, and with nothing to be told on the next page."""
    known = "_user_id" in session or "_flashes" in session
    return not known and _REMEMBERED not in request.cookies


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
