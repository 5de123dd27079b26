"""Which language a page speaks, and the address it has in each.

`/en/map` is the English map, `/map` the map in the reader's language: the one chosen before (a
cookie), or the browser's. The prefix is moved from the path to SCRIPT_NAME before Flask sees the
request, so routes know nothing of it and `url_for` keeps it.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, g, request
from flask_babel import Babel, get_translations
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import dump_cookie, parse_accept_header

from tourism.core.languages import DEFAULT_LANGUAGE, EN, LANGUAGES, ZH_HANS, ZH_HANT
from tourism.web.assets import is_asset
from tourism.web.catalogues import compiled_catalogues

PREFIXES = {f"/{tag.lower()}": tag for tag in LANGUAGES}
COOKIE = "language"
_CHOSEN = "tourism.language"
# What may stand as it is; everything else, also bytes that are no text, is percent-encoded.
_IN_PATH = "/:@!$&'()*+,;=~"
_IN_QUERY = _IN_PATH + "?%"
_YEAR_S = 365 * 24 * 3600
_TRADITIONAL = ("zh-hant", "zh-tw", "zh-hk", "zh-mo")


class LanguagePrefix:
    """WSGI middleware: takes the language off the front of the path."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self.app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        prefix = "/" + path[1:].partition("/")[0]
        if prefix in PREFIXES:
            environ[_CHOSEN] = PREFIXES[prefix]
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + prefix
            environ["PATH_INFO"] = path[len(prefix) :] or "/"
        return self.app(environ, start_response)


def init_app(app: Flask, instance: Path) -> None:
    app.wsgi_app = LanguagePrefix(app.wsgi_app)  # type: ignore[method-assign]
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(compiled_catalogues(instance))
    Babel(app, locale_selector=lambda: current_language().replace("-", "_"))
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda text: _catalogue().gettext(text),
        ngettext=lambda one, many, number: _catalogue().ngettext(one, many, number),
        newstyle=True,
    )
    app.add_template_global(_say, "_")
    app.add_template_global(current_language)
    app.add_template_global(addresses, "language_addresses")
    app.after_request(_keep_choice)


def current_language() -> str:
    """The language tag of this request: address, then cookie, then Accept-Language."""
    return _chosen(request.environ, request.cookies) or _accepted(request.accept_languages)


def language_asked_for(environ: Mapping[str, Any], cookies: Mapping[str, str]) -> str:
    """The same of a request that Flask has not seen."""
    accepted = environ.get("HTTP_ACCEPT_LANGUAGE")
    return _chosen(environ, cookies) or _accepted(parse_accept_header(accepted, LanguageAccept))


def said_of_language(
    environ: Mapping[str, Any], cookies: Mapping[str, str]
) -> list[tuple[str, str]]:
    """The headers that `_keep_choice` gives, for such a request with a session."""
    language = language_asked_for(environ, cookies)
    if _CHOSEN not in environ:
        return [("Content-Language", language), ("Vary", "Accept-Language, Cookie")]
    said = [("Content-Language", language), ("Vary", "Cookie")]
    if cookies.get(COOKIE) == language:
        return said
    return [*said, ("Set-Cookie", dump_cookie(COOKIE, language, max_age=_YEAR_S, samesite="Lax"))]


@pass_eval_context
def _say(context: EvalContext, text: str, **values: object) -> str:
    """A message, with values escaped into it. Jinja's own does the same by ways three times as
    long, and a page asks for more than a hundred."""
    said: str = _catalogue().gettext(text)
    if not context.autoescape:
        return said % values
    return Markup(said) % values  # noqa: S704 - a message of ours


def _catalogue() -> Any:
    """The messages of this request's language. A page asks for a hundred of them, so the way to
    the catalogue is gone once."""
    if "catalogue" not in g:
        g.catalogue = get_translations()
    return g.catalogue


def without_language(path: str) -> str:
    """An address of this site without the language in front, as routes know it."""
    prefix = "/" + path[1:].partition("/")[0]
    return path[len(prefix) :] or "/" if prefix in PREFIXES else path


def _chosen(environ: Mapping[str, Any], cookies: Mapping[str, str]) -> str | None:
    chosen: str | None = environ.get(_CHOSEN) or cookies.get(COOKIE)
    return chosen if chosen in LANGUAGES else None


def _accepted(languages: LanguageAccept) -> str:
    for tag in languages.values():
        match tag.lower():
            case lowered if lowered.startswith(_TRADITIONAL):
                return ZH_HANT
            case lowered if lowered.startswith("zh"):
                return ZH_HANS
            case lowered if lowered.startswith("en"):
                return EN
    # Who reads none of ours reads English more often than Chinese; who says nothing is a machine.
    return EN if languages else DEFAULT_LANGUAGE


def addresses() -> dict[str, str]:
    """This page's path in each language, and unprefixed as "x-default"."""
    path = quote(request.path, safe=_IN_PATH)
    if request.query_string:
        path += "?" + quote(request.query_string, safe=_IN_QUERY)
    return addresses_of(path)


def addresses_of(path: str) -> dict[str, str]:
    """An address as routes know it, in each language, and unprefixed as "x-default"."""
    root = request.environ.get("SCRIPT_NAME", "")
    if _CHOSEN in request.environ:
        root = root.rpartition("/")[0]
    prefixed = {tag: root + prefix + path for prefix, tag in PREFIXES.items()}
    return prefixed | {"x-default": root + path}


def _keep_choice(response: Response) -> Response:
    if is_asset():
        return response
    response.headers.setdefault("Content-Language", current_language())
    chosen = request.environ.get(_CHOSEN)
    if chosen is None:
        response.vary.update(["Accept-Language", "Cookie"])
    elif request.cookies.get(COOKIE) != chosen:
        response.set_cookie(COOKIE, chosen, max_age=_YEAR_S, samesite="Lax")
    return response
