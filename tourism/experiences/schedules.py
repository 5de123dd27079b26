"""Keeping an experience's weekly pattern, its single days, and with it the stay and the prices."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from tourism.accounts.models import User
from tourism.audit.operations import Actor, record
from tourism.experiences.ceilings import count_anew
from tourism.experiences.errors import ScheduleNotFoundError
from tourism.experiences.models import (
    DayRule,
    Experience,
    HolidayRule,
    Schedule,
    ScheduleDay,
    Unit,
)
from tourism.experiences.ownership import own_operators


@dataclass(frozen=True, slots=True)
class Pattern:
    """The columns of a schedule."""

    starts_on: date
    ends_on: date
    hours: list[dict[str, Any]]
    breaks: list[dict[str, Any]]
    every: timedelta
    window: timedelta
    holidays: HolidayRule


@dataclass(frozen=True, slots=True)
class Decision:
    """What one date is, whatever its weekday says."""

    day: date
    rule: DayRule
    opens: str | None = None
    closes: str | None = None
    capacity: int | None = None


def schedules_of(
    session: Session, user: User, experience_id: int | None = None
) -> Sequence[Schedule]:
    """The schedules of the person's operators (or of one experience), with their days and
    experiences, in the order of those."""
    query = (
        sa.select(Schedule)
        .join(Schedule.experience)
        .where(Experience.operator_id.in_(own_operators(user)))
        .options(
            joinedload(Schedule.experience).joinedload(Experience.place),
            selectinload(Schedule.days),
        )
        .order_by(Schedule.experience_id)
    )
    if experience_id is not None:
        query = query.where(Schedule.experience_id == experience_id)
    return session.scalars(query).all()


def find_schedule(session: Session, experience_id: int) -> Schedule | None:
    """The experience's schedule with its days, if it has one."""
    query = sa.select(Schedule).where(Schedule.experience_id == experience_id)
    return session.scalar(query.options(selectinload(Schedule.days)))


def save_schedule(
    session: Session, *, experience_id: int, pattern: Pattern, now: datetime, actor: Actor
) -> Schedule:
    """Keep a pattern; slots follow when it is applied. Saved unchanged, nothing is noted."""
    schedule = find_schedule(session, experience_id)
    values = {name: getattr(pattern, name) for name in Pattern.__slots__}
    before = None
    if schedule is None:
        schedule = Schedule(experience_id=experience_id, days=[], **values)
        session.add(schedule)
    else:
        before = {name: getattr(schedule, name) for name in values}
        if before == values:
            return schedule
        for name, value in values.items():
            setattr(schedule, name, value)
    _record(session, "schedule.save", experience_id, now, actor, before, asdict(pattern))
    session.flush()
    return schedule


def decide_day(
    session: Session, *, experience_id: int, decision: Decision, now: datetime, actor: Actor
) -> None:
    """Let one date be another than its weekday. Raises ScheduleNotFoundError."""
    schedule = _get(session, experience_id)
    values = {name: getattr(decision, name) for name in Decision.__slots__}
    found = next((each for each in schedule.days if each.day == decision.day), None)
    if found is None:
        schedule.days.append(ScheduleDay(**values))
    else:
        for name, value in values.items():
            setattr(found, name, value)
    _record(session, "schedule.day", experience_id, now, actor, None, values)
    session.flush()


def forget_day(
    session: Session, *, experience_id: int, day: date, now: datetime, actor: Actor
) -> None:
    """Let the date be what its weekday is. Done already, it changes nothing."""
    schedule = _get(session, experience_id)
    gone = [each for each in schedule.days if each.day == day]
    for each in gone:
        schedule.days.remove(each)
        before = {"day": day, "rule": each.rule}
        _record(session, "schedule.day", experience_id, now, actor, before, None)
    session.flush()


def change_stay(
    session: Session, *, experience: Experience, stay: timedelta, now: datetime, actor: Actor
) -> None:
    """How long a party remains. Ceilings count who is present, so they are counted anew; raises
    CeilingFullError when too many would then be there at once."""
    if experience.stay == stay:
        return
    before, experience.stay = experience.stay, stay
    count_anew(session)
    change = [{"stay": _minutes(each)} for each in (before, stay)]
    _record(session, "experience.stay", experience.id, now, actor, *change)


def change_prices(
    session: Session,
    *,
    experience: Experience,
    prices: Mapping[int, int | None],
    currency: str,
    now: datetime,
    actor: Actor,
) -> None:
    """What each unit costs who books from now on (by its id; None: not announced)."""
    for unit in experience.units:
        price = prices.get(unit.id, unit.price_amount)
        if price == unit.price_amount:
            continue
        change = [{"unit": unit.code, "price": each} for each in (unit.price_amount, price)]
        _set_price(unit, price, currency)
        _record(session, "experience.price", experience.id, now, actor, *change)
    session.flush()


def _set_price(unit: Unit, price: int | None, currency: str) -> None:
    unit.price_amount = price
    unit.price_currency = None if price is None else currency
    unit.sample = False


def _get(session: Session, experience_id: int) -> Schedule:
    found = find_schedule(session, experience_id)
    if found is None:
        raise ScheduleNotFoundError(experience_id=experience_id)
    return found


def _record(
    session: Session,
    action: str,
    experience_id: int,
    at: datetime,
    actor: Actor,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> None:
    record(
        session,
        actor=actor,
        action=action,
        subject=("experience", experience_id),
        at=at,
        before=_plain(before),
        after=_plain(after),
    )


def _plain(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """As JSON keeps them."""
    return None if values is None else {name: _text(value) for name, value in values.items()}


def _text(value: Any) -> Any:
    if isinstance(value, timedelta):
        return _minutes(value)
    return value.isoformat() if isinstance(value, date) else value


def _minutes(length: timedelta) -> int:
    return round(length.total_seconds() / 60)
