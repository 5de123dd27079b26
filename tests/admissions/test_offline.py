"""Scans that phones made alone: one that the database refuses takes no other with it."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories.admissions import (
    enrolled,
    make_gate,
    make_scan,
    make_slot_now,
    make_ticket,
)
from tests.factories.destination import make_destination
from tourism.admissions.models import Admission, Outcome
from tourism.admissions.offline import Told, record_scans


def test_what_the_database_refuses_leaves_no_trace_and_no_harm(
    session: Session, at: datetime
) -> None:
    """A row lacks what none may lack: that scan is undone, and only that."""
    make_destination(session)
    slot = make_slot_now(session, at)
    device = enrolled(session, make_gate(session, slot.experience), at)
    tickets = sorted((make_ticket(session, slot, 4) for _ in range(3)), key=lambda one: one.id)
    session.commit()
    scans = [
        Told(scan=make_scan(ticket, seq=seq), at=at, people=2, verdict=Outcome.OK)
        for ticket, seq in zip(tickets, (1, None, 2), strict=True)
    ]
    kept = record_scans(session, device=device, scans=scans, now=at)
    session.commit()
    assert [kept[told.scan.id].outcome for told in scans] == [Outcome.OK, None, Outcome.OK]
    ids = set(session.scalars(sa.select(Admission.id)))
    assert ids == {scans[0].scan.id, scans[2].scan.id}
