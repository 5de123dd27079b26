"""What channels are told of products and availability: found by comparing, not by each change.

A rush changes a slot's counter many times a second; nobody wants to be told each time. So the shelf
is looked at now and then, and what looks different since the last look is told once, for all its
days together. That also finds what only the clock has changed: a day that comes within reach.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Literal
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from tourism.channels.models import NoticeKind, ShelfLook, ShelfMark, Subscription
from tourism.channels.outbox import enqueue
from tourism.channels.subscriptions import wanting
from tourism.experiences.models import Experience, Slot
from tourism.experiences.queries import midnight
from tourism.experiences.sellable import sellable_experiences

EVERY = timedelta(seconds=30)
_THE_LOOK = 1
_KINDS = (NoticeKind.AVAILABILITY, NoticeKind.PRODUCT)


@dataclass(frozen=True, slots=True)
class Look:
    """A product as it is now; ``days`` are its slots by local day, all as short texts."""

    operator_id: int
    looks: str
    days: Mapping[str, str]


def is_look_due(session: Session, now: datetime) -> bool:
    """Whether somebody wants to know and the last look was EVERY ago. A small read."""
    kinds = session.scalars(sa.select(Subscription.kinds))
    if all(set(each) == {NoticeKind.BOOKING} for each in kinds):
        return False
    looked_at = session.scalar(sa.select(ShelfLook.looked_at))
    return looked_at is None or looked_at <= now - EVERY


def begin(session: Session, *, subscription: Subscription, now: datetime, zone: ZoneInfo) -> None:
    """Remember the shelf as somebody finds it who has just subscribed. Where others watch already
    there is nothing to do: what it looked like is known."""
    watching = {each.id for kind in _KINDS for each in wanting(session, kind)}
    if watching == {subscription.id}:
        session.execute(sa.delete(ShelfMark))
        session.execute(sa.delete(ShelfLook))
        look(session, now=now, zone=zone)


def look(session: Session, *, now: datetime, zone: ZoneInfo) -> int:
    """Compare the shelf with the last look and tell what has changed; says of how many products.

    Of two processes that want to look at the same time, one waits and then finds it done. The
    first look of all only remembers.
    """
    turn = _take_turn(session, now)
    if turn is None:
        return 0
    before = {each.product: each for each in session.scalars(sa.select(ShelfMark))}
    after = _shelf(session, now, zone)
    today = now.astimezone(zone).date()
    changed = 0
    for product in sorted(before.keys() | after.keys()):
        if turn == "next":
            changed += _tell(session, product, before.get(product), after.get(product), today, now)
        _remember(session, product, before.get(product), after.get(product))
    session.flush()
    return changed


def _take_turn(session: Session, now: datetime) -> Literal["first", "next"] | None:
    """Whether it is ours to look now: one row decides, and is locked until the commit."""
    session.flush()
    taken = session.scalar(
        sa.update(ShelfLook)
        .where(ShelfLook.looked_at <= now - EVERY)
        .values(looked_at=now)
        .returning(ShelfLook.id)
    )
    if taken is not None:
        return "next"
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    new = insert(ShelfLook).values(id=_THE_LOOK, looked_at=now).on_conflict_do_nothing()
    made = session.scalar(new.returning(ShelfLook.id))
    return None if made is None else "first"


def _shelf(session: Session, now: datetime, zone: ZoneInfo) -> dict[str, Look]:
    """All that is sold, as far ahead as it can be booked."""
    experiences = sellable_experiences(session, None)
    days = _days(session, experiences, now, zone)
    return {
        each.slug: Look(each.operator_id, _print(_looks(each)), days.get(each.id, {}))
        for each in experiences
    }


def _days(
    session: Session, experiences: Sequence[Experience], now: datetime, zone: ZoneInfo
) -> dict[int, dict[str, str]]:
    today = now.astimezone(zone).date()
    reach = {each.id: today + timedelta(days=each.days_ahead) for each in experiences}
    end = midnight(max(reach.values(), default=today) + timedelta(days=1), zone)
    columns = (Slot.starts_at, Slot.ends_at, Slot.capacity, Slot.taken, Slot.state)
    query = sa.select(Slot.experience_id, *columns).order_by(Slot.experience_id, Slot.starts_at)
    query = query.where(Slot.starts_at >= midnight(today, zone), Slot.starts_at < end)
    slots: dict[tuple[int, date], list[object]] = {}
    for experience_id, starts_at, *facts in session.execute(query):
        day = starts_at.astimezone(zone).date()
        if experience_id in reach and day <= reach[experience_id]:
            slots.setdefault((experience_id, day), []).append([starts_at, *facts])
    found: dict[int, dict[str, str]] = {}
    for (experience_id, day), of_day in slots.items():
        found.setdefault(experience_id, {})[day.isoformat()] = _print(of_day)[:16]
    return found


def _looks(experience: Experience) -> list[object]:
    """All that a product shows of itself."""
    place = experience.place
    units = [
        (unit.code, unit.name, unit.hint, unit.price_amount, unit.price_currency, unit.comes_alone)
        for unit in experience.units
    ]
    return [
        *(experience.name, experience.summary, experience.kind, experience.largest_party),
        *(experience.stay, experience.cancel_cutoff, experience.all_day, experience.sample),
        *(place.name, place.summary, place.latitude, place.longitude, place.is_navigable, units),
    ]


def _print(facts: object) -> str:
    """A short text that is another one when the facts are others."""
    return sha256(json.dumps(facts, default=str, ensure_ascii=False).encode()).hexdigest()


def _tell(
    session: Session,
    product: str,
    mark: ShelfMark | None,
    found: Look | None,
    today: date,
    now: datetime,
) -> bool:
    """Put notices of one product into the lines; says whether there was anything to tell."""
    operators = {each.operator_id for each in (mark, found) if each is not None}
    looks_same = mark is not None and found is not None and mark.looks == found.looks
    days = _changed_days(mark.days if mark else {}, found.days if found else {}, today)
    if not looks_same:
        to = _sellers(session, NoticeKind.PRODUCT, operators)
        enqueue(session, subscriptions=to, kind=NoticeKind.PRODUCT, subject=product, now=now)
    if days:
        to = _sellers(session, NoticeKind.AVAILABILITY, operators)
        span = (days[0], days[-1])
        kind = NoticeKind.AVAILABILITY
        enqueue(session, subscriptions=to, kind=kind, subject=product, now=now, days=span)
    return bool(days) or not looks_same


def _changed_days(before: Mapping[str, str], after: Mapping[str, str], today: date) -> list[date]:
    """Days ahead that look different; that a day is over is no news."""
    named = [each for each in before.keys() | after.keys() if before.get(each) != after.get(each)]
    return sorted(day for day in map(date.fromisoformat, named) if day >= today)


def _sellers(session: Session, kind: NoticeKind, operators: Iterable[int]) -> list[Subscription]:
    return [
        each
        for each in wanting(session, kind)
        if any(each.channel.sells(operator) for operator in operators)
    ]


def _remember(session: Session, product: str, mark: ShelfMark | None, found: Look | None) -> None:
    if found is None:
        session.delete(mark)
    elif mark is None:
        session.add(
            ShelfMark(
                product=product,
                operator_id=found.operator_id,
                looks=found.looks,
                days=dict(found.days),
            )
        )
    else:
        mark.operator_id, mark.looks, mark.days = found.operator_id, found.looks, dict(found.days)
