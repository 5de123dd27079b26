"""People who come to the gate without booking: sold a place by asking, or by the phone alone from
places it was given beforehand, so that it cannot oversell.

A sale and the scan that lets its people in have the same id, so each is done once however often it
is told.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from tourism.admissions.enrolments import authenticate
from tourism.admissions.errors import DeviceRevokedError, DeviceUnknownError
from tourism.admissions.judgement import Scan
from tourism.admissions.offline import Told
from tourism.admissions.operations import Answer, admit
from tourism.audit.operations import Actor
from tourism.bookings.allotments import spend_allotment
from tourism.bookings.models import Booking
from tourism.bookings.walk_ins import WalkIn, sell_walk_in
from tourism.core.errors import ConflictError, TourismError
from tourism.gate import wire
from tourism.web.codes import ticket_keys
from tourism.web.db import transaction

log = logging.getLogger(__name__)


class NotHereError(ConflictError):
    """The slot is another gate's: its people would have to go there."""

    code = "wrong_place"


def sell(secret: str, sale: wire.Sale, moment: datetime) -> Answer:
    """Take places on the ledger for a party on the spot, and let it in. Raises NotHereError, what
    `sell_walk_in` raises, and at the commit CeilingFullError."""
    with transaction() as session:
        device = authenticate(session, secret=secret)
        booking = sell_walk_in(
            session,
            slot_id=sale.slot_id,
            walk_in=_walk_in(sale),
            key_id=ticket_keys().current_id,
            now=moment,
            actor=Actor("device", str(device.id)),
        )
        answer = admit(session, device=device, scan=_scan(sale, booking), now=moment)
        if not answer.people:
            raise NotHereError(slot_id=sale.slot_id)
    return answer


def settle(
    secret: str, sales: Sequence[wire.Sale], moment: datetime
) -> tuple[list[Told], dict[str, Any]]:
    """Book what a phone sold alone, each in a transaction of its own, for a ceiling refuses at the
    commit. Gives back the scans that let these people in, and why others could not be booked."""
    scans: list[Told] = []
    refused: dict[str, Any] = {}
    for sale in sales:
        try:
            scans.append(_settle(secret, sale, moment))
        except (DeviceUnknownError, DeviceRevokedError):
            raise
        except TourismError as error:
            log.warning("a sale at a gate could not be booked: %s: %s", sale.id, error.code)
            refused[sale.id] = wire.rejected_json(error.code)
    return scans, refused


def _settle(secret: str, sale: wire.Sale, moment: datetime) -> Told:
    with transaction() as session:
        device = authenticate(session, secret=secret)
        booking = spend_allotment(
            session,
            device_id=device.id,
            slot_id=sale.slot_id,
            walk_in=_walk_in(sale),
            key_id=ticket_keys().current_id,
            now=moment,
            actor=Actor("device", str(device.id)),
        )
        return replace(sale.told, scan=_scan(sale, booking), people=booking.party_size)


def _walk_in(sale: wire.Sale) -> WalkIn:
    return WalkIn(party=sale.party, language=sale.language, idempotency_key=f"gate:{sale.id}")


def _scan(sale: wire.Sale, booking: Booking) -> Scan:
    ticket = booking.tickets[0].id
    return replace(sale.told.scan, ticket_id=ticket, code=booking.reference, people=None)
