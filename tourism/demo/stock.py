"""Sample operators, what can be booked with them, and their gates."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from tourism.admissions.models import Gate
from tourism.destination.models import Destination, Place
from tourism.experiences.models import Experience, ExperienceKind, Operator, Unit
from tourism.festivals.models import Festival


def add_operators(
    session: Session, entries: Sequence[Mapping[str, Any]]
) -> dict[str | None, Operator | None]:
    """By slug; None stands for no operator."""
    operators: dict[str | None, Operator | None] = {None: None}
    for entry in entries:
        operator = Operator(
            slug=entry["id"], name=entry["name"], phone=entry.get("phone"), sample=True
        )
        session.add(operator)
        operators[entry["id"]] = operator
    return operators


def add_experiences(
    session: Session,
    content: Mapping[str, Any],
    destination: Destination,
    operators: Mapping[str | None, Operator | None],
    places: Mapping[str, Place],
    festivals: Mapping[str, Festival],
    days_ahead: int,
) -> None:
    for entry in content["experiences"]:
        units = _units(content["units"], entry["prices"], destination.currency)
        experience = Experience(
            slug=entry["id"],
            kind=ExperienceKind(entry["kind"]),
            operator=operators[entry["operator"]],
            place=places[entry["place"]],
            festival=festivals.get(entry.get("festival") or ""),
            crop=entry.get("crop"),
            name=entry["name"],
            summary=entry["summary"],
            stay=timedelta(minutes=entry["stay_minutes"]),
            booking_cutoff=timedelta(minutes=15),
            cancel_cutoff=timedelta(hours=2),
            days_ahead=days_ahead,
            all_day="opens" in entry,
            units=units,
            sample=True,
        )
        session.add(experience)


def _units(
    entries: Sequence[Mapping[str, Any]], prices: Mapping[str, int], currency: str
) -> list[Unit]:
    return [
        Unit(
            code=entry["code"],
            name=entry["name"],
            hint=entry.get("hint") or {},
            price_amount=prices[entry["code"]],
            price_currency=currency,
            comes_alone=entry["comes_alone"],
            rank=rank,
            sample=True,
        )
        for rank, entry in enumerate(entries)
        if entry["code"] in prices
    ]


def add_gates(
    session: Session,
    entries: Sequence[Mapping[str, Any]],
    operators: Mapping[str | None, Operator | None],
    places: Mapping[str, Place],
) -> None:
    for entry in entries:
        gate = Gate(
            slug=entry["id"],
            name=entry["name"],
            operator=operators[entry.get("operator")],
            place=places[entry["place"]],
            sample=True,
        )
        session.add(gate)
