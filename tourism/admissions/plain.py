"""The plain case, which is nearly every scan: the ticket stands as its code says.

A code that we signed tells slot, time and party. Where the rules let such a ticket in, one
statement admits and records it, if the ticket in the database still is that and the phone is still
trusted. Anything else (a moved or used ticket, a repeat) is left to `operations.admit`, which
looks first. PostgreSQL alone can do it in one statement, and it alone is far enough away to need
it.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from tourism.admissions.beside import due
from tourism.admissions.judgement import Device, Facts, Scan, judge
from tourism.admissions.models import Outcome
from tourism.admissions.operations import Answer
from tourism.core.direct import Direct, Statement
from tourism.tickets.revisions import ON_POSTGRESQL

_ADMIT = Statement(
    f"""
    WITH phone AS (
      SELECT id, gate_id FROM gate_devices
       WHERE id = :device_id AND gate_id = :gate_id AND revoked_at IS NULL
    ), ticket AS (
      UPDATE tickets SET admitted = tickets.admitted + :people, rev = {ON_POSTGRESQL}
        FROM phone
       WHERE tickets.id = :ticket_id AND status = 'valid' AND slot_id = :slot_id
         AND starts_at = :starts_at AND ends_at = :ends_at AND party_size = :party_size
         AND admitted + :people <= party_size AND away = 0 AND released_at IS NULL
      RETURNING tickets.id, booking_id, admitted, phone.id AS device_id, gate_id
    ), record AS (
      INSERT INTO admissions (id, ticket_id, device_id, gate_id, code, seq, asked, people,
        direction, via, mode, outcome, override, scanned_at, received_at)
      SELECT :id, id, device_id, gate_id, :code, :seq, CAST(:asked AS int), :people,
        'in', :via, 'ask', 'ok', :override, :now, :now FROM ticket
    )
    SELECT reference, ticket.admitted,
      (SELECT string_agg(unit_id || ':' || quantity, ',') FROM booking_units
        WHERE booking_units.booking_id = bookings.id),
      total_amount, total_currency, channel_id
      FROM ticket JOIN bookings ON bookings.id = ticket.booking_id
    """  # noqa: S608 - the one thing put in is ours
)


def admit_as_signed(
    direct: Direct, *, device: Device, scan: Scan, slot: Facts, now: datetime
) -> Answer | None:
    """Let the people of a scan in as its code says. None where that is not the whole story.

    ``slot`` is what all its tickets have in common; device and slot may have been read before."""
    ticket = _as_signed(scan, slot)
    if judge(ticket, device, scan, now) is not Outcome.OK:
        return None
    people = scan.people or ticket.party_size
    try:
        with direct.block() as block:
            row = block.row(_ADMIT, _values(device, scan, ticket, people, now))
    except Exception as error:
        if not direct.is_conflict(error):
            raise
        return None  # its id is known: it was sent before
    if row is None:
        return None
    reference, admitted, units, *sum_due = row
    ticket = replace(
        ticket,
        reference=reference,
        admitted=admitted,
        units=units or "",
        due=due(*sum_due, before=admitted - people),
    )
    return Answer(scan_id=scan.id, outcome=Outcome.OK, people=people, decided_at=now, ticket=ticket)


def _as_signed(scan: Scan, slot: Facts) -> Facts:
    assert scan.signed
    return replace(
        slot,
        ticket_id=scan.signed.ticket_id,
        starts_at=scan.signed.starts_at,
        ends_at=scan.signed.starts_at + scan.signed.length,
        party_size=scan.signed.party_size,
    )


def _values(
    device: Device, scan: Scan, ticket: Facts, people: int, now: datetime
) -> dict[str, Any]:
    assert scan.signed
    return {
        "ticket_id": ticket.ticket_id,
        "slot_id": scan.signed.slot_id,
        "starts_at": ticket.starts_at,
        "ends_at": ticket.ends_at,
        "party_size": ticket.party_size,
        "device_id": device.id,
        "gate_id": device.gate_id,
        "id": scan.id,
        "code": scan.code,
        "seq": scan.seq,
        "asked": scan.people,
        "people": people,
        "via": scan.via.value,
        "override": scan.override,
        "now": now,
    }
