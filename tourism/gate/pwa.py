"""The scanning page: a public shell without data. Each phone fills it with what it was given.

The page, its service worker and its manifest have the same addresses in every language's branch,
so a phone keeps the page in the language in which it was installed.
"""

import json

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tourism.gate.build import build, kept_files
from tourism.gate.words import gate_words
from tourism.web.assets import STATIC, asset
from tourism.web.languages import addresses, current_language
from tourism.web.security import allow

bp = Blueprint("pwa", __name__)
_ICONS = (192, 512)


@bp.get("/")
def show() -> ResponseReturnValue:
    allow("script-src", "'wasm-unsafe-eval'")  # the decoder is WebAssembly
    # The API has one address in all languages, so that it never touches the language cookie.
    api = addresses()["x-default"].partition("?")[0] + "api/"
    return render_template("gate/show.html", words=gate_words(), api=api, build=build())


@bp.get("/sw.js")
def worker() -> ResponseReturnValue:
    """The service worker, which may rule only what lies below its own address."""
    page = f"{request.script_root}/gate/"
    files = [f"{page}manifest.webmanifest", *kept_files()]
    gate = json.dumps({"build": build(), "page": page, "files": files})
    script = (STATIC / "js" / "gate" / "worker.js").read_text("utf-8")
    answer = Response(f"const GATE = {gate};\n{script}", mimetype="text/javascript")
    answer.cache_control.no_cache = True
    return answer


@bp.get("/manifest.webmanifest")
def manifest() -> ResponseReturnValue:
    """What the phone needs to know to put the gate on its home screen."""
    body = {
        "name": _("Gate"),
        "short_name": _("Gate"),
        "lang": current_language(),
        "start_url": "./",
        "scope": "./",
        "display": "standalone",
        "orientation": "portrait",
        "background_color": "#111111",
        "theme_color": "#111111",
        "icons": [
            {"src": asset(f"img/gate-{side}.png"), "sizes": f"{side}x{side}", "type": "image/png"}
            for side in _ICONS
        ],
    }
    return Response(json.dumps(body, ensure_ascii=False), mimetype="application/manifest+json")
