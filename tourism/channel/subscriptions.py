"""Where a channel wants to be told of changes. OCTO's own documents misspell the address once, so
it is answered in both spellings."""

from typing import cast

from flask import Blueprint, current_app
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tourism.channel.catalogue import zone
from tourism.channel.errors import bad_request
from tourism.channel.schemas import notifications as octo
from tourism.channel.seller import actor, answer, current_key, read
from tourism.channels import shelf
from tourism.channels import subscriptions as kept
from tourism.channels.models import NoticeKind, Subscription
from tourism.channels.signing import secret_of
from tourism.channels.targets import check_target
from tourism.core.clock import now
from tourism.settings import Settings
from tourism.web.db import db_session, transaction

_SPELLINGS = "<any(subscriptions, subcriptions):spelling>"
bp = Blueprint("subscriptions", __name__, url_prefix=f"/notifications/{_SPELLINGS}")
_OURS = {
    *("host", "content-type", "content-length", "content-encoding", "user-agent", "date"),
    *("transfer-encoding", "connection", "upgrade", "te", "trailer", "expect", "keep-alive"),
    *("webhook-id", "webhook-timestamp", "webhook-signature"),
}


@bp.url_value_preprocessor
def _forget_spelling(_endpoint: str | None, values: dict[str, str] | None) -> None:
    (values or {}).pop("spelling", None)


@bp.post("", strict_slashes=False)
def create() -> ResponseReturnValue:
    asked = read(octo.Subscribe)
    _check_headers(asked.headers)
    check_target(asked.url, private=_settings().private_targets)
    with transaction() as session:
        made = kept.subscribe(
            session,
            key=current_key(),
            url=asked.url,
            kinds=_kinds(asked.notification_types),
            headers=asked.headers,
            now=now(),
            actor=actor(),
        )
        shelf.begin(session, subscription=made, now=now(), zone=zone())
    return answer(_shown(made))


@bp.get("", strict_slashes=False)
def index() -> ResponseReturnValue:
    return answer([_shown(each) for each in kept.subscriptions_of(db_session(), current_key())])


@bp.get("/<subscription_id>", strict_slashes=False)
def show(subscription_id: str) -> ResponseReturnValue:
    return answer(_shown(kept.get_subscription(db_session(), current_key(), subscription_id)))


@bp.patch("/<subscription_id>", strict_slashes=False)
def update(subscription_id: str) -> ResponseReturnValue:
    asked = read(octo.ChangeSubscription)
    _check_headers(asked.headers or {})
    if asked.url is not None:
        check_target(asked.url, private=_settings().private_targets)
    kinds = None if asked.notification_types is None else _kinds(asked.notification_types)
    with transaction() as session:
        found = kept.get_subscription(session, current_key(), subscription_id)
        kept.change(
            session,
            found,
            url=asked.url,
            kinds=kinds,
            headers=asked.headers,
            now=now(),
            actor=actor(),
        )
        shelf.begin(session, subscription=found, now=now(), zone=zone())
    return answer(_shown(found))


@bp.delete("/<subscription_id>", strict_slashes=False)
def delete(subscription_id: str) -> ResponseReturnValue:
    with transaction() as session:
        found = kept.get_subscription(session, current_key(), subscription_id)
        shown = _shown(found)
        kept.unsubscribe(session, subscription=found, now=now(), actor=actor())
    return answer(shown)


def _shown(found: Subscription) -> octo.Subscription:
    return octo.Subscription(
        id=found.uuid,
        url=found.url,
        notification_types=cast("list[octo.NotificationType]", found.kinds),
        headers=found.headers,
        secret=secret_of(_settings().secret_key, found.uuid),
    )


def _settings() -> Settings:
    return cast("Settings", current_app.config["TOURISM"])


def _kinds(named: list[octo.NotificationType]) -> list[NoticeKind]:
    return [NoticeKind(each) for each in named]


def _check_headers(headers: dict[str, str]) -> None:
    """Raises OctoError for headers that are ours to write."""
    for name in headers:
        if name.lower() in _OURS:
            raise bad_request(_("The header %(name)s cannot be chosen.", name=name))
