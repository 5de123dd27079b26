"""A ticket as cameras see it: on a phone by day and night, on paper, and in a saved picture."""

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO

import numpy as np
import pytest
import zxingcpp
from flask.testing import FlaskClient
from PIL import Image, ImageFilter
from playwright.sync_api import Browser, Page, Route
from sqlalchemy.orm import Session

from tests.factories.destination import make_destination
from tests.factories.tickets import make_ticketed_booking
from tourism.core.clock import now
from tourism.tickets.models import Ticket
from tourism.web.codes import ticket_code

SITE = "http://ticket.test"
CSS_PIXELS_PER_MM = 96 / 25.4
MODULES = 41 + 2 * 4

# A picture does not depend on the database behind it.
pytestmark = pytest.mark.parametrize("app", ["sqlite"], indirect=True, scope="session")


@pytest.fixture
def ticket(session: Session) -> Ticket:
    make_destination(session)
    made = make_ticketed_booking(session, now() + timedelta(days=1))[1]
    session.commit()
    return made


@pytest.fixture
def page(browser: Browser, client: FlaskClient) -> Iterator[Page]:
    """A 390 px wide screen with plain pixels; the app answers it without a server."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")

    def answer(route: Route) -> None:
        with client.get(route.request.url.removeprefix(SITE)) as got:
            route.fulfill(status=got.status_code, headers=dict(got.headers), body=got.data)

    context.route("**/*", answer)
    yield context.new_page()
    context.close()


def texts(picture: bytes | Image.Image) -> list[str]:
    image = Image.open(BytesIO(picture)) if isinstance(picture, bytes) else picture
    return [read.text for read in zxingcpp.read_barcodes(np.array(image.convert("L")))]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_code_is_read_from_a_phones_screen(page: Page, ticket: Ticket, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(f"{SITE}/tickets/{ticket.id}")
    assert texts(page.screenshot(full_page=True)) == [ticket_code(ticket)]


def test_the_code_is_read_out_of_focus_and_turned(page: Page, ticket: Ticket) -> None:
    page.goto(f"{SITE}/tickets/{ticket.id}")
    seen = Image.open(BytesIO(page.locator(".ticket").screenshot())).convert("L")
    blurred = seen.rotate(17, expand=True, fillcolor=120).filter(ImageFilter.GaussianBlur(2.4))
    assert texts(blurred) == [ticket_code(ticket)]


def test_no_module_is_lost_or_blurred_on_a_plain_screen(page: Page, ticket: Ticket) -> None:
    """7 pixels a module at 390 px, and nothing between black and white."""
    page.goto(f"{SITE}/tickets/{ticket.id}")
    code = page.locator("svg.qr")
    box = code.bounding_box()
    assert box is not None
    assert box["width"] / MODULES >= 7
    shades = np.unique(np.array(Image.open(BytesIO(code.screenshot())).convert("L")))
    assert shades.tolist() == [0, 255]


def test_the_code_on_paper_is_large_and_alone(page: Page, ticket: Ticket) -> None:
    page.goto(f"{SITE}/tickets/{ticket.id}")
    page.emulate_media(media="print")
    box = page.locator("svg.qr").bounding_box()
    assert box is not None
    assert box["width"] / CSS_PIXELS_PER_MM * 41 / MODULES >= 35, "millimetres of code"
    assert texts(page.screenshot(full_page=True)) == [ticket_code(ticket)]
    for hidden in (".site-header", ".site-footer", "main .button", "main a"):
        assert not page.locator(hidden).first.is_visible()


def test_the_print_button_prints(page: Page, ticket: Ticket) -> None:
    page.add_init_script("window.print = () => { document.title = 'printed' }")
    page.goto(f"{SITE}/tickets/{ticket.id}")
    page.get_by_role("button", name="打印").click()
    assert page.title() == "printed"
