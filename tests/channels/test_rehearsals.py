"""Bookings that test keys play through are kept for a month."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories.channels import MADE_AT, make_channel
from tourism.channels.models import Rehearsal
from tourism.channels.operations import forget_rehearsals


def test_old_rehearsals_are_dropped_and_young_ones_stay(session: Session) -> None:
    channel = make_channel(session)
    for days in (29, 31):
        made_at = MADE_AT - timedelta(days=days)
        session.add(Rehearsal(channel_id=channel.id, uuid=f"{days}", body={}, created_at=made_at))
    session.flush()
    assert forget_rehearsals(session, now=MADE_AT) == 1
    assert session.scalars(sa.select(Rehearsal.uuid)).all() == ["29"]
