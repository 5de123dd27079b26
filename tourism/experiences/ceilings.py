"""Ceilings: limits above slots, counted at the very end of each transaction.

Taking and giving back places only notes them (`note`). Before the commit all that was noted is
added up and written in one order that is the same for everybody: slots were locked before, the
deepest ceilings come first, the township last, each by its time. So no two transactions can wait
for each other, whatever they did before and in which order. A ceiling that has no room refuses
the whole transaction, at its commit.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, SessionTransaction

from tourism.audit.operations import Actor, record
from tourism.destination.models import Destination, Place
from tourism.experiences.ceiling_queries import all_ceilings, find_ceiling
from tourism.experiences.errors import (
    CapacityInvalidError,
    CeilingFullError,
    CeilingTakenError,
)
from tourism.experiences.models import Ceiling, CeilingCount, CeilingKind, Experience, Slot

_NOTED = "ceilings.noted"
_SAVED = "ceilings.noted before each savepoint"
LARGEST_CEILING = 999_999
_QUARTER = timedelta(minutes=15)
_UPSERT: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


@dataclass(frozen=True, slots=True, order=True)
class Counted:
    """One counter of a ceiling; sorted as they are locked."""

    turn: int  # the deepest places first
    ceiling_id: int
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class CeilingDiscrepancy:
    """A counter of a ceiling that says something else than the slots below it."""

    ceiling_id: int
    starts_at: datetime
    capacity: int
    taken: int
    counted: int

    @property
    def is_oversold(self) -> bool:
        return self.counted > self.capacity


def note(session: Session, slot_id: int, places: int) -> None:
    """Remember places of a slot that were taken (or given back: negative) for the commit."""
    session.info.setdefault(_NOTED, Counter())[slot_id] += places


def settle_ceilings(session: Session) -> None:
    """Count what was noted so far. The commit does it; raises CeilingFullError with what is full
    and how many are left there."""
    taken: Counter[int] = session.info.pop(_NOTED, Counter())
    changes = {slot_id: places for slot_id, places in taken.items() if places}
    if not changes:
        return
    ceilings: dict[int, Ceiling] = {}
    deltas: Counter[Counted] = Counter()
    for slot_id, ceiling, counted in counters_above(session, Slot.id.in_(changes)):
        ceilings[ceiling.id] = ceiling
        deltas[counted] += changes[slot_id]
    ordered = sorted((each, places) for each, places in deltas.items() if places)
    for places, run in groupby(ordered, key=lambda pair: pair[1]):
        _count(session, [each for each, _ in run], places, ceilings)


def noted(session: Session) -> Mapping[int, int]:
    """What this transaction took and the ceilings have not counted yet, by slot."""
    counter: Counter[int] = session.info.get(_NOTED, Counter())
    return counter


def counters_above(
    session: Session, *where: sa.ColumnElement[bool]
) -> Iterator[tuple[int, Ceiling, Counted]]:
    """Each of these slots with each ceiling above it and each of its counters there."""
    pairs = session.execute(_slots_and_ceilings().where(*where)).all()
    if not pairs:
        return
    zone = ZoneInfo(session.scalars(sa.select(Destination.time_zone).limit(1)).one())
    for slot_id, starts_at, ends_at, stay, ceiling in pairs:
        for bucket in _buckets(ceiling.kind, starts_at, ends_at + stay, zone):
            yield slot_id, ceiling, Counted(-ceiling.depth, ceiling.id, bucket)


def set_ceiling(
    session: Session,
    *,
    kind: CeilingKind,
    name: dict[str, str],
    capacity: int,
    now: datetime,
    actor: Actor,
    place_id: int | None = None,
) -> Ceiling:
    """Limit a place and all below it, or without a place the township, from now on.

    Who is booked already is counted and stays: where these are more, nothing is sold until they
    are fewer. Raises CapacityInvalidError, or CeilingTakenError where there is one of that kind.
    """
    _check(capacity)
    _keep_others_out(session)
    if before := find_ceiling(session, kind, place_id):
        raise CeilingTakenError(ceiling_id=before.id)
    depth = len(ancestors(session, place_id))
    ceiling = Ceiling(place_id=place_id, kind=kind, name=name, capacity=capacity, depth=depth)
    session.add(ceiling)
    session.flush()
    session.add_all(
        CeilingCount(
            ceiling_id=ceiling.id,
            starts_at=each.starts_at,
            capacity=max(capacity, taken),
            taken=taken,
        )
        for each, taken in _counts(session, ceiling.id).items()
    )
    _record(session, ceiling, "set", now, actor)
    return ceiling


def change_ceiling(
    session: Session, *, ceiling: Ceiling, capacity: int, now: datetime, actor: Actor
) -> None:
    """Raise or lower a ceiling. Nobody is thrown out: a count that is above keeps what it has and
    sells nothing until it is below. Raises CapacityInvalidError."""
    _check(capacity)
    _keep_others_out(session)
    if capacity == ceiling.capacity:
        return
    session.execute(
        sa.update(CeilingCount)
        .where(CeilingCount.ceiling_id == ceiling.id)
        .values(capacity=_at_least_taken(CeilingCount.taken, capacity)),
        execution_options={"synchronize_session": False},
    )
    was, ceiling.capacity = ceiling.capacity, capacity
    _record(session, ceiling, "change", now, actor, before={"capacity": was})


def remove_ceiling(session: Session, *, ceiling: Ceiling, now: datetime, actor: Actor) -> None:
    """Do without a limit from now on."""
    _keep_others_out(session)
    session.execute(sa.delete(CeilingCount).where(CeilingCount.ceiling_id == ceiling.id))
    _record(session, ceiling, "remove", now, actor)
    session.delete(ceiling)
    session.flush()


def differing_counts(session: Session) -> list[CeilingDiscrepancy]:
    """Every counter of a ceiling that is not the sum of the slots below it."""
    settle_ceilings(session)
    known = {each.id: each for each in all_ceilings(session)}
    if not known:
        return []
    wanted = {(each.ceiling_id, each.starts_at): n for each, n in _counts(session).items()}
    rows = session.execute(
        sa.select(
            CeilingCount.ceiling_id,
            CeilingCount.starts_at,
            CeilingCount.capacity,
            CeilingCount.taken,
        )
    ).all()
    found = {(row[0], row[1]): (row[2], row[3]) for row in rows}
    pairs = ((key, *found.get(key, (known[key[0]].capacity, 0))) for key in {**wanted, **found})
    differing = (
        CeilingDiscrepancy(*key, capacity, taken, wanted.get(key, 0))
        for key, capacity, taken in pairs
        if taken != wanted.get(key, 0)
    )
    return sorted(differing, key=lambda each: (each.ceiling_id, each.starts_at))


def count_anew(session: Session) -> None:
    """Count again after a change of what lies under which ceiling, and for how long. Raises
    CeilingFullError when too many would then be there: that cannot be repaired."""
    session.flush()
    repair_counts(session)
    if differing_counts(session):
        raise CeilingFullError(left=0)


def repair_counts(session: Session) -> list[CeilingDiscrepancy]:
    """Set differing counters right, but for those that too many are booked on."""
    _keep_others_out(session)
    repairable = [each for each in differing_counts(session) if not each.is_oversold]
    upsert = _UPSERT[session.get_bind().dialect.name](CeilingCount)
    statement = upsert.on_conflict_do_update(
        index_elements=["ceiling_id", "starts_at"],
        set_={"taken": upsert.excluded.taken},
    )
    for each in repairable:
        session.execute(
            statement,
            {
                "ceiling_id": each.ceiling_id,
                "starts_at": each.starts_at,
                "capacity": each.capacity,
                "taken": each.counted,
            },
        )
    return repairable


def _count(
    session: Session, run: Sequence[Counted], places: int, known: dict[int, Ceiling]
) -> None:
    """Add places to all these counters, in their order, or refuse them all."""
    for each in run:
        if places > known[each.ceiling_id].capacity:
            raise _full(known[each.ceiling_id], known[each.ceiling_id].capacity, each)
    upsert = _UPSERT[session.get_bind().dialect.name](CeilingCount)
    values = [
        {
            "ceiling_id": each.ceiling_id,
            "starts_at": each.starts_at,
            "capacity": known[each.ceiling_id].capacity,
            "taken": max(places, 0),
        }
        for each in run
    ]
    total = CeilingCount.taken + places
    change: dict[str, Any] = {"taken": total}
    if places < 0:  # a count above its limit follows down with those who leave
        change["capacity"] = _at_least_taken(total, upsert.excluded.capacity)
    done = session.execute(
        upsert.values(values)
        .on_conflict_do_update(
            index_elements=["ceiling_id", "starts_at"],
            set_=change,
            where=sa.true() if places < 0 else total <= CeilingCount.capacity,
        )
        .returning(CeilingCount.ceiling_id, CeilingCount.starts_at),
        execution_options={"synchronize_session": False},
    ).all()
    counted = {(row[0], row[1]) for row in done}
    for each in run:
        if (each.ceiling_id, each.starts_at) not in counted:
            raise _full(known[each.ceiling_id], _left(session, each), each)


def _slots_and_ceilings() -> sa.Select[int, datetime, datetime, timedelta, Ceiling]:
    """One row for each slot and each ceiling above it: none while there are no ceilings."""
    above = sa.select(Place.id.label("place_id"), Place.id.label("above_id")).cte(
        "above", recursive=True
    )
    above = above.union(
        sa.select(above.c.place_id, Place.parent_id).where(
            Place.id == above.c.above_id, Place.parent_id.is_not(None)
        )
    )
    mine = sa.select(above.c.above_id).where(above.c.place_id == Experience.place_id)
    return (
        sa.select(Slot.id, Slot.starts_at, Slot.ends_at, Experience.stay, Ceiling)
        .join(Slot.experience)
        .join(Ceiling, sa.or_(Ceiling.place_id.is_(None), Ceiling.place_id.in_(mine)))
    )


def _buckets(
    kind: CeilingKind, arrives: datetime, gone: datetime, zone: ZoneInfo
) -> Iterable[datetime]:
    if kind is CeilingKind.DAY:
        day = arrives.astimezone(zone).date()
        yield datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(arrives.tzinfo)
        return
    quarter = arrives - (arrives - datetime.min.replace(tzinfo=arrives.tzinfo)) % _QUARTER
    while quarter < gone:
        yield quarter
        quarter += _QUARTER


def _counts(session: Session, ceiling_id: int | None = None) -> Counter[Counted]:
    """What the counters should say, from the slots' own."""
    where = [Slot.taken > 0]
    if ceiling_id is not None:
        where.append(Ceiling.id == ceiling_id)
    rows = session.execute(sa.select(Slot.id, Slot.taken).where(Slot.taken > 0))
    taken = {row[0]: row[1] for row in rows}
    counts: Counter[Counted] = Counter()
    for slot_id, _ceiling, counted in counters_above(session, *where):
        counts[counted] += taken[slot_id]
    return counts


def _keep_others_out(session: Session) -> None:
    """Nobody takes places meanwhile, so that nobody's are missed in the count. On SQLite a writing
    transaction is alone anyway."""
    settle_ceilings(session)
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text("LOCK TABLE slots IN SHARE ROW EXCLUSIVE MODE"))


def ancestors(session: Session, place_id: int | None) -> list[int]:
    """A place and those above it; a township's own places are few."""
    parents = {row[0]: row[1] for row in session.execute(sa.select(Place.id, Place.parent_id))}
    line: list[int] = []
    while place_id is not None:
        line.append(place_id)
        place_id = parents[place_id]
    return line


def _left(session: Session, counted: Counted) -> int:
    query = sa.select(CeilingCount.capacity - CeilingCount.taken).where(
        CeilingCount.ceiling_id == counted.ceiling_id, CeilingCount.starts_at == counted.starts_at
    )
    return session.scalars(query).one()


def _full(ceiling: Ceiling, left: int, counted: Counted) -> CeilingFullError:
    return CeilingFullError(
        ceiling_id=ceiling.id, name=ceiling.name, left=left, at=counted.starts_at
    )


def _check(capacity: int) -> None:
    if not 1 <= capacity <= LARGEST_CEILING:
        raise CapacityInvalidError(largest=LARGEST_CEILING)


def _at_least_taken(
    taken: sa.SQLColumnExpression[int], capacity: sa.ColumnElement[int] | int
) -> sa.ColumnElement[int]:
    """The capacity, or where more are booked than that, what is booked: then nothing is sold."""
    return sa.case((taken > capacity, taken), else_=capacity)


def _record(
    session: Session,
    ceiling: Ceiling,
    act: str,
    now: datetime,
    actor: Actor,
    before: dict[str, Any] | None = None,
) -> None:
    record(
        session,
        actor=actor,
        action=f"ceiling.{act}",
        subject=("ceiling", ceiling.id),
        at=now,
        before=before,
        after={"capacity": ceiling.capacity, "kind": ceiling.kind, "place": ceiling.place_id},
    )


@event.listens_for(Session, "before_commit")
def _at_commit(session: Session) -> None:
    if session.info.get(_NOTED) and not session.in_nested_transaction():
        session.flush()
        settle_ceilings(session)


@event.listens_for(Session, "after_transaction_create")
def _remember(session: Session, transaction: SessionTransaction) -> None:
    """A new transaction has noted nothing; a savepoint starts from what was noted before it."""
    if transaction.nested:
        session.info.setdefault(_SAVED, {})[transaction] = Counter(session.info.get(_NOTED, {}))
    elif transaction.parent is None:
        session.info.pop(_NOTED, None)
        session.info.pop(_SAVED, None)


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, transaction: SessionTransaction) -> None:
    if not transaction.nested:
        session.info.pop(_NOTED, None)
    elif transaction in session.info.get(_SAVED, {}):
        session.info[_NOTED] = session.info[_SAVED].pop(transaction)
