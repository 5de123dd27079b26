"""The scanning page: a public shell without data. Each phone fills it with what it was given."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from tourism.gate.build import build
from tourism.gate.words import gate_words
from tourism.web.languages import addresses
from tourism.web.security import allow

bp = Blueprint("pwa", __name__)


@bp.get("/")
def show() -> ResponseReturnValue:
    allow("script-src", "'wasm-unsafe-eval'")  # the decoder is WebAssembly
    # The API has one address in all languages, so that it never touches the language cookie.
    api = addresses()["x-default"].partition("?")[0] + "api/"
    return render_template("gate/show.html", words=gate_words(), api=api, build=build())
