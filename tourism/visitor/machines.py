"""The site for machines: site map, rules for robots, places as GeoJSON, festivals as a calendar.

Nothing here that a page does not show, and no sample that a page would have to explain: only the
calendar has sample festivals, named as such, while the sample layer is loaded.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as ET

from flask import Blueprint, Response, g, url_for
from flask_babel import gettext as _
from icalendar import Calendar, Event

from tourism.core.clock import now
from tourism.core.languages import LANGUAGES
from tourism.destination.geojson import as_document
from tourism.destination.models import BuildStatus, Destination
from tourism.destination.queries import all_places
from tourism.experiences.queries import published_experiences
from tourism.festivals.models import Festival
from tourism.festivals.queries import festivals
from tourism.web.addresses import absolute, canonical, page_address, page_addresses
from tourism.web.db import db_session
from tourism.web.filters import text
from tourism.web.languages import PREFIXES, current_language
from tourism.web.linked_data import Voice

bp = Blueprint("machines", __name__)
bp.add_app_template_global(absolute)
bp.add_app_template_global(canonical)
# What is for the people who work here, or for the one who booked.
PRIVATE = (
    "/desk",
    "/office",
    "/gate",
    "/bookings",
    "/tickets",
    "/account",
    "/slots",
    "/waiting",
    "/invitations",
    "/octo",
    "/metrics",
)
_DAY = timedelta(days=1)
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XHTML = "http://www.w3.org/1999/xhtml"
ET.register_namespace("", _SITEMAP)
ET.register_namespace("xhtml", _XHTML)


def voice() -> Voice:
    """How this page speaks to machines."""
    return Voice(current_language(), page_address)


@bp.get("/robots.txt")
def robots() -> Response:
    starts = ("", *PREFIXES)
    lines = [f"Disallow: {start}{path}" for path in PRIVATE for start in starts]
    sitemap = f"Sitemap: {absolute(url_for('.sitemap'))}"
    return Response("\n".join(["User-agent: *", *lines, "", sitemap, ""]), mimetype="text/plain")


@bp.get("/sitemap.xml")
def sitemap() -> Response:
    """Every public page in every language. No date of change: none is kept."""
    root = ET.Element(f"{{{_SITEMAP}}}urlset")
    for addresses in _pages():
        for tag in LANGUAGES:
            _add_page(root, addresses[tag], addresses)
    body = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return Response(body, mimetype="application/xml")


@bp.get("/places.geojson")
def places() -> Response:
    """The places of the township with how far each position can be trusted."""
    answer = Response(_feature_collection(g.destination), mimetype="application/geo+json")
    # Open data: other sites' maps may read it.
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer


@bp.get("/festivals.ics")
def calendar() -> Response:
    """The festivals whose days are known, to subscribe to."""
    answer = Response(_calendar(now()), mimetype="text/calendar")
    answer.headers["Content-Disposition"] = 'inline; filename="festivals.ics"'
    return answer


def _pages() -> Iterator[dict[str, str]]:
    """The addresses of each page; what can be booked as a sample only is no page of the town's."""
    session = db_session()
    for area in ("home", "places", "festivals", "experiences"):
        yield page_addresses(f"visitor.{area}.index")
    for place in all_places(session):
        yield page_addresses("visitor.places.show", slug=place.slug)
    for festival in festivals(session):
        yield page_addresses("visitor.festivals.show", slug=festival.slug)
    for experience in published_experiences(session):
        if not experience.sample:
            yield page_addresses("visitor.experiences.show", slug=experience.slug)


def _add_page(root: ET.Element, address: str, addresses: dict[str, str]) -> None:
    page = ET.SubElement(root, f"{{{_SITEMAP}}}url")
    ET.SubElement(page, f"{{{_SITEMAP}}}loc").text = address
    for tag, other in addresses.items():
        ET.SubElement(page, f"{{{_XHTML}}}link", rel="alternate", hreflang=tag, href=other)


def _feature_collection(destination: Destination) -> str:
    real = [each for each in all_places(db_session()) if each.status is not BuildStatus.SAMPLE]
    document = as_document(destination, real)
    for place, feature in zip(real, document["features"], strict=True):
        feature["properties"] |= {
            "navigable": place.is_navigable,
            "url": page_address("visitor.places.show", slug=place.slug),
        }
    return json.dumps(document, ensure_ascii=False)


def _calendar(current: datetime) -> bytes:
    session = db_session()
    names = {place.slug: text(place.name) for place in all_places(session)}
    made = Calendar()
    made.add("prodid", "-//tourism//festivals//ZH")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", _("Festivals of %(town)s", town=text(g.destination.name)))
    for festival in festivals(session):
        if festival.sample and not g.destination.demo_loaded:
            continue
        if festival.starts_on and festival.ends_on:
            venues = [names[slug] for slug in festival.venues if slug in names]
            event = _event(festival, festival.starts_on, festival.ends_on, venues)
            event.add("dtstamp", current)
            made.add_component(event)
    return bytes(made.to_ical())


def _event(festival: Festival, first: date, last: date, venues: Sequence[str]) -> Event:
    name = text(festival.name)
    event = Event()
    # The name of the edition, not of this host or language: loaded again it replaces itself.
    identity = f"{g.destination.slug}/{festival.slug}/{first.year}"
    event.add("uid", str(uuid5(NAMESPACE_URL, identity)))
    event.add("dtstart", first)
    event.add("dtend", last + _DAY)  # the first day without it
    event.add("summary", _("Sample: %(name)s", name=name) if festival.sample else name)
    event.add("location", ", ".join([*venues, text(g.destination.region)]))
    event.add("url", page_address("visitor.festivals.show", slug=festival.slug))
    event.add("status", "TENTATIVE" if festival.sample else "CONFIRMED")
    event.add("transp", "TRANSPARENT")  # a festival leaves the reader's days free
    return event
