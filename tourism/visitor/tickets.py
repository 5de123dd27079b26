"""A ticket with its code: to show, to save, to print, to put in a calendar.

The ticket's id cannot be guessed and is all that is needed to see it, so that one of a party can
pass the ticket on. Its page therefore names nobody, and leads to no act on the booking.
"""

from flask import Blueprint, Response, current_app, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tourism.admissions.queries import entrances_of
from tourism.bookings.models import Booking
from tourism.bookings.queries import booking_of_ticket
from tourism.core.clock import now
from tourism.settings import Settings
from tourism.tickets import qr
from tourism.tickets.errors import TicketVoidError
from tourism.tickets.models import Ticket
from tourism.visitor.calendars import Visit, calendar_file
from tourism.web.codes import ticket_code
from tourism.web.db import db_session
from tourism.web.filters import local, local_time, reference, text, zone

bp = Blueprint("tickets", __name__)


@bp.get("/tickets/<ticket_id>")
def show(ticket_id: str) -> ResponseReturnValue:
    booking, ticket = _get(ticket_id)
    gates = entrances_of(db_session(), booking.slot.experience.operator_id)
    return render_template("visitor/tickets/show.html", booking=booking, ticket=ticket, gates=gates)


@bp.get("/tickets/<ticket_id>.png")
def picture(ticket_id: str) -> ResponseReturnValue:
    booking, ticket = _get(ticket_id)
    if not ticket.admits:
        raise TicketVoidError(ticket_id=ticket_id)
    answer = Response(qr.png(ticket_code(ticket), _captions(booking, ticket)), mimetype="image/png")
    return _as_file(answer, f"{booking.reference}.png")


@bp.get("/tickets/<ticket_id>.ics")
def calendar(ticket_id: str) -> ResponseReturnValue:
    booking, ticket = _get(ticket_id)
    content = calendar_file(_visit(booking, ticket), now=now())
    answer = Response(content, content_type="text/calendar; charset=utf-8; method=PUBLISH")
    return _as_file(answer, f"{booking.reference}.ics")


@bp.after_request
def _keep_private(response: Response) -> Response:
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _get(ticket_id: str) -> tuple[Booking, Ticket]:
    booking = booking_of_ticket(db_session(), ticket_id)
    return booking, next(ticket for ticket in booking.tickets if ticket.id == ticket_id)


def _captions(booking: Booking, ticket: Ticket) -> tuple[str, str]:
    starts_at, ends_at = local(ticket.starts_at), local(ticket.ends_at)
    return (
        reference(booking.reference),
        f"{starts_at:%Y-%m-%d  %H:%M}-{ends_at:%H:%M}",
    )


def _visit(booking: Booking, ticket: Ticket) -> Visit:
    experience = booking.slot.experience
    place = experience.place
    return Visit(
        identity=f"{g.destination.slug}/tickets/{ticket.id}",
        starts_at=ticket.starts_at,
        ends_at=ticket.ends_at,
        zone=zone(),
        summary=f"{text(experience.name)} · {text(place.name)}",
        description=_description(booking, ticket),
        location=", ".join(
            (text(place.name), text(g.destination.name), text(g.destination.region))
        ),
        position=place.position if place.is_navigable else None,
        url=_address(ticket),
        changes=ticket.changes,
        is_cancelled=not ticket.admits,
    )


def _description(booking: Booking, ticket: Ticket) -> str:
    return "\n".join(
        (
            _("Booking %(reference)s", reference=booking.reference),
            _("Party of %(num)s", num=ticket.party_size),
            _(
                "Arrive between %(start)s and %(end)s",
                start=local_time(ticket.starts_at),
                end=local_time(ticket.ends_at),
            ),
        )
    )


def _address(ticket: Ticket) -> str:
    settings: Settings = current_app.config["TOURISM"]
    path = url_for("visitor.tickets.show", ticket_id=ticket.id)
    return (settings.public_url or request.host_url.rstrip("/")) + path


def _as_file(answer: Response, name: str) -> Response:
    # Inline: a phone then shows the picture, or offers the event to its calendar.
    answer.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return answer
