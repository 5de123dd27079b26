"""A channel that sells, an address at which it is told, and bookings to tell of."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories.channels import Agency, make_channel, make_key
from tests.factories.destination import make_destination
from tests.factories.experiences import make_experience, make_slot
from tests.receivers import Receiver, receiver
from tourism.channels.operations import NewKey
from tourism.core.clock import now
from tourism.experiences.models import Slot

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def own_network(app: Flask) -> Iterator[None]:
    """The setting that lets tests be told at all."""
    kept = app.config["TOURISM"]
    app.config["TOURISM"] = replace(kept, private_targets=True)
    yield
    app.config["TOURISM"] = kept


@pytest.fixture
def told() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@pytest.fixture
def slot(session: Session) -> Slot:
    """Ten places at 9:00 tomorrow, two more slots after it; the API reads the real clock."""
    make_destination(session)
    here = now().astimezone(ZONE)
    at = here.replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=1)
    experience = make_experience(session)
    made = make_slot(session, experience, at)
    make_slot(session, experience, at + timedelta(hours=1))
    make_slot(session, experience, at + timedelta(days=1))
    session.commit()
    return made


@pytest.fixture
def key(session: Session, slot: Slot) -> NewKey:
    made = make_key(session, make_channel(session))
    session.commit()
    return made


@pytest.fixture
def agency(client: FlaskClient, key: NewKey, own_network: None) -> Agency:
    return Agency(client, key.secret)


@pytest.fixture
def at(slot: Slot) -> datetime:
    """When the first slot begins, as the destination's clocks say."""
    return slot.starts_at.astimezone(ZONE)
