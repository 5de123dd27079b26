"""Addresses of electronic mail as they are kept and compared."""

import re
import unicodedata

from tourism.accounts.errors import EmailInvalidError

LONGEST = 254
# Only mail itself can prove an address; this refuses what cannot be one.
_SHAPE = re.compile(r"[^@\s\x00-\x1f\x7f]{1,64}@[^@\s.\x00-\x1f\x7f]+(\.[^@\s.\x00-\x1f\x7f]+)+")


def normal_email(text: str) -> str:
    """The address in its one form: trimmed, full-width letters and capitals made plain.

    Raises EmailInvalidError for what cannot be an address.
    """
    email = folded_email(text)
    if len(email) > LONGEST or not _SHAPE.fullmatch(email):
        raise EmailInvalidError
    return email


def folded_email(text: str) -> str:
    """The same without judging, for looking somebody up."""
    return unicodedata.normalize("NFKC", text).strip().lower()
