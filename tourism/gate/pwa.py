"""The scanning page: a public shell without data. Each phone fills it with what it was given."""

from functools import cache

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from tourism.gate.words import gate_words
from tourism.web.assets import STATIC, fingerprint
from tourism.web.languages import addresses
from tourism.web.security import allow

bp = Blueprint("pwa", __name__)


@bp.get("/")
def show() -> ResponseReturnValue:
    allow("script-src", "'wasm-unsafe-eval'")  # the decoder is WebAssembly
    # The API has one address in all languages, so that it never touches the language cookie.
    api = addresses()["x-default"].partition("?")[0] + "api/"
    return render_template("gate/show.html", words=gate_words(), api=api, build=build())


@cache
def build() -> str:
    """Which state of the page a phone runs: a name for exactly these scripts."""
    files = sorted((STATIC / "js" / "gate").rglob("*.js"))
    return fingerprint(b"".join(file.read_bytes() for file in files))
