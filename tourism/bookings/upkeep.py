"""What the clock alone makes due in the ledger, found in one small read.

It is asked at every page view, so it costs one statement of three indexed questions, and nothing
more while there is nothing to do.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tourism.bookings.queries import overdue_holds
from tourism.bookings.settling import overdue_offers
from tourism.bookings.waiting import lines_with_room


@dataclass(frozen=True, slots=True)
class Due:
    """Holds that are over, offers nobody has answered, and parties in line that have room."""

    holds: bool
    offers: bool
    waiting: bool


def what_is_due(session: Session, now: datetime) -> Due:
    """Which of the three there is to do."""
    questions = sa.select(
        overdue_holds(now).exists(), overdue_offers(now).exists(), lines_with_room(now).exists()
    )
    return Due(*session.execute(questions).one())
