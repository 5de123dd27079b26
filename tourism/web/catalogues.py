"""Message catalogues: compiled from the committed .po files when a process starts.

The compiled files lie in the instance folder, named after the source's hash, so an installed
package needs no build step and a stale compilation cannot be read.
"""

import hashlib
import os
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCES = Path(__file__).parent.parent / "translations"


def compiled_catalogues(instance: Path) -> Path:
    """The folder that Flask-Babel reads, made where it is missing."""
    sources = sorted(SOURCES.glob("*/LC_MESSAGES/messages.po"))
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]
    folder = instance / "translations" / digest
    for source in sources:
        target = folder / source.relative_to(SOURCES).with_suffix(".mo")
        if not target.exists():
            _compile(source, target)
    return folder


def _compile(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb") as po:
        catalogue = read_po(po)
    half = target.with_suffix(f".{os.getpid()}")
    with half.open("wb") as mo:
        write_mo(mo, catalogue)
    half.replace(target)  # whole or not at all, also with several processes starting
