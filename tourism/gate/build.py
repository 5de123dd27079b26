"""Which state of the scanning page a phone runs, and all files that the page is made of."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from tourism.web.assets import PACKAGE, STATIC, TEMPLATES, asset, fingerprint, module, style_sheet

DECODER = ("vendor/zxing-wasm/index.js", "vendor/zxing-wasm/zxing_reader.wasm")
_SCRIPTS = STATIC / "js" / "gate"
_WORKER = _SCRIPTS / "worker.js"


@cache
def build() -> str:
    """A name for exactly these scripts, words of the page, styles and decoder."""
    page = (
        TEMPLATES / "gate" / "show.html",
        TEMPLATES / "base.html",
        STATIC / "img" / "favicon.svg",
    )
    files = (*_modules(), _WORKER, *page, *(STATIC / path for path in DECODER))
    catalogues = sorted((PACKAGE / "translations").rglob("*.po"))
    content = (file.read_bytes() for file in (*files, *catalogues))
    return fingerprint(b"".join((style_sheet(), *content)))


@cache
def kept_files() -> Sequence[str]:
    """The addresses that the page loads, each as the page names it."""
    named = (asset(path) for path in ("site.css", "img/favicon.svg", *DECODER))
    return [*named, *(module(file.relative_to(STATIC).as_posix()) for file in _modules())]


def _modules() -> Sequence[Path]:
    return [file for file in sorted(_SCRIPTS.rglob("*.js")) if file != _WORKER]
