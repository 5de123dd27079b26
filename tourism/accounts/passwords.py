"""Argon2id hashes (RFC 9106) with the library's recommended parameters, and what is too weak."""

import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from tourism.accounts.errors import WeakPasswordError
from tourism.core import base32

SHORTEST = 10
LONGEST = 200
_hasher = PasswordHasher()

# The worst of those that are long enough to pass; capitals do not disguise them.
_COMMON = frozenset(
    """
    1234567890 0123456789 0987654321 9876543210 12345678910 123456789a a123456789 1234567891
    1234512345 1122334455 1111111111 0000000000 5201314520 1qaz2wsx3edc 1q2w3e4r5t 1q2w3e4r5t6y
    qwertyuiop qwerty12345 qwerty123456 qwertyuiop123 asdfghjkl123 zxcvbnm123 abcdefghij
    abc1234567 abc123456789 abcd123456 abcd12345678 qq123456789 aa123456789 woaini1314 woaini520
    woaini1314520 iloveyou123 password12 password123 password1234 password12345 passw0rd123
    p@ssw0rd123 p@ssword123 admin12345 admin123456 admin888888 administrator welcome123
    welcome1234 letmein123 changeme123
    """.split()  # noqa: SIM905 - a list of words reads better than a list of quotes
)


def hash_password(password: str) -> str:
    return _hasher.hash(_one_form(password))


def check_password(password_hash: str | None, password: str) -> bool:
    """Whether it fits. Without a hash (no such person) it takes as long and says no."""
    try:
        fits = _hasher.verify(password_hash or _dummy(), _one_form(password))
    except (VerificationError, InvalidHashError):
        return False
    return fits and password_hash is not None


@cache
def _dummy() -> str:
    """Made when first needed: a hash takes longer than all else at the start of a command."""
    return _hasher.hash("nobody has this password")


def is_outdated(password_hash: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def random_password() -> str:
    """80 random bits in letters that can be read out: four groups of four."""
    code = base32.random_code(16).lower()
    return "-".join(code[start : start + 4] for start in range(0, 16, 4))


def refuse_weak(password: str, *personal: str) -> None:
    """Raise WeakPasswordError for one that is short, common, or the person's own name or email."""
    if not SHORTEST <= len(_one_form(password)) <= LONGEST:
        raise WeakPasswordError(weakness="short" if len(password) <= LONGEST else "long")
    folded = _one_form(password).casefold()
    if folded in _COMMON or len(set(folded)) < 4:
        raise WeakPasswordError(weakness="common")
    if any(_is_made_of(folded, each.casefold()) for each in personal):
        raise WeakPasswordError(weakness="personal")


def _is_made_of(password: str, own: str) -> bool:
    """Whether the password is that name or address, or its part before the @, with a few signs."""
    parts = {own, own.partition("@")[0], own.replace(" ", "")}
    return any(
        len(part) >= 2 and part in password and len(password) - len(part) < 5 for part in parts
    )


def _one_form(password: str) -> str:
    # Keyboards differ in how they send the same letter (é, full-width digits).
    return unicodedata.normalize("NFKC", password)
