"""Telling channels of changes from a process of its own."""

import time

import click
from flask.cli import with_appcontext

from tourism.web.db import db_session
from tourism.web.notices import PAUSE_S, deliver_all


@click.command()
@click.option("--once", is_flag=True, help="Send what is due now and end.")
@with_appcontext
def deliver(once: bool) -> None:
    """Tell channels what has changed, until Ctrl-C.

    `tourism run` does that by itself, in each of its processes; under another server run this
    beside it. Several at the same time share the work.
    """
    while True:
        done = deliver_all()
        if once or done.delivered or done.not_delivered:
            click.echo(f"{done.delivered} notices delivered, {done.not_delivered} not.")
        if once:
            return
        db_session().rollback()  # nothing read stays open while nothing is done
        time.sleep(PAUSE_S)
