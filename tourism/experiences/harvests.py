"""What owners say of the fruit: the day's harvest, its ripeness, and what was sold at the exit."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tourism.accounts.models import User
from tourism.audit.operations import Actor, record
from tourism.core.languages import Texts
from tourism.core.money import Money
from tourism.experiences.errors import WeighingNotFoundError
from tourism.experiences.harvest import Proposal
from tourism.experiences.models import Experience, Harvest, Weighing
from tourism.experiences.ownership import own_operators


@dataclass(frozen=True, slots=True)
class OnScales:
    """One sale at the exit."""

    key: str
    gross_g: int
    tare_g: int
    price: Money | None


@dataclass(frozen=True, slots=True)
class Sold:
    """Sums over weighings."""

    times: int
    net_g: int
    amount: int


def find_harvest(session: Session, experience_id: int, day: date) -> Harvest | None:
    """What was said of that day or, where nothing was yet, of the last day before it."""
    query = sa.select(Harvest).where(Harvest.experience_id == experience_id, Harvest.day <= day)
    return session.scalar(query.order_by(Harvest.day.desc()).limit(1))


def save_harvest(
    session: Session,
    *,
    experience_id: int,
    day: date,
    proposal: Proposal,
    now: datetime,
    actor: Actor,
) -> None:
    """Keep what was said of the day; said again, the last word counts."""
    found = session.get(Harvest, (experience_id, day))
    if found is None:
        found = Harvest(experience_id=experience_id, day=day)
        session.add(found)
    said = asdict(proposal.said)
    for name, value in said.items():
        setattr(found, name, value)
    found.proposed, found.saved_at = proposal.places, now
    after = {"day": day.isoformat(), **said, "proposed": proposal.places}
    _record(session, "harvest.save", experience_id, now, actor, after)
    session.flush()


def say_ripeness(
    session: Session,
    *,
    experience: Experience,
    words: Texts | None,
    day: date,
    now: datetime,
    actor: Actor,
) -> None:
    """What visitors read of the fruit, with its date; None takes it away."""
    before = {"ripeness": experience.ripeness}
    if experience.ripeness == words and (words is None or experience.ripeness_on == day):
        return
    experience.ripeness, experience.ripeness_on = words, day if words else None
    _record(session, "harvest.ripeness", experience.id, now, actor, {"ripeness": words}, before)
    session.flush()


def weigh(
    session: Session,
    *,
    experience_id: int,
    day: date,
    sale: OnScales,
    now: datetime,
    actor: Actor,
) -> Weighing:
    """Note fruit sold at the exit. The same key again finds what it noted before."""
    before = session.scalar(sa.select(Weighing).where(Weighing.key == sale.key))
    if before is not None:
        return before
    made = Weighing(
        key=sale.key,
        experience_id=experience_id,
        day=day,
        gross_g=sale.gross_g,
        tare_g=sale.tare_g,
        price_amount=sale.price.amount if sale.price else None,
        price_currency=sale.price.currency if sale.price else None,
        weighed_at=now,
    )
    session.add(made)
    after = {"net_g": made.net_g, "price": made.price_amount}
    _record(session, "harvest.weigh", experience_id, now, actor, after)
    session.flush()
    return made


def void_weighing(
    session: Session, *, experience_id: int, weighing_id: int, now: datetime, actor: Actor
) -> None:
    """Count a sale no longer. Done already, it changes nothing. Raises WeighingNotFoundError."""
    found = session.get(Weighing, weighing_id)
    if found is None or found.experience_id != experience_id:
        raise WeighingNotFoundError(id=weighing_id)
    if not found.is_void:
        found.is_void = True
        before = {"net_g": found.net_g, "price": found.price_amount}
        _record(session, "harvest.void", experience_id, now, actor, None, before)
        session.flush()


def weighings_of(session: Session, experience_id: int, day: date) -> Sequence[Weighing]:
    """The sales of a day, the last first; those that count no longer among them."""
    query = sa.select(Weighing).where(Weighing.experience_id == experience_id, Weighing.day == day)
    return session.scalars(query.order_by(Weighing.id.desc())).all()


def sold_between(
    session: Session, first: date, last: date, *, of: User | None = None
) -> dict[int, Sold]:
    """What each experience has sold on these days, both included, by its id."""
    net = sa.func.sum(Weighing.gross_g - Weighing.tare_g)
    paid = sa.func.coalesce(sa.func.sum(Weighing.price_amount), 0)
    query = (
        sa.select(Weighing.experience_id, sa.func.count(), net, paid)
        .where(Weighing.day.between(first, last), ~Weighing.is_void)
        .group_by(Weighing.experience_id)
    )
    if of is not None:
        own = Experience.operator_id.in_(own_operators(of))
        query = query.join(Experience, Experience.id == Weighing.experience_id).where(own)
    rows = session.execute(query)
    return {row[0]: Sold(row[1], int(row[2] or 0), int(row[3] or 0)) for row in rows}


def _record(
    session: Session,
    action: str,
    experience_id: int,
    at: datetime,
    actor: Actor,
    after: dict[str, Any] | None,
    before: dict[str, Any] | None = None,
) -> None:
    subject = ("experience", experience_id)
    record(session, actor=actor, action=action, subject=subject, at=at, before=before, after=after)
