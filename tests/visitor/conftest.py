"""What the visitor pages are tried with."""

import pytest
from sqlalchemy.orm import Session

from tests.factories.bookings import (
    make_bookable_slot,
)
from tourism.core.clock import now
from tourism.experiences.models import Slot


@pytest.fixture
def slot(session: Session) -> Slot:
    """Ten places, in a day from now."""
    slot = make_bookable_slot(session, now())
    session.commit()
    return slot
