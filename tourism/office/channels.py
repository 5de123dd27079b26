"""Travel agencies that sell the town's times: on which terms, with which keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectMultipleField

from tourism.channels.errors import ChannelNameTakenError, ChannelNotFoundError
from tourism.channels.models import Channel, NoticeStatus, Subscription
from tourism.channels.operations import (
    LONGEST_NAME,
    NewKey,
    Terms,
    change_terms,
    create_channel,
    issue_key,
    revoke_key,
)
from tourism.channels.outbox import counts
from tourism.channels.queries import all_channels, get_channel
from tourism.channels.subscriptions import subscriptions_of_channel
from tourism.core.clock import now
from tourism.experiences.models import Operator
from tourism.experiences.ownership import all_operators
from tourism.web.auth import actor
from tourism.web.db import db_session, transaction
from tourism.web.forms import Form, LineField, at_most, required, whole

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

bp = Blueprint("channels", __name__, url_prefix="/channels")


def _key(value: str | int) -> int:
    """What was ticked, or what stands in the database already."""
    text = str(value)
    return int(text) if text.isdecimal() and len(text) < 10 else 0


class TermsForm(Form):
    """What it sells, limits and commission; an empty field is no limit."""

    operators = SelectMultipleField(
        _l("Sells only for these orchards"), coerce=_key, validate_choice=False
    )
    share_percent = LineField(_l("Share of each time, in percent"), [whole(1, 100)])
    daily_limit = LineField(_l("Places a day"), [whole(1, 999_999)])
    commission_percent = LineField(_l("Commission, in percent"), [whole(0, 100)])

    @property
    def terms(self) -> Terms:
        return Terms(
            share_percent=_number(self.share_percent.data),
            daily_limit=_number(self.daily_limit.data),
            commission_percent=_number(self.commission_percent.data),
        )

    def chosen(self, session: "Session") -> list[Operator] | None:
        """The operators chosen; none of them is all, also those to come."""
        wanted = self.operators.data or []
        return [each for each in all_operators(session) if each.id in wanted] or None


class ChannelForm(TermsForm):
    name = LineField(_l("Name"), [required(_l("Enter the name.")), at_most(LONGEST_NAME)])
    is_test = BooleanField(_l("The first key is for tests and sells nothing"))


@dataclass(frozen=True, slots=True)
class KeyPage:
    """A key in the one answer that shows it."""

    channel: Channel
    secret: str
    is_test: bool


@dataclass(frozen=True, slots=True)
class ChannelPage:
    """A channel, all operators there are, and where it is told of changes with how many waiting."""

    channel: Channel
    operators: Sequence[Operator]
    subscriptions: Sequence[Subscription]
    counts: Mapping[int, Mapping[NoticeStatus, int]]


@bp.get("/")
def index() -> ResponseReturnValue:
    return render_template("office/channels/index.html", channels=all_channels(db_session()))


@bp.get("/new")
def new() -> ResponseReturnValue:
    return _new_page(ChannelForm(operators=[]))


@bp.post("/")
def create() -> ResponseReturnValue:
    """The key is in this one answer and nowhere else, so nothing is redirected."""
    form = ChannelForm()
    if form.validate_on_submit():
        try:
            made = _created(form)
        except ChannelNameTakenError:
            form.refuse("name", _("There is a channel of this name already."))
        else:
            return _key_page(made), 201
    return _new_page(form)


@bp.get("/<int:channel_id>")
def show(channel_id: int) -> ResponseReturnValue:
    channel = get_channel(db_session(), channel_id)
    fields = ("share_percent", "daily_limit", "commission_percent")
    values = {name: getattr(channel, name) for name in fields}
    data: dict[str, Any] = {
        name: "" if value is None else str(value) for name, value in values.items()
    }
    data["operators"] = [each.id for each in channel.operators]
    return _channel_page(channel, TermsForm(None, data=data))


@bp.post("/<int:channel_id>")
def update(channel_id: int) -> ResponseReturnValue:
    form = TermsForm()
    if not form.validate_on_submit():
        return _channel_page(get_channel(db_session(), channel_id), form)
    with transaction() as session:
        channel = get_channel(session, channel_id)
        change_terms(
            session,
            channel=channel,
            operators=form.chosen(session),
            terms=form.terms,
            now=now(),
            actor=actor(),
        )
    flash(_("Saved."), "good")
    return redirect(url_for(".show", channel_id=channel_id), 303)


@bp.post("/<int:channel_id>/keys", defaults={"is_test": False})
@bp.post("/<int:channel_id>/test-keys", defaults={"is_test": True})
def create_key(channel_id: int, is_test: bool) -> ResponseReturnValue:
    with transaction() as session:
        channel = get_channel(session, channel_id)
        made = issue_key(session, channel=channel, is_test=is_test, now=now(), actor=actor())
    return _key_page(made), 201


@bp.get("/<int:channel_id>/keys/<int:key_id>/revoke")
def confirm(channel_id: int, key_id: int) -> ResponseReturnValue:
    """What revoking it does, before it is done."""
    channel = get_channel(db_session(), channel_id)
    key = next((each for each in channel.keys if each.id == key_id), None)
    if key is None:
        raise ChannelNotFoundError(key=key_id)
    return render_template("office/channels/confirm.html", channel=channel, key=key)


@bp.post("/<int:channel_id>/keys/<int:key_id>/revoke")
def revoke(channel_id: int, key_id: int) -> ResponseReturnValue:
    with transaction() as session:
        revoke_key(session, key_id=key_id, now=now(), actor=actor())
    flash(_("The key opens nothing any more."), "good")
    return redirect(url_for(".show", channel_id=channel_id), 303)


def _created(form: ChannelForm) -> NewKey:
    with transaction() as session:
        channel = create_channel(
            session,
            name=str(form.name.data),
            operators=form.chosen(session),
            terms=form.terms,
            now=now(),
            actor=actor(),
        )
        is_test = bool(form.is_test.data)
        return issue_key(session, channel=channel, is_test=is_test, now=now(), actor=actor())


def _number(text: str | None) -> int | None:
    return int(text) if text else None


def _new_page(form: ChannelForm) -> ResponseReturnValue:
    operators = all_operators(db_session())
    return render_template("office/channels/new.html", form=form, operators=operators), form.status


def _channel_page(channel: Channel, form: TermsForm) -> ResponseReturnValue:
    told = subscriptions_of_channel(db_session(), channel.id)
    page = ChannelPage(
        channel, all_operators(db_session()), told, counts(db_session(), [each.id for each in told])
    )
    return render_template("office/channels/show.html", page=page, form=form), form.status


def _key_page(made: NewKey) -> str:
    page = KeyPage(made.key.channel, made.secret, made.key.is_test)
    return render_template("office/channels/key.html", page=page)
