"""Addresses made of names."""

import re
import unicodedata
from collections.abc import Collection

LONGEST = 60


def slug_of(name: str, otherwise: str, taken: Collection[str]) -> str:
    """The name as part of an address, told from those taken by a number. A name without Latin
    letters gives the other word."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    start = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST].strip("-") or otherwise
    number, slug = 1, start
    while slug in taken:
        number += 1
        slug = f"{start}-{number}"
    return slug
