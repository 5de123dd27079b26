"""Operators, experiences and slots, with workable defaults."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from tests.factories.destination import in_all, make_place
from tourism.audit.operations import SYSTEM
from tourism.core.clock import now
from tourism.experiences.ceilings import set_ceiling
from tourism.experiences.models import (
    Ceiling,
    CeilingKind,
    Experience,
    ExperienceKind,
    Operator,
    Slot,
    Unit,
)


def make_operator(session: Session, slug: str = "test-farm", **values: Any) -> Operator:
    operator = Operator(**{"slug": slug, "name": in_all("试验农场")} | values)
    session.add(operator)
    session.flush()
    return operator


def make_experience(session: Session, slug: str = "test-picking", **values: Any) -> Experience:
    """An experience with adult, child and infant units, at a place and operator of its own."""
    defaults: dict[str, Any] = {
        "slug": slug,
        "kind": ExperienceKind.PICKING,
        "name": in_all("试验采摘"),
        "summary": in_all("摘一篮试验樱桃"),
        "crop": "cherry",
        "largest_party": 20,
        "stay": timedelta(hours=2),
        "booking_cutoff": timedelta(0),
        "cancel_cutoff": timedelta(hours=2),
        "days_ahead": 14,
        "units": [_unit("adult", 0), _unit("child", 1), _unit("infant", 2, comes_alone=False)],
    }
    if "operator" not in values:
        values["operator"] = make_operator(session, f"{slug}-farm")
    if "place" not in values:
        values["place"] = make_place(session, f"{slug}-place")
    experience = Experience(**defaults | values)
    session.add(experience)
    session.flush()
    return experience


def make_slot(session: Session, experience: Experience, starts_at: datetime, **values: Any) -> Slot:
    defaults: dict[str, Any] = {
        "experience": experience,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=1),
        "capacity": 10,
    }
    slot = Slot(**defaults | values)
    session.add(slot)
    session.flush()
    return slot


def make_ceiling(session: Session, capacity: int, **values: Any) -> Ceiling:
    """A car park for so many people a day, above everything."""
    defaults: dict[str, Any] = {
        "kind": CeilingKind.DAY,
        "name": in_all("停车场"),
        "now": now(),
        "actor": SYSTEM,
    }
    ceiling = set_ceiling(session, capacity=capacity, **defaults | values)
    session.commit()
    return ceiling


def _unit(code: str, rank: int, **values: Any) -> Unit:
    return Unit(code=code, name=in_all(code), hint={}, rank=rank, **values)
