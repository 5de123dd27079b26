"""Crockford's base32 (https://www.crockford.com/base32.html), upper case, without check symbol.

Used for ticket codes and for every code that a person types: it has no I, L, O or U, so that a
steward who hears or reads a code wrong still lands on the right letter.
"""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES = {letter: value for value, letter in enumerate(ALPHABET)}
_TYPED = str.maketrans({"I": "1", "L": "1", "O": "0", "-": "", " ": ""})


def encode(data: bytes) -> str:
    """Bytes to text; the last letter is padded with zero bits on the right."""
    bits = len(data) * 8
    letters = -(-bits // 5)
    number = int.from_bytes(data, "big") << (letters * 5 - bits)
    return "".join(ALPHABET[number >> shift & 31] for shift in range((letters - 1) * 5, -1, -5))


def decode(text: str) -> bytes:
    """Text to bytes, strictly. Raises ValueError on another letter, length or padding bit."""
    number = 0
    for letter in text:
        if letter not in _VALUES:
            raise ValueError("not a base32 letter")
        number = number << 5 | _VALUES[letter]
    spare = len(text) * 5 % 8
    if spare >= 5 or number & ((1 << spare) - 1):
        raise ValueError("not canonical base32")
    return (number >> spare).to_bytes(len(text) * 5 // 8, "big")


def as_typed(text: str) -> str:
    """What a person typed, as the code it means: upper case, no hyphens, O→0, I and L→1."""
    return text.strip().upper().translate(_TYPED)


def random_code(letters: int) -> str:
    """A code of that many letters from the system's random source (five bits a letter)."""
    bits = secrets.randbits(letters * 5)
    return "".join([ALPHABET[bits >> shift & 31] for shift in range(0, letters * 5, 5)])
