"""The words between phone and server: JSON to typed values, and answers to JSON.

`docs/gate.md` describes them. What does not fit is refused with a code that names the fault; a
phone cannot make the server fail.
"""

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Never, TypeVar

from flask import request

from tourism.admissions.judgement import Facts, Scan, verdict_of
from tourism.admissions.models import Outcome, Via
from tourism.admissions.operations import Answer
from tourism.core import base32
from tourism.tickets.errors import BadSignatureError, NotTicketError, UnknownKeyError
from tourism.tickets.tokens import read_token

VERSION = 1
LARGEST_BODY = 16_384
LARGEST_NUMBER = 2**31 - 1
LARGEST_PARTY = 255
LONGEST_CODE = 4_096  # a QR code holds no more; other people's codes are answered, not refused
REFERENCE = re.compile(f"[{base32.ALPHABET}]{{8}}")
T = TypeVar("T")


class WireError(Exception):
    """The phone said something that is not in the protocol; ``code`` names what."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Enrol:
    code: str
    name: str
    build: str


@dataclass(frozen=True, slots=True)
class Ask:
    """A scan to judge now, and what the phone says of itself.

    ``token`` is the text of a QR code; without one the scan's code is a typed reference.
    """

    scan: Scan
    token: str | None
    build: str
    clock: datetime


def read_enrol() -> Enrol:
    """The body of an enrolment. Raises WireError."""
    body = _body()
    return Enrol(
        code=_text(body, "code", 40),
        name=_text(body, "name", 80, default=""),
        build=_text(body, "build", 24, default=""),
    )


def read_ask() -> Ask:
    """The body of an online scan, its code not yet looked at. Raises WireError."""
    body = _body()
    event = _object(body, "event")
    if event.get("mode") != "ask":
        _refuse("mode")
    if event.get("dir", "in") != "in":
        _refuse("dir")
    _instant(event, "at")
    token = _optional(event, "token", lambda: _read(event, "token"))
    scan = Scan(
        id=_uuid(event),
        seq=_number(event, "seq", 0, LARGEST_NUMBER),
        code=_read(event, "code") if token is None else token,
        people=_optional(event, "n", lambda: _number(event, "n", 1, LARGEST_PARTY)),
        via=_via(event),
        override=_optional(event, "override", lambda: _text(event, "override", 80)),
    )
    return Ask(scan, token, _text(body, "build", 24, default=""), _instant(body, "clock"))


def identified(ask: Ask, keys: Mapping[int, bytes]) -> Scan:
    """The scan with the ticket or booking its code names. Raises one of BAD_CODES."""
    if ask.token is not None:
        return replace(ask.scan, ticket_id=read_token(keys, ask.token).ticket_id)
    reference = base32.as_typed(ask.scan.code)
    if not REFERENCE.fullmatch(reference):
        raise NotTicketError
    return replace(ask.scan, reference=reference, code=reference)


BAD_CODES = (NotTicketError, UnknownKeyError, BadSignatureError)


def bad_code(scan: Scan, error: Exception, now: datetime) -> Answer:
    """The verdict on a code that names no ticket: nobody was asked, nothing is kept."""
    outcome = Outcome(getattr(error, "code"))  # noqa: B009 - one of BAD_CODES
    return Answer(scan_id=scan.id, outcome=outcome, people=0, decided_at=now)


def answer_json(answer: Answer, now: datetime) -> dict[str, Any]:
    return {
        "id": answer.scan_id,
        "outcome": answer.outcome,
        "verdict": verdict_of(answer.outcome),
        "people": answer.people,
        "repeat": answer.is_repeat,
        "at": instant(answer.decided_at),
        "now": instant(now),
        "ticket": answer.ticket and _ticket_json(answer.ticket),
        "first": answer.first
        and {
            "at": instant(answer.first.at),
            "gate": answer.first.gate,
            "people": answer.first.people,
        },
        "minutes": answer.minutes,
        "way_m": None if answer.way_m is None else round(answer.way_m),
    }


def _ticket_json(ticket: Facts) -> dict[str, Any]:
    return {
        "id": ticket.ticket_id,
        "reference": ticket.reference,
        "starts_at": instant(ticket.starts_at),
        "ends_at": instant(ticket.ends_at),
        "party": ticket.party_size,
        "admitted": ticket.admitted,
        "left": ticket.left,
        "experience": ticket.experience,
        "place": ticket.spot.name,
    }


def instant(value: datetime) -> str:
    """2027-05-30T01:00:00Z."""
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _body() -> dict[str, Any]:
    request.max_content_length = LARGEST_BODY
    try:
        body = request.get_json(force=True, silent=False)
    except RecursionError:
        _refuse("json")
    if not isinstance(body, dict):
        _refuse("json")
    if body.get("v") != VERSION or body["v"] is True:
        _refuse("v")
    return body


def _object(source: dict[str, Any], name: str) -> dict[str, Any]:
    value = source.get(name)
    return value if isinstance(value, dict) else _refuse(name)


def _text(source: dict[str, Any], name: str, longest: int, default: str | None = None) -> str:
    """Printable text; blanks around it do not count."""
    value = source.get(name, default)
    if not isinstance(value, str) or len(value) > longest:
        _refuse(name)
    value = value.strip()
    # Surrogates and control characters could not be stored, or not be shown.
    if not value.isprintable() or (not value and default is None):
        _refuse(name)
    return value


def _read(event: dict[str, Any], name: str) -> str:
    """What was scanned or typed: any text at all, for the world is full of QR codes."""
    value = event.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_CODE:
        _refuse(name)
    return value


def _number(source: dict[str, Any], name: str, least: int, most: int) -> int:
    value = source.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        _refuse(name)
    return value


def _uuid(event: dict[str, Any]) -> str:
    value = event.get("id")
    try:
        return str(uuid.UUID(value)) if isinstance(value, str) else _refuse("id")
    except ValueError:
        _refuse("id")


def _instant(source: dict[str, Any], name: str) -> datetime:
    value = source.get(name)
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else _refuse(name)
        return found.astimezone(UTC) if found.tzinfo else _refuse(name)
    except (ValueError, OverflowError):
        _refuse(name)


def _via(event: dict[str, Any]) -> Via:
    try:
        return Via(str(event.get("via")))
    except ValueError:
        _refuse("via")


def _optional(source: dict[str, Any], name: str, read: Callable[[], T]) -> T | None:
    return None if source.get(name) is None else read()


def _refuse(code: str) -> Never:
    raise WireError(code)
