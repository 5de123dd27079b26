"""The ledger: prove it, mend it, keep it tidy."""

import sys

import click
from flask.cli import with_appcontext

from tourism.audit.operations import SYSTEM
from tourism.bookings import recount as ledger
from tourism.bookings.no_shows import admitted_late, make_room, release_no_shows
from tourism.bookings.operations import expire_holds
from tourism.bookings.recount import Difference, Discrepancy
from tourism.core.clock import now
from tourism.web.db import db_session, transaction
from tourism.web.holds import serve_lines, settle_offers
from tourism.web.notices import deliver_all, forget_old


@click.command()
@click.option("--repair", is_flag=True, help="Set wrong counters to what the bookings say.")
@with_appcontext
def recount(repair: bool) -> None:
    """Compare every slot's counter with its bookings.

    Ends with 1 when a difference is left: all of them without --repair; with it, slots that have
    more people booked than places, which only people can resolve.
    """
    found = ledger.recount(db_session())
    for each in found:
        click.echo(_line(each))
    repaired = _repair(found) if repair and found else []
    left = len(found) - len(repaired)
    click.echo(f"{len(found)} differences, {len(repaired)} repaired, {left} left.")
    if left:
        sys.exit(1)


@click.command()
@with_appcontext
def sweep() -> None:
    """Give back the places of holds that are over, settle offers that nobody has answered, keep
    what came back for those who wait for it, and tell channels of it. What channels were told
    or only rehearsed more than 30 days ago is dropped.

    Nothing depends on it: whoever asks for a place, or looks for one, does the same. Run it now
    and then so that the records of a quiet night are true in the morning.
    """
    with transaction() as session:
        expired = expire_holds(session, now=now())
    settled = settle_offers(now())
    served = serve_lines(now())
    with transaction() as session:
        absent = release_no_shows(session, now=now())
    for ticket_id in admitted_late(db_session(), now()):
        with transaction() as session:
            make_room(session, ticket_id, now=now(), actor=SYSTEM)
    told = deliver_all().delivered
    forget_old()
    click.echo(
        f"{expired} holds expired, {settled} offers settled, {served} waiting served,"
        f" {absent} parties have not come, {told} notices delivered."
    )


def _repair(found: list[Difference]) -> list[Difference]:
    with transaction() as session:
        return ledger.repair(session, found)


def _line(each: Difference) -> str:
    oversold = f", more than its {each.capacity} places" if each.is_oversold else ""
    if isinstance(each, Discrepancy):
        what = f"slot {each.slot_id}"
    else:
        what = f"ceiling {each.ceiling_id} at {each.starts_at:%Y-%m-%d %H:%M} UTC"
    return f"{what}: counter {each.taken}, booked {each.counted}{oversold}"
