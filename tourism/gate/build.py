"""Which state of the scanning page a phone runs, and all that the page is made of."""

from functools import cache

from tourism.web.assets import STATIC, TEMPLATES, fingerprint

_PARTS = ((STATIC / "js" / "gate", "*.js"), (STATIC / "vendor" / "zxing-wasm", "*"))
_PAGE = (TEMPLATES / "gate" / "show.html", TEMPLATES / "gate" / "sw.js")


@cache
def build() -> str:
    """A name for exactly these scripts, styles and decoder."""
    files = [file for folder, names in _PARTS for file in sorted(folder.rglob(names))]
    return fingerprint(b"".join(file.read_bytes() for file in (*files, *_PAGE) if file.is_file()))
