"""Telling channels what has changed: one round of it, and a thread that makes round after round.

Any number of processes may do that beside each other: each notice is leased by one of them.
"""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event, Thread
from zoneinfo import ZoneInfo

from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from tourism.audit.operations import SYSTEM
from tourism.channels import outbox, shelf
from tourism.channels.delivery import Receipt, deliver
from tourism.channels.operations import forget_rehearsals
from tourism.channels.outbox import Parcel
from tourism.channels.subscriptions import pause_gone
from tourism.core.clock import now
from tourism.destination.errors import NoDestinationError
from tourism.destination.queries import get_destination
from tourism.settings import Settings
from tourism.web.db import db_session, transaction
from tourism.web.holds import give_back_overdue_holds

log = logging.getLogger(__name__)
PAUSE_S = 2  # between rounds: so soon a channel hears of a change
_CLEANED_EVERY = 1800  # rounds: about hourly
_AT_ONCE = 8  # receivers that are slow hold up no more than each other


@dataclass(slots=True)
class Round:
    """What a round did."""

    delivered: int = 0
    not_delivered: int = 0


def deliver_all() -> Round:
    """Send all that is due, line by line, until nothing is left that is due now."""
    done = Round()
    _look_at_shelf()
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="notices") as pool:
        while parcels := _lease():
            for parcel, receipt in zip(parcels, pool.map(_sender(), parcels), strict=True):
                _settle(parcel, receipt)
                done.delivered += receipt.is_good
                done.not_delivered += not receipt.is_good
    return done


def start(app: Flask) -> Event:
    """Deliver from a thread of this process until it ends or the event is set. It also does what
    the clock has made due, so that channels hear of it though nobody looks."""
    stop = Event()
    Thread(target=_run, args=(app, stop), name="notices", daemon=True).start()
    return stop


def _run(app: Flask, stop: Event) -> None:
    rounds = 0
    while not stop.wait(PAUSE_S):
        try:
            with app.app_context():
                give_back_overdue_holds()
                deliver_all()
                if rounds % _CLEANED_EVERY == 0:
                    forget_old()
            rounds += 1
        except SQLAlchemyError as error:
            log.warning("notices wait, the database does not answer: %s", error)
        except Exception:
            log.exception("a round of notices broke off")


def _look_at_shelf() -> None:
    if not shelf.is_look_due(db_session(), now()):
        return
    try:
        zone = ZoneInfo(get_destination(db_session()).time_zone)
    except NoDestinationError:
        return
    with transaction() as session:
        shelf.look(session, now=now(), zone=zone)


def _sender() -> Callable[[Parcel], Receipt]:
    """How this site sends; the threads that do know no app."""
    settings: Settings = current_app.config["TOURISM"]
    private = settings.private_targets
    return lambda parcel: deliver(
        parcel, site_secret=settings.secret_key, private=private, now=now()
    )


def forget_old() -> None:
    """Drop notices that were settled and rehearsals that were played long ago."""
    with transaction() as session:
        outbox.forget_old(session, now=now())
        forget_rehearsals(session, now=now())


def _lease() -> list[Parcel]:
    if not outbox.is_anything_due(db_session(), now()):
        return []
    with transaction() as session:
        return outbox.lease(session, now=now(), most=_AT_ONCE)


def _settle(parcel: Parcel, receipt: Receipt) -> None:
    with transaction() as session:
        outbox.settle(
            session,
            parcel=parcel,
            is_delivered=receipt.is_good,
            is_last=receipt.is_gone,
            answer=receipt.words,
            now=now(),
        )
        if receipt.is_gone:
            pause_gone(session, uuid=parcel.subscription, now=now(), actor=SYSTEM)
