"""Tickets that open nothing, held up to the camera: with a network and without one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, Playwright, expect

from tests.journeys import camera
from tests.journeys.camera import NOTHING, Shot
from tests.journeys.conftest import launch
from tests.journeys.gate import PATIENCE_MS, Town, enrol, new_phone, running_town
from tourism.tickets.keys import new_keys
from tourism.tickets.models import Ticket
from tourism.tickets.operations import void_tickets
from tourism.tickets.tokens import sign_ticket
from tourism.web import db
from tourism.web.codes import ticket_keys


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with running_town(tmp_path) as town:
        yield town


def test_bad_tickets_are_refused_with_and_without_a_network(
    playwright: Playwright, town: Town, tmp_path: Path
) -> None:
    """Forged, edited, of yesterday, moved to tomorrow, cancelled: the same word for each, twice."""
    forged, edited, gone, moved, dead = (town.ticket(2, days=-day) for day in (0, 0, 1, 0, 0))
    good = sign_ticket(ticket_keys(), edited)
    texts = [
        sign_ticket(new_keys(), forged),
        good[:20] + ("Z" if good[20] != "Z" else "Y") + good[21:],
        *(sign_ticket(ticket_keys(), each) for each in (gone, moved, dead)),
    ]
    _move_to_tomorrow(town, moved)
    with db.transaction() as session:
        void_tickets(session, booking_id=dead.booking_id)
    shots = [shot for text in texts for shot in (Shot(text), NOTHING)]
    film = camera.film(tmp_path / "bad.mjpeg", shots)
    browser = launch(playwright, *camera.flags(film))
    phone = new_phone(browser, permissions=["camera"])
    page = phone.new_page()
    page.goto(f"{town.url}/gate/")
    enrol(page, town)
    page.get_by_role("button", name="开始扫票").click()
    for is_offline in (False, True):
        phone.set_offline(is_offline)
        page.evaluate("() => document.getElementById('log').replaceChildren()")
        _refused(page, None, "bad_signature", 2)
        _refused(page, gone, "wrong_day")
        _refused(page, moved, "wrong_day")
        _refused(page, dead, "cancelled")
        expect(page.locator('#log li[data-verdict="admit"]')).to_have_count(0)
    assert [town.admitted(each) for each in (forged, edited, gone, moved, dead)] == [0] * 5
    browser.close()


def _refused(page: Page, ticket: Ticket | None, outcome: str, times: int = 1) -> None:
    name = ticket.id if ticket else ""
    entries = page.locator(f'#log li[data-ticket="{name}"][data-outcome="{outcome}"]')
    expect(entries.nth(times - 1)).to_be_attached(timeout=PATIENCE_MS)


def _move_to_tomorrow(town: Town, ticket: Ticket) -> None:
    """As a rebooking does: the code stays, the ticket stands at another time."""
    later = town.ticket(1, days=1)
    with db.transaction() as session:
        values = {"slot_id": later.slot_id, "starts_at": later.starts_at, "ends_at": later.ends_at}
        session.execute(sa.update(Ticket).where(Ticket.id == ticket.id).values(values))
