"""Who asks, and under which capabilities; what every answer carries."""

import re
from collections.abc import Sequence
from hashlib import sha256
from typing import TypeVar, cast

from flask import Response, g, jsonify, request
from flask_babel import gettext as _
from pydantic import ValidationError

from tourism.audit.operations import Actor
from tourism.channel.errors import OctoError, bad_request, not_understood
from tourism.channel.schemas.wire import Answer, Asked, Capability, dumped
from tourism.channels.models import Channel, ChannelKey
from tourism.channels.operations import is_use_to_note, note_use
from tourism.channels.queries import get_key
from tourism.core.clock import now
from tourism.core.languages import LANGUAGES
from tourism.web.db import db_session, transaction

PRICING, CONTENT, NOTIFICATIONS = _NAMES = ("pricing", "content", "notifications")
CAPABILITIES = [
    Capability(id=f"octo/{name}", revision=1, required=False, dependencies=[], docs=None)
    for name in _NAMES
]
LARGEST_BODY = 256 * 1024
_BEARER = re.compile(r"Bearer\s+([A-Za-z0-9_-]{1,200})", re.IGNORECASE)
_Body = TypeVar("_Body", bound=Asked)


def authenticate() -> None:
    """A guard for `before_request`. Raises OctoError, KeyUnknownError."""
    shown = _BEARER.fullmatch(request.headers.get("Authorization", "").strip())
    if shown is None:
        raise OctoError("UNAUTHORIZED", _("Show your key: Authorization: Bearer <key>."))
    request.max_content_length = LARGEST_BODY
    key, moment = get_key(db_session(), shown[1]), now()
    if is_use_to_note(key, moment):
        with transaction() as session:
            note_use(session, key=key, now=moment)
    g.channel_key, g.channel = key, key.channel


def current_key() -> ChannelKey:
    return cast("ChannelKey", g.channel_key)


def current_channel() -> Channel:
    return cast("Channel", g.channel)


def operator_ids() -> Sequence[int] | None:
    """Whose experiences it sells; None is everybody's."""
    channel = current_channel()
    return None if channel.sells_everything else [each.id for each in channel.operators]


def actor() -> Actor:
    return Actor("channel", str(current_channel().id))


def rate_key() -> str:
    """Each key has its own count; who shows none is counted by address."""
    shown = request.headers.get("Authorization") or request.remote_addr or ""
    return sha256(shown.encode()).hexdigest()[:16]


def has(capability: str) -> bool:
    """Whether the request asks for that capability, with OCTO's prefix or without."""
    return capability in {each.removeprefix("octo/") for each in _asked_for()}


def read(kind: type[_Body]) -> _Body:
    """The request's body. Raises OctoError."""
    body = request.get_data()
    if b"\\u0000" in body:
        raise bad_request(_("A text contains a character that is none."))
    try:
        return kind.model_validate_json(body or b"{}")
    except ValidationError as error:
        raise not_understood(error) from error


def answer(found: Answer | Sequence[Answer]) -> Response:
    if isinstance(found, Answer):
        return jsonify(dumped(found))
    return jsonify([dumped(each) for each in found])


def add_headers(response: Response) -> Response:
    """For `after_request`: what OCTO wants on every answer."""
    applied = [each for each in _asked_for() if _is_known(each)]
    response.headers["Octo-Capabilities"] = ", ".join(applied)
    response.headers["Available-Languages"] = ", ".join(LANGUAGES)
    if key := g.get("channel_key"):
        response.headers["Octo-Env"] = "test" if key.is_test else "live"
    response.cache_control.no_store = True
    return response


def _is_known(capability: str) -> bool:
    return capability.removeprefix("octo/") in _NAMES


def _asked_for() -> list[str]:
    """The capabilities named, in the spelling of the request."""
    named = (
        f"{request.headers.get('Octo-Capabilities', '')},{request.args.get('_capabilities', '')}"
    )
    return list(dict.fromkeys(part.strip() for part in named.split(",") if part.strip()))
