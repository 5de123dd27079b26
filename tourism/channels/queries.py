"""Reading channels and their keys."""

from collections.abc import Sequence
from hashlib import sha256

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from tourism.channels.errors import ChannelNotFoundError, KeyUnknownError
from tourism.channels.models import Channel, ChannelKey, Rehearsal

_WHOLE = (selectinload(Channel.operators), selectinload(Channel.keys))


def hash_secret(secret: str) -> str:
    """A key is 32 random bytes: nobody can try them out, so a fast hash without salt is right."""
    return sha256(secret.encode()).hexdigest()


def get_key(session: Session, secret: str) -> ChannelKey:
    """The key that a request shows, with its channel. Raises KeyUnknownError."""
    whole = joinedload(ChannelKey.channel).selectinload(Channel.operators)
    query = sa.select(ChannelKey).where(
        ChannelKey.secret_hash == hash_secret(secret), ChannelKey.revoked_at.is_(None)
    )
    found = session.scalar(query.options(whole))
    if found is None:
        raise KeyUnknownError
    return found


def all_channels(session: Session) -> Sequence[Channel]:
    """Every channel with its operators and keys, by name."""
    return session.scalars(sa.select(Channel).options(*_WHOLE).order_by(Channel.name)).all()


def get_channel(session: Session, channel_id: int) -> Channel:
    """A channel with its operators and keys. Raises ChannelNotFoundError."""
    return _one(session, Channel.id == channel_id)


def get_channel_by_name(session: Session, name: str) -> Channel:
    """As `get_channel`."""
    return _one(session, Channel.name == name)


def find_rehearsal(session: Session, channel_id: int, uuid: str) -> Rehearsal | None:
    mine = sa.select(Rehearsal).where(Rehearsal.channel_id == channel_id)
    return session.scalar(mine.where(Rehearsal.uuid == uuid))


def rehearsals_of(session: Session, channel_id: int) -> Sequence[Rehearsal]:
    """The latest of a channel's rehearsals."""
    mine = sa.select(Rehearsal).where(Rehearsal.channel_id == channel_id)
    return session.scalars(mine.order_by(Rehearsal.id.desc()).limit(200)).all()


def _one(session: Session, which: sa.ColumnElement[bool]) -> Channel:
    found = session.scalar(sa.select(Channel).where(which).options(*_WHOLE))
    if found is None:
        raise ChannelNotFoundError
    return found
