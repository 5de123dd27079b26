"""The line of notices of each subscription: who may send the next one, and what becomes of it.

A notice is sent outside of any transaction. Before, it is leased: written down as being sent until
some instant. Whoever dies in between has told the receiver perhaps and nobody else; when the lease
is over, the same notice is sent once more under the same event id. So it arrives at least once, and
a subscription's notices arrive in order: only the first of its line can be leased.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, contains_eager

from tourism.audit.operations import Actor, record
from tourism.channels.models import Notice, NoticeKind, NoticeStatus, Subscription

LEASE = timedelta(minutes=1)
MOST_ATTEMPTS = 14  # over about half a day
KEPT = timedelta(days=30)
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=15), timedelta(hours=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A leased notice with all that is needed to send it."""

    notice_id: int
    event_id: str
    attempt: int
    leased_until: datetime
    subscription: str
    url: str
    headers: Mapping[str, str]
    kind: NoticeKind
    subject: str
    first_on: date | None
    last_on: date | None
    created_at: datetime

    @property
    def data(self) -> dict[str, str]:
        """With what the channel fetches what has changed."""
        if self.kind is NoticeKind.BOOKING:
            return {"uuid": self.subject}
        data = {"productId": self.subject}
        if self.first_on and self.last_on:
            data |= {
                "localDateStart": self.first_on.isoformat(),
                "localDateEnd": self.last_on.isoformat(),
            }
        return data


def enqueue(
    session: Session,
    *,
    subscriptions: Iterable[Subscription],
    kind: NoticeKind,
    subject: str,
    now: datetime,
    days: tuple[date, date] | None = None,
) -> None:
    """Put a notice into the line of each subscription."""
    first, last = days or (None, None)
    for each in subscriptions:
        session.add(
            Notice(
                event_id=uuid4().hex,
                subscription_id=each.id,
                kind=kind,
                subject=subject,
                first_on=first,
                last_on=last,
                created_at=now,
            )
        )


def is_anything_due(session: Session, now: datetime) -> bool:
    """One small read, to be asked before anything is written."""
    return session.execute(_due(now).with_only_columns(Notice.id).limit(1)).first() is not None


def lease(session: Session, *, now: datetime, most: int = 20) -> list[Parcel]:
    """Take the first notice of each line that is due, for LEASE. Those that another process is
    just taking are left to it. Later notices of the same thing are told by the first of them."""
    heads = session.scalars(
        _due(now)
        .options(contains_eager(Notice.subscription))
        .order_by(Notice.id)
        .limit(most)
        .with_for_update(skip_locked=True, of=Notice)
        .execution_options(populate_existing=True)
    ).all()
    for head in heads:
        if not head.attempts:
            _fold(session, head)
        head.attempts += 1
        head.leased_until = now + LEASE
    session.flush()
    return [_parcel(head) for head in heads]


def settle(
    session: Session,
    *,
    parcel: Parcel,
    is_delivered: bool,
    answer: str,
    is_last: bool,
    now: datetime,
) -> None:
    """Write down how a delivery went, unless its lease was over and another has it now."""
    values: dict[str, object] = {"leased_until": None, "last_answer": answer[:200]}
    if is_delivered:
        values |= {"status": NoticeStatus.DELIVERED, "settled_at": now}
    elif is_last or parcel.attempt >= MOST_ATTEMPTS:
        values |= {"status": NoticeStatus.FAILED, "settled_at": now}
    else:
        values["due_at"] = now + pause_after(parcel.attempt)
    mine = (Notice.id == parcel.notice_id, Notice.leased_until == parcel.leased_until)
    session.execute(
        sa.update(Notice).where(*mine, Notice.status == NoticeStatus.WAITING).values(values),
        execution_options={"synchronize_session": False},
    )


def pause_after(attempt: int) -> timedelta:
    """Twice as long each time, and not at the same instant for all that failed together."""
    whole: timedelta = min(_FIRST_PAUSE * 2 ** (attempt - 1), _LONGEST_PAUSE)
    return whole * random.uniform(0.75, 1.25)  # noqa: S311 - no secret


def retry(
    session: Session,
    *,
    subscription: Subscription,
    notice_id: int | None,
    now: datetime,
    actor: Actor,
) -> int:
    """Try a notice again now, or (None) all that were given up, with all attempts ahead of them;
    says how many. What was delivered stays delivered, and what is just being sent is left alone."""
    mine = sa.update(Notice).where(Notice.subscription_id == subscription.id)
    if notice_id is None:
        mine = mine.where(Notice.status == NoticeStatus.FAILED)
    else:
        is_free = sa.or_(Notice.leased_until.is_(None), Notice.leased_until <= now)
        mine = mine.where(Notice.id == notice_id, Notice.status != NoticeStatus.DELIVERED, is_free)
    again = mine.values(
        status=NoticeStatus.WAITING, attempts=0, due_at=now, leased_until=None, settled_at=None
    )
    found = session.execute(again.returning(Notice.id)).all()
    if found:
        record(
            session,
            actor=actor,
            action="channels.retry_notices",
            subject=("channel", subscription.channel_id),
            at=now,
            after={"url": subscription.url, "notices": len(found)},
        )
    return len(found)


def forget_old(session: Session, *, now: datetime) -> int:
    """Drop what was settled long ago; says how many."""
    return len(
        session.execute(
            sa.delete(Notice)
            .where(Notice.settled_at < now - KEPT)
            .returning(Notice.id)
            .execution_options(synchronize_session=False)
        ).all()
    )


def _due(now: datetime) -> sa.Select[Notice]:
    """The first of each line, if it is time for it and nobody is sending it."""
    earlier = aliased(Notice)
    waiting = sa.literal(NoticeStatus.WAITING, Notice.status.type, literal_execute=True)
    is_behind = sa.exists().where(
        earlier.subscription_id == Notice.subscription_id,
        earlier.id < Notice.id,
        earlier.status == waiting,
    )
    return (
        sa.select(Notice)
        .join(Notice.subscription)
        .where(
            Notice.status == waiting,
            sa.or_(Notice.due_at.is_(None), Notice.due_at <= now),
            sa.or_(Notice.leased_until.is_(None), Notice.leased_until <= now),
            Subscription.paused_at.is_(None),
            ~is_behind,
        )
    )


def _fold(session: Session, head: Notice) -> None:
    """One notice that was never sent tells of all that happened to its subject since: who is told
    fetches the thing as it is then. A notice that was sent before may be known by its id already,
    so nothing new is added to it."""
    later = session.scalars(
        sa.select(Notice).where(
            Notice.subscription_id == head.subscription_id,
            Notice.id > head.id,
            Notice.kind == head.kind,
            Notice.subject == head.subject,
            Notice.status == NoticeStatus.WAITING,
        )
    ).all()
    for each in later:
        head.first_on = _least(head.first_on, each.first_on)
        head.last_on = _most(head.last_on, each.last_on)
        session.delete(each)


def _least(one: date | None, other: date | None) -> date | None:
    return min(one, other) if one and other else one or other


def _most(one: date | None, other: date | None) -> date | None:
    return max(one, other) if one and other else one or other


def _parcel(head: Notice) -> Parcel:
    assert head.leased_until is not None
    return Parcel(
        notice_id=head.id,
        event_id=head.event_id,
        attempt=head.attempts,
        leased_until=head.leased_until,
        subscription=head.subscription.uuid,
        url=head.subscription.url,
        headers=head.subscription.headers,
        kind=head.kind,
        subject=head.subject,
        first_on=head.first_on,
        last_on=head.last_on,
        created_at=head.created_at,
    )


def last_notices(session: Session, subscription_id: int, most: int = 100) -> Sequence[Notice]:
    """The newest of a subscription's notices."""
    mine = sa.select(Notice).where(Notice.subscription_id == subscription_id)
    return session.scalars(mine.order_by(Notice.id.desc()).limit(most)).all()


def counts(session: Session, subscription_ids: Iterable[int]) -> dict[int, dict[NoticeStatus, int]]:
    """How many of each subscription's notices wait, were delivered, or failed."""
    rows = session.execute(
        sa.select(Notice.subscription_id, Notice.status, sa.func.count())
        .where(Notice.subscription_id.in_(list(subscription_ids)))
        .group_by(Notice.subscription_id, Notice.status)
    )
    found: dict[int, dict[NoticeStatus, int]] = {}
    for subscription_id, status, many in rows:
        found.setdefault(subscription_id, {})[status] = many
    return found
