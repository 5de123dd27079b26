"""Where channels want to be told of changes: made, changed, paused, ended."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from tourism.audit.operations import Actor, record
from tourism.channels.errors import (
    SubscriptionNotFoundError,
    SubscriptionTakenError,
    TooManySubscriptionsError,
)
from tourism.channels.models import Channel, ChannelKey, Notice, NoticeKind, Subscription

MOST = 10


def subscribe(
    session: Session,
    *,
    key: ChannelKey,
    url: str,
    kinds: Collection[NoticeKind],
    headers: Mapping[str, str],
    now: datetime,
    actor: Actor,
) -> Subscription:
    """Tell a key's channel at this address. The same address again is the same subscription, with
    what is wanted now. Raises TooManySubscriptionsError."""
    _lock(session, key.channel_id)
    mine = subscriptions_of(session, key)
    found = next((each for each in mine if each.url == url), None)
    if found is not None:
        return change(session, found, kinds=kinds, headers=headers, now=now, actor=actor)
    if len(mine) >= MOST:
        raise TooManySubscriptionsError(most=MOST)
    made = Subscription(
        uuid=str(uuid4()),
        channel_id=key.channel_id,
        url=url,
        kinds=_names(kinds),
        headers=dict(headers),
        is_test=key.is_test,
        created_at=now,
    )
    session.add(made)
    session.flush()
    _record(session, made, "subscribe", actor, now)
    return made


def change(
    session: Session,
    subscription: Subscription,
    *,
    url: str | None = None,
    kinds: Collection[NoticeKind] | None = None,
    headers: Mapping[str, str] | None = None,
    now: datetime,
    actor: Actor,
) -> Subscription:
    """Change what is given; nothing new changes nothing. Raises SubscriptionTakenError."""
    _lock(session, subscription.channel_id)
    if url not in (None, subscription.url) and _is_taken(session, subscription, url):
        raise SubscriptionTakenError
    before = _wanted(subscription)
    subscription.url = subscription.url if url is None else url
    subscription.kinds = subscription.kinds if kinds is None else _names(kinds)
    subscription.headers = subscription.headers if headers is None else dict(headers)
    if _wanted(subscription) != before:
        session.flush()
        _record(session, subscription, "change_subscription", actor, now)
    return subscription


def unsubscribe(
    session: Session, *, subscription: Subscription, now: datetime, actor: Actor
) -> None:
    """Tell nothing more at this address; what waits for it is dropped."""
    _record(session, subscription, "unsubscribe", actor, now)
    session.execute(sa.delete(Notice).where(Notice.subscription_id == subscription.id))
    session.delete(subscription)
    session.flush()


def pause(session: Session, *, subscription: Subscription, now: datetime, actor: Actor) -> None:
    """Let its notices wait. Done already, it changes nothing."""
    if subscription.paused_at is None:
        subscription.paused_at = now
        _record(session, subscription, "pause_subscription", actor, now)


def pause_gone(session: Session, *, uuid: str, now: datetime, actor: Actor) -> None:
    """Pause a subscription whose receiver wants to be told nothing more, if it is still there."""
    gone = session.scalar(sa.select(Subscription).where(Subscription.uuid == uuid))
    if gone is not None:
        pause(session, subscription=gone, now=now, actor=actor)


def resume(session: Session, *, subscription: Subscription, now: datetime, actor: Actor) -> None:
    """Go on where it was paused, at once. Done already, it changes nothing."""
    if subscription.paused_at is not None:
        subscription.paused_at = None
        _record(session, subscription, "resume_subscription", actor, now)


def subscriptions_of(session: Session, key: ChannelKey) -> Sequence[Subscription]:
    """What a channel has subscribed with keys of this kind, in order of making."""
    mine = (Subscription.channel_id == key.channel_id, Subscription.is_test == key.is_test)
    return session.scalars(sa.select(Subscription).where(*mine).order_by(Subscription.id)).all()


def get_subscription(session: Session, key: ChannelKey, uuid: str) -> Subscription:
    """One of them. Raises SubscriptionNotFoundError for every other."""
    mine = (Subscription.channel_id == key.channel_id, Subscription.is_test == key.is_test)
    return _one(session, *mine, Subscription.uuid == uuid.lower())


def subscriptions_of_channel(session: Session, channel_id: int) -> Sequence[Subscription]:
    """All that a channel has subscribed, for the office."""
    mine = sa.select(Subscription).where(Subscription.channel_id == channel_id)
    return session.scalars(mine.order_by(Subscription.id)).all()


def get_subscription_of_channel(
    session: Session, channel_id: int, subscription_id: int
) -> Subscription:
    """One of them, with its channel. Raises SubscriptionNotFoundError."""
    return _one(session, Subscription.channel_id == channel_id, Subscription.id == subscription_id)


def wanting(session: Session, kind: NoticeKind) -> Sequence[Subscription]:
    """Subscriptions of any channel to that kind, each channel with its operators."""
    whole = joinedload(Subscription.channel).options(selectinload(Channel.operators))
    everything = session.scalars(sa.select(Subscription).options(whole)).all()
    return [each for each in everything if kind in each.kinds]


def wanting_rehearsals(session: Session, channel_id: int) -> Sequence[Subscription]:
    """A channel's subscriptions that are told of its test bookings."""
    query = sa.select(Subscription).where(
        Subscription.channel_id == channel_id, Subscription.is_test
    )
    found = session.scalars(query).all()
    return [each for each in found if NoticeKind.BOOKING in each.kinds]


def _lock(session: Session, channel_id: int) -> None:
    """Of a channel's requests one after the other, so that no address is written twice."""
    session.execute(sa.select(Channel.id).where(Channel.id == channel_id).with_for_update())


def _is_taken(session: Session, subscription: Subscription, url: str | None) -> bool:
    others = sa.exists().where(
        Subscription.channel_id == subscription.channel_id,
        Subscription.is_test == subscription.is_test,
        Subscription.url == url,
    )
    return bool(session.scalar(sa.select(others)))


def _one(session: Session, *which: sa.ColumnElement[bool]) -> Subscription:
    query = sa.select(Subscription).where(*which).options(joinedload(Subscription.channel))
    found = session.scalar(query)
    if found is None:
        raise SubscriptionNotFoundError
    return found


def _names(kinds: Collection[NoticeKind]) -> list[str]:
    """In one order and each once, whatever was asked for."""
    return [each.value for each in NoticeKind if each in kinds]


def _wanted(subscription: Subscription) -> dict[str, object]:
    return {
        "url": subscription.url,
        "kinds": list(subscription.kinds),
        "headers": dict(subscription.headers),
    }


def _record(
    session: Session, subscription: Subscription, action: str, actor: Actor, at: datetime
) -> None:
    """What headers say may be secret: only their names are noted."""
    wanted = {**_wanted(subscription), "headers": sorted(subscription.headers)}
    record(
        session,
        actor=actor,
        action=f"channels.{action}",
        subject=("channel", subscription.channel_id),
        at=at,
        after=wanted,
    )
