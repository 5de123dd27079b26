"""Makes tests/gate/token_vectors.json: tickets, good and bad, that every reader must judge alike.

    python -m tests.tickets.vectors

The seeds are for tests alone; Ed25519 gives the same signature each time, so the file is stable.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tourism.core import base32
from tourism.tickets.keys import TicketKeys
from tourism.tickets.tokens import MAGIC, PARTY_TICKET, Token, sign_token

FILE = Path(__file__).parents[1] / "gate" / "token_vectors.json"
KEYS = TicketKeys(2, 3, 1, {number: bytes([number] * 32) for number in (1, 2, 3)})
STRANGER = TicketKeys(9, 2, None, {9: bytes([9] * 32), 2: bytes([8] * 32)})
TOKEN = Token(
    kind=PARTY_TICKET,
    key_id=2,
    ticket_id="7K4M2Q9D0123WXYZ",
    slot_id=4711,
    starts_at=datetime(2027, 5, 30, 1, 0, tzinfo=UTC),
    length=timedelta(minutes=60),
    party_size=4,
)
LARGEST = Token(
    kind=PARTY_TICKET,
    key_id=3,
    ticket_id="ZZZZZZZZZZZZZZZZ",
    slot_id=2**24 - 1,
    starts_at=datetime(9999, 12, 31, 23, 59, tzinfo=UTC),
    length=timedelta(minutes=2**16 - 1),
    party_size=255,
)
SMALLEST = Token(
    kind=PARTY_TICKET,
    key_id=1,
    ticket_id="0000000000000000",
    slot_id=0,
    starts_at=datetime(1970, 1, 1, tzinfo=UTC),
    length=timedelta(0),
    party_size=1,
)
_GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493  # of Ed25519, RFC 8032


def vectors() -> dict[str, Any]:
    return {
        "about": "Made by tests/tickets/vectors.py. The format: docs/ticket-format.md.",
        "public_keys": {str(number): key.hex() for number, key in KEYS.public.items()},
        "good": [_good(*case) for case in _GOOD],
        "bad": [{"name": name, "text": text, "code": code} for name, text, code in _bad()],
    }


_GOOD = [
    ("signed with the current key", TOKEN),
    ("signed with the previous key", replace(TOKEN, key_id=1)),
    ("signed with the next key", replace(TOKEN, key_id=3)),
    ("every number at its largest", LARGEST),
    ("every number at its smallest", SMALLEST),
]


def _good(name: str, token: Token) -> dict[str, Any]:
    return {
        "name": name,
        "text": sign_token(KEYS, token),
        "kind": token.kind,
        "key_id": token.key_id,
        "ticket_id": token.ticket_id,
        "slot_id": token.slot_id,
        "starts_at": f"{token.starts_at:%Y-%m-%dT%H:%M:%SZ}",
        "length_minutes": token.length // timedelta(minutes=1),
        "party_size": token.party_size,
    }


def _bad() -> list[tuple[str, str, str]]:
    text = sign_token(KEYS, TOKEN)
    data = base32.decode(text[len(MAGIC) :])
    return [
        ("nothing", "", "not_ticket"),
        ("the magic alone", MAGIC, "not_ticket"),
        ("another code", "https://example.org/", "not_ticket"),
        ("another magic", "OG2" + text[3:], "not_ticket"),
        ("one letter short", text[:-1], "not_ticket"),
        ("one letter long", text + "0", "not_ticket"),
        ("five bytes long", MAGIC + base32.encode(data + bytes(5)), "not_ticket"),
        ("five bytes short", MAGIC + base32.encode(data[:-5]), "not_ticket"),
        ("a trailing space", text + " ", "not_ticket"),
        ("a leading space", " " + text, "not_ticket"),
        ("lower case", text.lower(), "not_ticket"),
        ("a letter outside the alphabet", text[:70] + "U" + text[71:], "not_ticket"),
        ("a letter people confuse", text[:70] + "O" + text[71:], "not_ticket"),
        ("a full-width letter", text[:70] + "Ａ" + text[71:], "not_ticket"),
        ("padding bits that are not zero", text[:-1] + _next_letter(text[-1]), "not_ticket"),
        ("another version, signed", _signed(b"\x21" + data[1:22]), "not_ticket"),
        ("another kind, signed", _signed(b"\x12" + data[1:22]), "not_ticket"),
        ("a key we do not have", sign_token(STRANGER, replace(TOKEN, key_id=9)), "unknown_key"),
        ("signed by a stranger", sign_token(STRANGER, TOKEN), "bad_signature"),
        ("a larger party", _flipped(data, 21, 1), "bad_signature"),
        ("one bit of the id", _flipped(data, 2, 128), "bad_signature"),
        ("a start beyond the calendar", _flipped(data, 15, 255), "bad_signature"),
        ("one bit of the signature's first half", _flipped(data, 22, 1), "bad_signature"),
        ("one bit of the signature's second half", _flipped(data, 85, 1), "bad_signature"),
        ("no signature", MAGIC + base32.encode(data[:22] + bytes(64)), "bad_signature"),
        ("signed without the prefix", _signed(data[:22], prefix=b""), "bad_signature"),
        ("a second form of the signature", _second_form(data), "bad_signature"),
    ]


def _next_letter(letter: str) -> str:
    return base32.ALPHABET[base32.ALPHABET.index(letter) + 1]


def _flipped(data: bytes, at: int, bit: int) -> str:
    return MAGIC + base32.encode(data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :])


def _signed(body: bytes, prefix: bytes = b"orchard-ticket-v1\0") -> str:
    return MAGIC + base32.encode(body + KEYS.private[2].sign(prefix + body))


def _second_form(data: bytes) -> str:
    """The signature with its second number raised by the group's order: equal in the group, but
    refused by careful verifiers, so that a ticket has one text only."""
    second = int.from_bytes(data[54:], "little") + _GROUP_ORDER
    return MAGIC + base32.encode(data[:54] + second.to_bytes(32, "little"))


def written() -> str:
    return json.dumps(vectors(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(written(), "utf-8")
