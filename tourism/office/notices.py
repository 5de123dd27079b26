"""What a channel was told, waits to be told, and could not be told, at one of its addresses."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from tourism.channels import outbox, subscriptions
from tourism.channels.models import Notice, NoticeKind, NoticeStatus, Subscription
from tourism.core.clock import now
from tourism.web.auth import actor
from tourism.web.db import db_session, transaction

bp = Blueprint("notices", __name__, url_prefix="/channels/<int:channel_id>/notices")
KINDS = {
    NoticeKind.BOOKING: _l("Bookings"),
    NoticeKind.AVAILABILITY: _l("Free places"),
    NoticeKind.PRODUCT: _l("Products"),
}
_TURNS: Mapping[str, Callable[..., None]] = {
    "pause": subscriptions.pause,
    "resume": subscriptions.resume,
}


@dataclass(frozen=True, slots=True)
class NoticesPage:
    subscription: Subscription
    notices: Sequence[Notice]
    counts: Mapping[NoticeStatus, int]


@bp.app_template_filter("notice_kind")
def notice_kind(kind: str) -> str:
    return str(KINDS[NoticeKind(kind)])


@bp.get("/<int:subscription_id>")
def show(channel_id: int, subscription_id: int) -> ResponseReturnValue:
    session = db_session()
    found = subscriptions.get_subscription_of_channel(session, channel_id, subscription_id)
    many = outbox.counts(session, [found.id]).get(found.id, {})
    page = NoticesPage(found, outbox.last_notices(session, found.id), many)
    return render_template("office/notices/show.html", page=page)


@bp.post("/<int:subscription_id>/<turn>")
def update(channel_id: int, subscription_id: int, turn: str) -> ResponseReturnValue:
    """Pause it or let it go on."""
    if turn not in _TURNS:
        abort(404)
    with transaction() as session:
        found = subscriptions.get_subscription_of_channel(session, channel_id, subscription_id)
        _TURNS[turn](session, subscription=found, now=now(), actor=actor())
    flash(_("Paused: notices wait.") if turn == "pause" else _("It goes on."), "good")
    return _back(channel_id, subscription_id)


@bp.post("/<int:subscription_id>/retries", defaults={"notice_id": None})
@bp.post("/<int:subscription_id>/<int:notice_id>/retries")
def retry(channel_id: int, subscription_id: int, notice_id: int | None) -> ResponseReturnValue:
    """Try one notice again now, or all that were given up."""
    with transaction() as session:
        found = subscriptions.get_subscription_of_channel(session, channel_id, subscription_id)
        again = outbox.retry(
            session, subscription=found, notice_id=notice_id, now=now(), actor=actor()
        )
    flash(_("It is tried again now.") if again else _("There is nothing to try again."), "good")
    return _back(channel_id, subscription_id)


def _back(channel_id: int, subscription_id: int) -> ResponseReturnValue:
    where = url_for(".show", channel_id=channel_id, subscription_id=subscription_id)
    return redirect(where, 303)
