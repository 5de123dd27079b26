"""People to try the site with, each with a password that is shown once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from tourism.accounts.models import Role
from tourism.accounts.operations import register
from tourism.accounts.passwords import random_password
from tourism.audit.operations import SYSTEM
from tourism.experiences.models import Membership, Operator


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody to sign in as. The password is known only here, at the moment of making."""

    email: str
    role: Role
    name: str
    password: str


def add_people(
    session: Session,
    entries: Sequence[Mapping[str, Any]],
    operators: Mapping[str | None, Operator | None],
    now: datetime,
) -> list[DemoPerson]:
    people = []
    for entry in entries:
        person = DemoPerson(entry["email"], Role(entry["role"]), entry["name"], random_password())
        user = register(
            session,
            email=person.email,
            name=person.name,
            password=person.password,
            role=person.role,
            now=now,
            actor=SYSTEM,
        )
        user.sample = True
        if operator := operators[entry.get("operator")]:
            session.add(Membership(operator=operator, user=user))
        people.append(person)
    return people
