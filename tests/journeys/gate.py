"""A town with one gate and a real server, and how a steward uses a phone at it."""

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from sqlalchemy.orm import Session

from tests.factories.admissions import make_gate, make_slot_now, make_ticket
from tests.factories.destination import make_destination
from tests.journeys.conftest import PHONE, served
from tourism import migrations
from tourism.admissions.enrolments import create_enrolment
from tourism.admissions.models import Admission, Gate
from tourism.app import create_app
from tourism.audit.operations import SYSTEM
from tourism.bookings.models import Booking
from tourism.core.clock import now
from tourism.settings import read_settings
from tourism.tickets.models import Ticket
from tourism.web import db
from tourism.web.codes import ticket_keys

_addresses = itertools.count(1)
PATIENCE_MS = 15_000  # two rounds of the film and a busy machine


@dataclass
class Town:
    """A running server with one gate, and the way to its database."""

    url: str
    server: served  # may be stopped and started again at the same address
    app: Flask
    session: Session
    gate: Gate
    party: Ticket  # of four, held up to the camera
    turned: Ticket  # of two, held crookedly and far away

    def code(self) -> str:
        """A new enrolment code."""
        with db.transaction() as session:
            made = create_enrolment(
                session, gate=self.gate, device_name="", created_by=None, actor=SYSTEM, now=now()
            )
        return made.code

    def ticket(self, party_size: int, **shift: float) -> Ticket:
        """A ticket of its own, whose window opened ten minutes ago, or shifted from there."""
        with db.transaction() as session:
            slot = make_slot_now(session, now() + timedelta(**shift), f"s-{os.urandom(4).hex()}")
            slot.experience.operator_id = self.gate.operator_id
            return make_ticket(session, slot, party_size)

    def admitted(self, ticket: Ticket) -> int:
        self.session.commit()
        self.session.refresh(ticket)
        return ticket.admitted

    def records(self, ticket: Ticket) -> list[tuple[str, int]]:
        self.session.commit()
        query = sa.select(Admission).where(Admission.ticket_id == ticket.id)
        rows = self.session.scalars(query.order_by(Admission.received_at, Admission.seq))
        return [(row.outcome.value, row.people) for row in rows]


@contextmanager
def running_town(instance: Path) -> Iterator[Town]:
    environment = os.environ | {
        "TOURISM_INSTANCE": str(instance),
        "TOURISM_MODE": "demo",
        "TOURISM_TRUSTED_PROXIES": "1",  # each phone comes from an address of its own
    }
    app = create_app(read_settings(environment))
    with app.app_context():
        migrations.upgrade(db.engine())
        session = db.db_session()
        make_destination(session)
        slot = make_slot_now(session, now())
        gate = make_gate(session, slot.experience)
        party, turned = make_ticket(session, slot, 4), make_ticket(session, slot, 2)
        ticket_keys()  # made before the server looks for them
        session.commit()
        server = served(environment, instance / "server.log")
        url = server.__enter__()
        try:
            yield Town(url, server, app, session, gate, party, turned)
        finally:
            server.__exit__()


def new_phone(browser: Browser, **more: Any) -> BrowserContext:
    """A phone of its own, not held to the number of tries that another has used up."""
    address = {"X-Forwarded-For": f"10.0.0.{next(_addresses)}"}
    return browser.new_context(**PHONE, locale="zh-CN", extra_http_headers=address, **more)


def enrol(page: Page, town: Town) -> None:
    page.get_by_label("手机码").fill(town.code())
    page.get_by_role("button", name="启用这部手机").click()
    page.get_by_role("button", name="开始扫票").wait_for()
    has_synced(page)


def has_synced(page: Page) -> None:
    """This page has heard from the server and knows all it told; the next sync is far off."""
    expect(page.locator('[data-status][data-heard]:not([data-heard="0"])')).to_be_attached(
        timeout=PATIENCE_MS
    )


def type_code(page: Page, code: str) -> None:
    page.get_by_label("预订号").fill(code)
    page.keyboard.press("Enter")


def verdict(page: Page, word: str, number: str) -> Locator:
    screen = page.locator("[data-verdict]:not(li)")
    expect(screen.get_by_role("heading")).to_have_text(word)
    expect(screen.locator("[data-number]")).to_have_text(number)
    return screen


def newest_booking(town: Town) -> Booking:
    town.session.commit()
    return town.session.scalars(sa.select(Booking).order_by(Booking.id.desc()).limit(1)).one()


def logged(page: Page, ticket: Ticket | None, outcome: str) -> None:
    name = ticket.id if ticket else ""
    entry = page.locator(f'#log li[data-ticket="{name}"][data-outcome="{outcome}"]').first
    expect(entry).to_be_attached(timeout=PATIENCE_MS)
