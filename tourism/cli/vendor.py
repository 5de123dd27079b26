"""Browser libraries: fetched from npm as locked in `tourism/browser`, copied into static/vendor.

Only the files that pages load are copied, each library with its licence. Nothing of this is
committed, and nothing is loaded from another host when the site runs.
"""

import gzip
import shutil
import subprocess
import tempfile
from pathlib import Path

import brotli
import click

from tourism.cli import node
from tourism.web.assets import PACKAGE, STATIC

LOCK = PACKAGE / "browser" / "package-lock.json"
VENDOR = STATIC / "vendor"
# library → file of ours → where npm has it
PARTS = {
    "leaflet": {
        "leaflet.js": "dist/leaflet.js",
        "leaflet.css": "dist/leaflet.css",
        "images": "dist/images",
        "LICENSE": "LICENSE",
    },
    "zxing-wasm": {
        "index.js": "dist/iife/reader/index.js",
        "zxing_reader.wasm": "dist/reader/zxing_reader.wasm",
        "LICENSE": "LICENSE",
    },
}
_KEPT_LOCK = "package-lock.json"
_COMPRESSED = (".js", ".css", ".wasm")


@click.command()
def vendor() -> None:
    """Fetch the browser libraries that pages load (once, or after an update)."""
    if is_current():
        compress(VENDOR)
        click.echo("The browser libraries are current.")
        return
    click.echo(f"Fetching {', '.join(PARTS)} from npm …")
    with tempfile.TemporaryDirectory() as folder:
        _fetch(Path(folder))
        _copy(Path(folder) / "node_modules")
    click.echo(f"The browser libraries are in {VENDOR}.")


def is_current() -> bool:
    """Whether the folder was filled by the present lock."""
    kept = VENDOR / _KEPT_LOCK
    return kept.is_file() and kept.read_bytes() == LOCK.read_bytes()


def _fetch(folder: Path) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(LOCK.with_name(name), folder)
    # A cache of its own: the home folder may be missing or closed to us.
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
    options = [*quiet, "--cache", str(folder / "cache")]
    try:
        npm = [*node.command("npm"), "ci", *options]
    except node.NodeMissingError as error:
        raise click.ClickException(str(error)) from error
    if subprocess.run(npm, cwd=folder, check=False).returncode:  # noqa: S603 - our words only
        raise click.ClickException("npm could not fetch the libraries; see its words above.")


def _copy(modules: Path) -> None:
    """Fill a new folder, then put it in the old one's place, so that none is half full."""
    with tempfile.TemporaryDirectory(dir=STATIC, prefix=".vendor-") as folder:
        made = Path(folder) / "vendor"
        for library, files in PARTS.items():
            for ours, theirs in files.items():
                _copy_one(modules / library / theirs, made / library / ours)
        compress(made)
        shutil.copy(LOCK, made / _KEPT_LOCK)
        shutil.rmtree(VENDOR, ignore_errors=True)
        made.rename(VENDOR)


def compress(folder: Path) -> None:
    """Put a `.br` and a `.gz` beside each file that is worth it, where there is none yet."""
    for file in folder.rglob("*"):
        if file.suffix not in _COMPRESSED or file.with_name(f"{file.name}.br").exists():
            continue
        content = file.read_bytes()
        file.with_name(f"{file.name}.gz").write_bytes(gzip.compress(content, 9, mtime=0))
        file.with_name(f"{file.name}.br").write_bytes(brotli.compress(content))


def _copy_one(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy(source, target)
