"""Static files: where they lie, their fingerprinted addresses, and the one style sheet.

An address carries the file's hash (`/static/js/map.js?v=…`), so it may be kept for a year; the
small CSS files are joined into one response, because a weak signal pays for each round trip.
"""

import hashlib
import re
from functools import cache
from mimetypes import guess_type
from pathlib import Path

from flask import Flask, Response, request, send_from_directory
from markupsafe import Markup
from werkzeug.security import safe_join

PACKAGE = Path(__file__).parent.parent
# In a checkout the two folders stand beside the package, in an installed package inside it.
ROOT = PACKAGE if (PACKAGE / "templates").is_dir() else PACKAGE.parent
STATIC, TEMPLATES = ROOT / "static", ROOT / "templates"
_YEAR_S = 365 * 24 * 3600
_ENCODINGS = {"br": ".br", "gzip": ".gz"}  # the smaller first
_AREA = re.compile(r"(js/\w+)@([0-9a-f]{12})/")
_IMPORT = re.compile(r'^@import url\("([^"]+)"\);$', re.MULTILINE)


def init_app(app: Flask) -> None:
    app.add_url_rule("/site.css", "site_css", _site_css)
    app.view_functions["static"] = _static
    app.add_template_global(asset)
    app.add_template_global(module)
    app.add_template_global(drawing)
    app.after_request(_keep_fingerprinted)


@cache
def asset(path: str) -> str:
    """The address of a static file with its fingerprint, the same in every language."""
    if path == "site.css":
        return f"/site.css?v={fingerprint(style_sheet())}"
    return f"/static/{path}?v={fingerprint((STATIC / path).read_bytes())}"


@cache
def module(path: str) -> str:
    """The address of a script with the fingerprint of its whole area (`js/gate@…/app.js`): what it
    imports from there by a relative address carries the same one."""
    script, area, name = path.split("/", 2)
    return f"/static/{script}/{area}@{_area_fingerprint(f'{script}/{area}')}/{name}"


@cache
def _area_fingerprint(area: str) -> str:
    files = sorted((STATIC / area).rglob("*.js"))
    return fingerprint(b"".join(file.read_bytes() for file in files))


@cache
def drawing(path: str) -> Markup:
    """One of our own SVG files, to stand inline so that it follows dark mode."""
    return Markup((STATIC / "img" / path).read_text("utf-8"))  # noqa: S704 - our file, no data


@cache
def style_sheet() -> bytes:
    """All style sheets that site.css imports, in its order, as one."""
    folder = STATIC / "css"
    names = _IMPORT.findall((folder / "site.css").read_text("utf-8"))
    return "\n".join((folder / name).read_text("utf-8") for name in names).encode()


def _site_css() -> Response:
    return Response(style_sheet(), mimetype="text/css")


def _static(filename: str) -> Response:
    """A static file; compressed, if that was done beforehand and the browser takes it."""
    filename = _AREA.sub(r"\1/", filename, count=1)
    for name, suffix in _ENCODINGS.items():
        path = safe_join(str(STATIC), filename + suffix)
        if request.accept_encodings[name] and path and Path(path).is_file():
            kind = guess_type(filename)[0] or "application/octet-stream"
            answer = send_from_directory(STATIC, filename + suffix, mimetype=kind)
            answer.headers["Content-Encoding"] = name
            answer.vary.add("Accept-Encoding")
            return answer
    return send_from_directory(STATIC, filename)


def fingerprint(content: bytes) -> str:
    """A short name for exactly these bytes."""
    return hashlib.sha256(content).hexdigest()[:12]


def is_asset() -> bool:
    """Whether this request is for a file that is the same for everybody."""
    return request.endpoint in ("static", "site_css")


def _keep_fingerprinted(response: Response) -> Response:
    if is_asset() and ("v" in request.args or _names_area()):
        response.cache_control.max_age = _YEAR_S
        response.cache_control.public = True
        response.cache_control.immutable = True
        response.cache_control.no_cache = None
    return response


def _names_area() -> bool:
    """Whether the address carries the fingerprint that its area has now: another may be asked for
    while an update goes on, and is answered but not kept."""
    found = _AREA.match((request.view_args or {}).get("filename", ""))
    return found is not None and found[2] == _area_fingerprint(found[1])
