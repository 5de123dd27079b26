"""What happens to channels and their keys: made, given another key, revoked."""

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tourism.audit.operations import Actor, record
from tourism.channels.errors import (
    ChannelInvalidError,
    ChannelNameTakenError,
    ChannelNotFoundError,
)
from tourism.channels.models import Channel, ChannelKey, NoticeKind, Rehearsal
from tourism.channels.outbox import enqueue
from tourism.channels.queries import find_rehearsal, hash_secret
from tourism.channels.subscriptions import wanting_rehearsals
from tourism.experiences.models import Operator

LONGEST_NAME = 80
_LIVE, _TEST = "live_", "test_"
_NOTED_EVERY = timedelta(hours=1)
_REHEARSED = timedelta(days=30)
_RANGES = {
    "daily_limit": range(1, 1_000_000),
    "share_percent": range(1, 101),
    "commission_percent": range(101),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On which terms a channel sells; empty is no limit."""

    daily_limit: int | None = None
    share_percent: int | None = None
    commission_percent: int | None = None


@dataclass(frozen=True, slots=True)
class NewKey:
    """The only moment at which a key's secret is known."""

    key: ChannelKey
    secret: str


def create_channel(
    session: Session,
    *,
    name: str,
    operators: Sequence[Operator] | None,
    terms: Terms,
    now: datetime,
    actor: Actor,
) -> Channel:
    """Let somebody sell what these operators offer, or what all do (None).

    Raises ChannelInvalidError, ChannelNameTakenError.
    """
    name = name.strip()
    _check(name, terms)
    channel = Channel(
        name=name,
        sells_everything=operators is None,
        operators=list(operators or ()),
        keys=[],
        created_at=now,
        **asdict(terms),
    )
    try:
        with session.begin_nested():
            session.add(channel)
    except IntegrityError as error:
        raise ChannelNameTakenError(name=name) from error
    after = {"name": name, **_terms_of(channel)}
    _record(session, channel.id, "create", actor, now, after)
    return channel


def change_terms(
    session: Session,
    *,
    channel: Channel,
    operators: Sequence[Operator] | None,
    terms: Terms,
    now: datetime,
    actor: Actor,
) -> None:
    """Sell for these operators (None: for all) on these terms from now on; what is sold stays
    sold. Needs its operators loaded. Raises ChannelInvalidError."""
    _check(channel.name, terms)
    before = _terms_of(channel)
    channel.sells_everything = operators is None
    channel.operators = list(operators or ())
    for field, value in asdict(terms).items():
        setattr(channel, field, value)
    after = _terms_of(channel)
    if after != before:
        session.flush()
        _record(session, channel.id, "change_terms", actor, now, after, before)


def issue_key(
    session: Session, *, channel: Channel, is_test: bool, now: datetime, actor: Actor
) -> NewKey:
    """Make a key. One for tests plays everything through and sells nothing."""
    secret = (_TEST if is_test else _LIVE) + secrets.token_urlsafe(32)
    key = ChannelKey(
        channel=channel,
        secret_hash=hash_secret(secret),
        ending=secret[-4:],
        is_test=is_test,
        created_at=now,
    )
    session.add(key)
    session.flush()
    after = {"key": key.id, "ending": key.ending, "test": is_test}
    _record(session, channel.id, "issue_key", actor, now, after)
    return NewKey(key, secret)


def revoke_key(session: Session, *, key_id: int, now: datetime, actor: Actor) -> ChannelKey:
    """End a key from its next request on; what was sold with it stays sold.

    Done already, it changes nothing. Raises ChannelNotFoundError.
    """
    key = session.get(ChannelKey, key_id, with_for_update=True, populate_existing=True)
    if key is None:
        raise ChannelNotFoundError(key=key_id)
    if key.revoked_at is None:
        key.revoked_at = now
        after = {"key": key.id, "ending": key.ending}
        _record(session, key.channel_id, "revoke_key", actor, now, after)
    return key


def is_use_to_note(key: ChannelKey, now: datetime) -> bool:
    return key.last_used_at is None or key.last_used_at < now - _NOTED_EVERY


def note_use(session: Session, *, key: ChannelKey, now: datetime) -> None:
    """Keep roughly when a key was used last, so that forgotten ones can be revoked."""
    session.execute(
        sa.update(ChannelKey).where(ChannelKey.id == key.id).values(last_used_at=now),
        execution_options={"synchronize_session": False},
    )


def keep_rehearsal(
    session: Session, *, channel_id: int, uuid: str, body: dict[str, Any], now: datetime
) -> None:
    """Keep what a test key was answered last about a booking, and tell who wants to know."""
    kept = find_rehearsal(session, channel_id, uuid)
    if kept is None:
        session.add(Rehearsal(channel_id=channel_id, uuid=uuid, body=body, created_at=now))
    else:
        kept.body = body
    enqueue(
        session,
        subscriptions=wanting_rehearsals(session, channel_id),
        kind=NoticeKind.BOOKING,
        subject=uuid,
        now=now,
    )


def forget_rehearsals(session: Session, *, now: datetime) -> int:
    """Drop test bookings whose last answer is long ago; says how many."""
    old = sa.delete(Rehearsal).where(Rehearsal.created_at < now - _REHEARSED)
    found = session.execute(
        old.returning(Rehearsal.id), execution_options={"synchronize_session": False}
    )
    return len(found.all())


def _terms_of(channel: Channel) -> dict[str, Any]:
    sold = sorted(each.slug for each in channel.operators)
    return {
        "operators": "all" if channel.sells_everything else sold,
        **{field: getattr(channel, field) for field in _RANGES},
    }


def _check(name: str, terms: Terms) -> None:
    if not 1 <= len(name) <= LONGEST_NAME:
        raise ChannelInvalidError(field="name")
    for field, allowed in _RANGES.items():
        value = getattr(terms, field)
        if value is not None and value not in allowed:
            raise ChannelInvalidError(field=field, least=allowed[0], most=allowed[-1])


def _record(
    session: Session,
    channel_id: int,
    action: str,
    actor: Actor,
    at: datetime,
    after: dict[str, object],
    before: dict[str, object] | None = None,
) -> None:
    subject = ("channel", channel_id)
    record(
        session,
        actor=actor,
        action=f"channels.{action}",
        subject=subject,
        at=at,
        before=before,
        after=after,
    )
