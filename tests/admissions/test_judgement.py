"""The rules of the gate, by the cases that the phone's own rules are held to as well."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tourism.admissions.judgement import (
    Device,
    Facts,
    Scan,
    Spot,
    Verdict,
    judge,
    minutes_off,
    verdict_of,
)
from tourism.admissions.models import Direction
from tourism.core.geo import Position
from tourism.destination.models import Accuracy
from tourism.tickets.models import TicketStatus

CASES = json.loads((Path(__file__).parents[1] / "gate" / "scan_cases.json").read_text("utf-8"))
SPOT = Spot(name={}, position=Position(34.8, 119.0), accuracy=Accuracy.SCHEMATIC, accuracy_m=0)
DEVICE = Device(
    id=1,
    build="",
    last_seen_at=None,
    is_revoked=False,
    gate_id=1,
    gate_slug="east",
    gate_name={},
    operator_id=1,
    place_id=1,
    spot=SPOT,
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_judges_as_the_phone_does(case: dict[str, Any]) -> None:
    ticket, now = _ticket(case["ticket"]), datetime.fromisoformat(case["now"])
    asked = {"direction": Direction(case["scan"].get("dir", "in"))}
    asked |= {name: case["scan"][name] for name in ("people", "override")}
    scan = Scan(id="x", seq=1, code="", **asked)
    outcome = judge(ticket, DEVICE, scan, now)
    verdict = verdict_of(outcome)
    whole = {Verdict.ADMIT: ticket.left, Verdict.LEAVE: ticket.inside}
    people = (scan.people or whole[verdict]) if verdict in whole else 0
    assert {
        "outcome": outcome.value,
        "people": people,
        "minutes": minutes_off(ticket, now),
    } == case["expected"]


def _ticket(told: dict[str, Any]) -> Facts:
    return Facts(
        ticket_id="T",
        reference="R",
        status=TicketStatus(told["status"]),
        starts_at=datetime.fromisoformat(told["starts_at"]),
        ends_at=datetime.fromisoformat(told["ends_at"]),
        party_size=told["party"],
        admitted=told["admitted"],
        away=told.get("away", 0),
        units="",
        due=None,
        closed=told.get("closed"),
        slot_id=7,
        operator_id=1 if told["here"] else 2,
        experience={},
        ended_at=None,
        spot=SPOT,
        zone=ZoneInfo("Asia/Shanghai"),
    )
