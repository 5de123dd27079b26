"""A channel with a key, and something to sell on the days to come."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories.channels import Agency, make_channel, make_key
from tests.factories.destination import make_destination
from tests.factories.experiences import make_experience, make_slot
from tourism.core.clock import now
from tourism.experiences.models import Experience

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def tomorrow() -> datetime:
    """9:00 in the destination on the day after today: the API reads the real clock."""
    here = now().astimezone(ZONE)
    return here.replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=1)


@pytest.fixture
def picking(session: Session, tomorrow: datetime) -> Experience:
    """Picking with two slots of ten places tomorrow, at known prices."""
    make_destination(session)
    experience = make_experience(session)
    for unit, price in zip(experience.units, (3000, 1500, 0), strict=True):
        unit.price_amount, unit.price_currency = price, "CNY"
    make_slot(session, experience, tomorrow)
    make_slot(session, experience, tomorrow + timedelta(hours=1))
    session.commit()
    return experience


@pytest.fixture
def garden(session: Session, picking: Experience, tomorrow: datetime) -> Experience:
    """A garden that is open all day."""
    experience = make_experience(session, "garden", all_day=True)
    make_slot(session, experience, tomorrow, ends_at=tomorrow + timedelta(hours=8), capacity=100)
    session.commit()
    return experience


@pytest.fixture
def agency(session: Session, client: FlaskClient, picking: Experience) -> Agency:
    """Sells everything, asks for prices."""
    secret = make_key(session, make_channel(session, commission_percent=10)).secret
    session.commit()
    return Agency(client, secret, "octo/pricing")
