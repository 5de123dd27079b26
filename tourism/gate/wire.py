"""The words between phone and server: JSON to typed values, and answers to JSON.

`docs/gate.md` describes them. What does not fit is refused with a code that names the fault; a
phone cannot make the server fail.
"""

import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Never, TypeVar

from flask import request

from tourism.admissions.conflicts import Conflict
from tourism.admissions.judgement import Facts, Scan, verdict_of
from tourism.admissions.manifest import Changes, Row, SlotFacts
from tourism.admissions.models import Direction, Outcome, Via
from tourism.admissions.offline import Kept, Told
from tourism.admissions.operations import Answer
from tourism.admissions.presence import Presence
from tourism.admissions.queries import FirstAdmission
from tourism.admissions.search import TAIL, Found
from tourism.admissions.undos import TakenBack
from tourism.bookings.on_the_spot import SpotOffer
from tourism.core import base32
from tourism.core.languages import LANGUAGES
from tourism.core.money import Money
from tourism.experiences.models import Unit
from tourism.tickets.errors import BadSignatureError, NotTicketError, UnknownKeyError
from tourism.tickets.tokens import read_token

VERSION = 1
UNDO = "undo"
LARGEST_BODY = 16_384
LARGEST_SYNC = 262_144
LARGEST_BATCH = 100
LONGEST_CURSOR = 40
LARGEST_NUMBER = 2**31 - 1
LARGEST_PARTY = 255
LONGEST_UNIT = 9
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


@dataclass(frozen=True, slots=True)
class Sale:
    """A party on the spot, and the scan that lets it in; its ticket is made with it."""

    told: Told
    slot_id: int
    party: Mapping[int, int]  # how many of each unit, by its id
    language: str

    @property
    def id(self) -> str:
        return self.told.id


@dataclass(frozen=True, slots=True)
class Sync:
    """What a phone tells and asks. ``rejected``: scans that could not be read, by id and why."""

    build: str
    clock: datetime
    cursor: str
    waiting: int
    battery: int | None
    scans: Sequence[tuple[Told, str | None]]  # each with the text of its QR code
    undos: Sequence[TakenBack]
    sales: Sequence[Sale]
    rejected: Mapping[str, str]


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
    if event.get("dir", "in") not in tuple(Direction):
        _refuse("dir")
    _instant(event, "at")
    scan, token = _scan(event)
    return Ask(scan, token, _text(body, "build", 24, default=""), _instant(body, "clock"))


def _scan(event: dict[str, Any]) -> tuple[Scan, str | None]:
    """The scan, and the text of its QR code if there was one."""
    token = _optional(event, "token", lambda: _read(event, "token"))
    scan = Scan(
        id=_uuid(event, "id"),
        seq=_number(event, "seq", 0, LARGEST_NUMBER),
        code=_read(event, "code") if token is None else token,
        people=_optional(event, "n", lambda: _number(event, "n", 1, LARGEST_PARTY)),
        via=_via(event),
        override=_optional(event, "override", lambda: _text(event, "override", 80)),
        direction=Direction.OUT if event.get("dir") == Direction.OUT else Direction.IN,
    )
    return scan, token


def read_sync() -> Sync:
    """The body of a sync. Raises WireError; one scan that cannot be read spoils no other."""
    body = _body(LARGEST_SYNC)
    events = body.get("scans", [])
    if not isinstance(events, list) or len(events) > LARGEST_BATCH:
        _refuse("scans")
    scans: list[tuple[Told, str | None]] = []
    undos: list[TakenBack] = []
    sales: list[Sale] = []
    rejected: dict[str, str] = {}
    for event in events:
        try:
            if isinstance(event, dict) and event.get("dir") == UNDO:
                undos.append(_taken_back(event))
            elif isinstance(event, dict) and event.get("via") == Via.WALK_IN:
                sales.append(_sale(event))
            else:
                scans.append(_told(event))
        except WireError as error:
            rejected[_name(event)] = error.code
    return Sync(
        build=_text(body, "build", 24, default=""),
        clock=_instant(body, "clock"),
        cursor=_text(body, "cursor", LONGEST_CURSOR, default=""),
        waiting=_number(body, "waiting", 0, LARGEST_NUMBER),
        battery=_optional(body, "battery", lambda: _number(body, "battery", 0, 100)),
        scans=scans,
        undos=undos,
        sales=sales,
        rejected=rejected,
    )


def _told(event: object) -> tuple[Told, str | None]:
    if not isinstance(event, dict):
        _refuse("scan")
    if event.get("mode") != "done":
        _refuse("mode")
    if event.get("dir") not in (None, *Direction):
        _refuse("dir")
    scan, token = _scan(event)
    told = Told(
        scan=scan,
        at=_instant(event, "at"),
        people=_number(event, "n", 1, LARGEST_PARTY) if event.get("dir") else 0,
        verdict=_verdict(event),
        gate=_optional(event, "gate", lambda: _text(event, "gate", 80)),
    )
    return told, token


def read_search() -> str:
    """The last digits of a phone number. Raises WireError."""
    tail = _text(_body(), "tail", TAIL)
    return tail if re.fullmatch(f"[0-9]{{{TAIL}}}", tail) else _refuse("tail")


def found_json(found: Found) -> dict[str, Any]:
    return {
        "reference": found.reference,
        "initial": found.initial,
        "party": found.party_size,
        "inside": found.inside,
        "starts_at": instant(found.starts_at),
        "ends_at": instant(found.ends_at),
        "experience": found.experience,
    }


def read_walk_in() -> Sale:
    """The body of a sale to a party that stands at the gate. Raises WireError."""
    body = _body()
    return _sale(_object(body, "event"))


def _sale(event: dict[str, Any]) -> Sale:
    party = _object(event, "party")
    scan = Scan(
        id=_uuid(event, "id"),
        seq=_number(event, "seq", 0, LARGEST_NUMBER),
        code="",
        via=Via.WALK_IN,
    )
    gate = _optional(event, "gate", lambda: _text(event, "gate", 80))
    return Sale(
        told=Told(scan=scan, at=_instant(event, "at"), people=0, verdict=Outcome.OK, gate=gate),
        slot_id=_number(event, "slot", 1, LARGEST_NUMBER),
        party={_unit(name): _number(party, name, 1, LARGEST_PARTY) for name in party},
        language=_language(event),
    )


def _unit(name: str) -> int:
    if not name.isascii() or not name.isdigit() or len(name) > LONGEST_UNIT:
        _refuse("party")
    return int(name)


def _language(event: dict[str, Any]) -> str:
    value = _text(event, "language", 12)
    return value if value in LANGUAGES else _refuse("language")


def _taken_back(event: dict[str, Any]) -> TakenBack:
    return TakenBack(id=_uuid(event, "id"), scan_id=_uuid(event, "scan"), at=_instant(event, "at"))


def _verdict(event: dict[str, Any]) -> Outcome:
    try:
        return Outcome(str(event.get("verdict")))
    except ValueError:
        _refuse("verdict")


def _name(event: object) -> str:
    """What the phone will know an unreadable scan by."""
    return str(event.get("id"))[:80] if isinstance(event, dict) else ""


def identified(ask: Ask, keys: Mapping[int, bytes]) -> Scan:
    """The scan with the ticket or booking its code names. Raises one of BAD_CODES."""
    return _identified(ask.scan, ask.token, keys)


def told_scans(sync: Sync, keys: Mapping[int, bytes]) -> Sequence[Told]:
    """The scans with what their codes name. One that names nothing is kept all the same."""
    return [replace(told, scan=_named(told.scan, token, keys)) for told, token in sync.scans]


def _named(scan: Scan, token: str | None, keys: Mapping[int, bytes]) -> Scan:
    try:
        return _identified(scan, token, keys)
    except BAD_CODES:
        return scan


def _identified(scan: Scan, token: str | None, keys: Mapping[int, bytes]) -> Scan:
    if token is not None:
        signed = read_token(keys, token)
        return replace(scan, ticket_id=signed.ticket_id, signed=signed)
    reference = base32.as_typed(scan.code)
    if not REFERENCE.fullmatch(reference):
        raise NotTicketError
    return replace(scan, reference=reference, code=reference)


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
        "first": _first_json(answer.first),
        "minutes": answer.minutes,
        "way_m": None if answer.way_m is None else round(answer.way_m),
    }


def _first_json(first: FirstAdmission | None) -> dict[str, Any] | None:
    if first is None:
        return None
    return {"at": instant(first.at), "gate": first.gate, "people": first.people}


def kept_json(kept: Kept) -> dict[str, Any]:
    if kept.outcome is None:
        return {"outcome": "rejected", "reason": "failed"}
    first = _first_json(kept.first)
    return {"outcome": kept.outcome, "repeat": kept.is_repeat} | ({"first": first} if first else {})


def rejected_json(reason: str) -> dict[str, Any]:
    return {"outcome": "rejected", "reason": reason}


def changes_json(changes: Changes) -> dict[str, Any]:
    rows = changes.rows
    return {
        "cursor": changes.cursor,
        "whole": changes.is_whole,
        "changes": [_row_json(row) for row in rows],
        "slots": [_slot_json(slot) for slot in changes.slots],
        "called_off": changes.called_off,
        "units": changes.units,
    }


def _row_json(row: Row) -> list[Any]:
    """Phones of an earlier build read the first six."""
    known = [row.ticket_id, row.slot_id, row.party_size, row.status, row.admitted, row.reference]
    return [*known, row.away, row.units, _money_json(row.due)]


def _money_json(money: Money | None) -> list[Any] | None:
    return None if money is None else [money.amount, money.currency]


def offers_json(offers: Sequence[SpotOffer]) -> dict[str, Any]:
    """What may be sold on the spot: slots, and the units of their experiences."""
    experiences = {each.slot.experience_id: each.slot.experience for each in offers}
    return {
        "slots": [
            {
                "id": each.slot.id,
                "experience": each.slot.experience_id,
                "starts_at": instant(each.slot.starts_at),
                "ends_at": instant(each.slot.ends_at),
                "left": each.left,
                "mine": each.mine,
            }
            for each in offers
        ],
        "experiences": {
            number: {
                "name": each.name,
                "largest": each.largest_party,
                "units": [_unit_json(unit) for unit in each.units],
            }
            for number, each in experiences.items()
        },
    }


def _unit_json(unit: Unit) -> dict[str, Any]:
    price = _money_json(unit.price)
    return {"id": unit.id, "name": unit.name, "price": price, "alone": unit.comes_alone}


def presence_json(presence: Presence) -> dict[str, Any]:
    return {
        "people": presence.people,
        "slots": presence.slots,
        "ceilings": [
            {"name": each.name, "capacity": each.capacity, "people": each.people}
            for each in presence.ceilings
        ],
    }


def _slot_json(slot: SlotFacts) -> dict[str, Any]:
    return {
        "id": slot.id,
        "starts_at": instant(slot.starts_at),
        "ends_at": instant(slot.ends_at),
        "experience": slot.experience,
        "place": slot.place,
        "here": slot.is_here,
        "way_m": None if slot.way_m is None else round(slot.way_m),
    }


def alert_json(conflict: Conflict) -> dict[str, Any]:
    return {
        "id": conflict.id,
        "kind": conflict.kind,
        "ticket": conflict.ticket_id,
        "reference": conflict.reference,
        "people": conflict.people,
        "at": instant(conflict.too_many[0].scanned_at),
        "gates": [scan.gate.name for scan in conflict.scans],
    }


def _ticket_json(ticket: Facts) -> dict[str, Any]:
    return {
        "id": ticket.ticket_id,
        "reference": ticket.reference,
        "starts_at": instant(ticket.starts_at),
        "ends_at": instant(ticket.ends_at),
        "party": ticket.party_size,
        "admitted": ticket.admitted,
        "away": ticket.away,
        "left": ticket.left,
        "slot": ticket.slot_id,
        "units": ticket.units,
        "due": _money_json(ticket.due),
        "closed": ticket.closed,
        "experience": ticket.experience,
        "place": ticket.spot.name,
    }


def instant(value: datetime) -> str:
    """2027-05-30T01:00:00Z."""
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _body(largest: int = LARGEST_BODY) -> dict[str, Any]:
    request.max_content_length = largest
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


def _uuid(event: dict[str, Any], name: str) -> str:
    value = event.get(name)
    try:
        return str(uuid.UUID(value)) if isinstance(value, str) else _refuse(name)
    except ValueError:
        _refuse(name)


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
