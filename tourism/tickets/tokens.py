"""The text inside a QR code: 22 bytes about a ticket and their signature, as `OG1…`.

    0      version (high half) and kind (low half)
    1      number of the key
    2-11   ticket id              12-14  slot id
    15-18  start, in minutes since 1970 (UTC)
    19-20  length in minutes      21     party size
    22-85  Ed25519 over a fixed prefix and bytes 0 to 21

All numbers are big-endian. `static/js/gate/models/token.js` reads the same; both are held to
`tests/gate/token_vectors.json`. The format's description is `docs/ticket-format.md`.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tourism.core import base32
from tourism.tickets.errors import BadSignatureError, NotTicketError, UnknownKeyError
from tourism.tickets.keys import TicketKeys
from tourism.tickets.models import Ticket

MAGIC = "OG1"
VERSION = 1
PARTY_TICKET = 1  # the only kind so far; a gate must not admit on a kind it does not know
CHARACTERS = 141
_BODY = struct.Struct(">BB10s3sIHB")
_PREFIX = b"orchard-ticket-v1\0"  # a signature made for anything else can never pass for a ticket
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What a ticket's text says."""

    kind: int
    key_id: int
    ticket_id: str
    slot_id: int
    starts_at: datetime
    length: timedelta
    party_size: int

    @classmethod
    def of(cls, ticket: Ticket) -> Self:
        return cls(
            kind=PARTY_TICKET,
            key_id=ticket.key_id,
            ticket_id=ticket.id,
            slot_id=ticket.slot_id,
            starts_at=ticket.starts_at,
            length=ticket.ends_at - ticket.starts_at,
            party_size=ticket.party_size,
        )

    def pack(self) -> bytes:
        """The 22 bytes that are signed. Raises struct.error or OverflowError out of range."""
        return _BODY.pack(
            VERSION << 4 | self.kind,
            self.key_id,
            base32.decode(self.ticket_id),
            self.slot_id.to_bytes(3, "big"),
            (self.starts_at - _EPOCH) // _MINUTE,
            self.length // _MINUTE,
            self.party_size,
        )

    @classmethod
    def unpack(cls, body: bytes) -> Self:
        """The 22 bytes of a ticket that we signed."""
        first, key_id, ticket_id, slot_id, start, length, party_size = _BODY.unpack(body)
        return cls(
            kind=first & 15,
            key_id=key_id,
            ticket_id=base32.encode(ticket_id),
            slot_id=int.from_bytes(slot_id, "big"),
            starts_at=_EPOCH + start * _MINUTE,
            length=length * _MINUTE,
            party_size=party_size,
        )


def sign_ticket(keys: TicketKeys, ticket: Ticket) -> str:
    """The text for the ticket's QR code: the same each time, as long as its key is kept."""
    token = Token.of(ticket)
    return sign_token(keys, replace(token, key_id=keys.signing_id(token.key_id)))


def sign_token(keys: TicketKeys, token: Token) -> str:
    """The token as signed text."""
    body = token.pack()
    return MAGIC + base32.encode(body + keys.private[token.key_id].sign(_PREFIX + body))


def read_token(public_keys: Mapping[int, bytes], text: str) -> Token:
    """What the text says, once its signature is known to be good.

    Raises NotTicketError, UnknownKeyError or BadSignatureError. Asks nobody: a forged code costs
    no query.
    """
    data = _decoded(text)
    body, signature = data[: _BODY.size], data[_BODY.size :]
    key_id = body[1]
    if key_id not in public_keys:
        raise UnknownKeyError(key_id=key_id)
    try:
        _public_key(public_keys[key_id]).verify(signature, _PREFIX + body)
    except InvalidSignature as error:
        raise BadSignatureError from error
    return Token.unpack(body)  # not before: a forged start may lie beyond the calendar


@lru_cache(maxsize=8)
def _public_key(raw: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(raw)


def _decoded(text: str) -> bytes:
    if len(text) != CHARACTERS or not text.startswith(MAGIC):
        raise NotTicketError
    try:
        data = base32.decode(text[len(MAGIC) :])
    except ValueError as error:
        raise NotTicketError from error
    if data[0] != VERSION << 4 | PARTY_TICKET:
        raise NotTicketError
    return data
