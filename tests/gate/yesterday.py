"""What phones of the released build send, written down by hand from docs/gate.md.

Phones that lie in a drawer over the winter come back with it: these messages never change, and
today's server must take them.
"""

import uuid
from datetime import datetime
from typing import Any

BUILD = "6f1e0c2b9d4a"


def enrolment(code: str) -> dict[str, Any]:
    return {"v": 1, "code": code, "name": "红手机", "build": BUILD}


def asked_scan(*, token: str, at: datetime, **more: Any) -> dict[str, Any]:
    event = {
        "id": str(uuid.uuid4()),
        "seq": 1,
        "token": token,
        "n": None,
        "dir": "in",
        "gate": "east",
        "at": _instant(at),
        "mode": "ask",
        "verdict": None,
        "via": "qr",
        "override": None,
    }
    return event | more


def told_scan(*, token: str, people: int, at: datetime, **more: Any) -> dict[str, Any]:
    done = {"mode": "done", "verdict": "ok", "n": people}
    return asked_scan(token=token, at=at, **done | more)


def refusal(*, code: str, at: datetime) -> dict[str, Any]:
    more = {"dir": None, "n": None, "verdict": "used", "via": "code", "code": code, "seq": 2}
    event = told_scan(token="", people=1, at=at, **more)
    del event["token"]
    return event


def undo(scan_id: str, at: datetime) -> dict[str, Any]:
    event = {"id": str(uuid.uuid4()), "seq": 3, "dir": "undo", "scan": scan_id}
    return event | {"at": _instant(at), "mode": "done"}


def sale(*, slot: int, unit: int, at: datetime, mode: str = "ask") -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "seq": 4,
        "dir": "in",
        "via": "walk_in",
        "mode": mode,
        "verdict": "ok",
        "at": _instant(at),
        "slot": slot,
        "party": {str(unit): 2},
        "n": 2,
        "language": "zh-Hans",
        "gate": "east",
    }


def asking(event: dict[str, Any], at: datetime) -> dict[str, Any]:
    return {"v": 1, "build": BUILD, "clock": _instant(at), "event": event}


def syncing(scans: list[dict[str, Any]], at: datetime, **more: Any) -> dict[str, Any]:
    known = {"v": 1, "build": BUILD, "clock": _instant(at), "cursor": "", "waiting": 0}
    return known | {"scans": scans} | more


def _instant(at: datetime) -> str:
    return at.isoformat()
