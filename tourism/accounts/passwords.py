"""Argon2id hashes (RFC 9106) with the library's recommended parameters."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

SHORTEST = 10
_hasher = PasswordHasher()
_DUMMY = _hasher.hash("nobody has this password")


def hash_password(password: str) -> str:
    return _hasher.hash(password)


def check_password(password_hash: str | None, password: str) -> bool:
    """Whether it fits. Without a hash (no such person) it takes as long and says no."""
    try:
        return _hasher.verify(password_hash or _DUMMY, password) and password_hash is not None
    except (VerifyMismatchError, InvalidHashError):
        return False
