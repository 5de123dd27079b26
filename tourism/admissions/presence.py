"""How many people are inside now, from the scans of those who came and went.

A gate that does not scan people out still knows when they must have left: at the end of the
arrival window and the stay that follows it, as the ceilings count them too. People who were let in
twice are inside, so they count.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tourism.accounts.models import Role, User
from tourism.admissions.models import Admission, Direction
from tourism.admissions.queries import counts, gates_of
from tourism.core.languages import Texts
from tourism.destination.models import Place
from tourism.experiences.models import Ceiling, CeilingKind, Experience, Slot
from tourism.tickets.models import Ticket

_LONGEST = timedelta(days=2)  # from the beginning of a window to the end of the stay


@dataclass(frozen=True, slots=True)
class SlotPresence:
    """People of one slot who are inside."""

    slot_id: int
    starts_at: datetime
    ends_at: datetime
    stay: timedelta
    operator_id: int
    place_id: int
    experience: Texts
    people: int


@dataclass(frozen=True, slots=True)
class CeilingPresence:
    """People inside below a ceiling for people who are there at once."""

    name: Texts
    capacity: int
    people: int


@dataclass(frozen=True, slots=True)
class Presence:
    """What a gate shows: ``people`` are those of its own operator, or all."""

    people: int
    slots: Mapping[int, int]
    ceilings: Sequence[CeilingPresence]


def people_present(
    session: Session, *, now: datetime, operator_ids: Collection[int] | None = None
) -> Sequence[SlotPresence]:
    """The slots of whose parties somebody is inside, in order of time; of all operators, or of
    some."""
    inside = _inside(now)
    people = sa.cast(sa.func.sum(inside.c.people), sa.Integer)  # a sum of sums is no integer
    query = (
        sa.select(Slot.id, Slot.starts_at, Slot.ends_at, Experience.stay)
        .add_columns(Experience.operator_id, Experience.place_id, Experience.name, people)
        .select_from(sa.join(inside, Slot, inside.c.slot_id == Slot.id).join(Experience))
        .group_by(Slot.id, Experience.id)
        .order_by(Slot.starts_at, Slot.id)
    )
    if operator_ids is not None:
        query = query.where(Experience.operator_id.in_(operator_ids))
    found = [SlotPresence(*row) for row in session.execute(query)]
    return [each for each in found if each.ends_at + each.stay > now]


def presence_at(
    session: Session, *, operator_id: int | None, place_id: int, now: datetime
) -> Presence:
    """Who is inside where a gate stands, and below the ceilings above it."""
    slots = people_present(session, now=now)
    own = [each for each in slots if operator_id in (None, each.operator_id)]
    return Presence(
        people=sum(each.people for each in own),
        slots={each.slot_id: each.people for each in own},
        ceilings=_ceilings(session, slots, {place_id}),
    )


def presence_for(
    session: Session, user: User, now: datetime
) -> tuple[Sequence[SlotPresence], Sequence[CeilingPresence]]:
    """The slots with people inside at the gates a person is responsible for, and the ceilings
    above these; an officer's are all."""
    slots = people_present(session, now=now)
    if user.role is Role.OFFICER:
        return slots, _ceilings(session, slots, None)
    gates = gates_of(session, user)
    operators = {gate.operator_id for gate in gates}
    own = [each for each in slots if each.operator_id in operators]
    return own, _ceilings(session, slots, {gate.place_id for gate in gates})


def _inside(now: datetime) -> sa.Subquery:
    """Each party with how many of it are inside; nobody can be missing more often than in."""
    sign = sa.case(
        (Admission.direction == Direction.OUT, -Admission.people), else_=Admission.people
    )
    net = sa.func.sum(sign)
    return (
        sa.select(Ticket.slot_id, net.label("people"))
        .join(Admission, Admission.ticket_id == Ticket.id)
        .where(Ticket.starts_at > now - _LONGEST, Ticket.starts_at < now + _LONGEST)
        .where(Admission.people > 0, counts())
        .group_by(Ticket.id)
        .having(net > 0)
        .subquery()
    )


def _ceilings(
    session: Session, slots: Sequence[SlotPresence], place_ids: Collection[int] | None
) -> Sequence[CeilingPresence]:
    query = sa.select(Ceiling).where(Ceiling.kind == CeilingKind.PRESENT)
    ceilings = session.scalars(query.order_by(Ceiling.depth.desc(), Ceiling.id)).all()
    if not ceilings:
        return []
    parents = {
        row.id: row.parent_id for row in session.execute(sa.select(Place.id, Place.parent_id))
    }
    above = set(parents) if place_ids is None else set()
    for place_id in place_ids or ():
        above |= _line(place_id, parents)
    return [
        CeilingPresence(each.name, each.capacity, _below(each, slots, parents))
        for each in ceilings
        if each.place_id is None or each.place_id in above
    ]


def _below(
    ceiling: Ceiling, slots: Sequence[SlotPresence], parents: Mapping[int, int | None]
) -> int:
    return sum(
        each.people
        for each in slots
        if ceiling.place_id is None or ceiling.place_id in _line(each.place_id, parents)
    )


def _line(place_id: int | None, parents: Mapping[int, int | None]) -> set[int]:
    """A place and those above it."""
    line = set()
    while place_id is not None:
        line.add(place_id)
        place_id = parents[place_id]
    return line
