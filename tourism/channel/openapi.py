"""The API described for machines: OpenAPI 3.1, made from the types that the code itself uses."""

from collections.abc import Iterable
from copy import deepcopy
from functools import cache
from typing import Any

from flask_babel import gettext as _
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from tourism.channel.endpoints import OPERATIONS, Operation
from tourism.channel.schemas.notifications import Notification
from tourism.channel.schemas.wire import Error

PREFIX = "/octo"
VERSION = "1.0"
_SCHEMAS = "#/components/schemas/"


def document(server: str) -> dict[str, Any]:
    """The whole description, in the language of the request."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _described(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": _("Channel API"),
            "version": VERSION,
            "description": _("Sell the town's times through OCTO (https://www.octo.travel)."),
        },
        "servers": [{"url": server + PREFIX}],
        "security": [{"key": []}],
        "paths": paths,
        "webhooks": {"notification": {"post": _webhook()}},
        "components": {
            "schemas": deepcopy(_schemas()),
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "parameters": {"capabilities": _capabilities(), "language": _language()},
            "headers": {"Octo-Capabilities": {"schema": {"type": "string"}}},
            "responses": {
                "refused": _answer(_("Refused; the code says why"), _ref(Error)),
                "tooMany": _answer(_("Too many requests; wait a moment"), _ref(Error)),
            },
        },
    }


@cache
def _schemas() -> dict[str, Any]:
    """Every type that an operation asks for or answers with, by name."""
    kinds: list[type[BaseModel]] = [Error, Notification]
    for operation in OPERATIONS:
        kinds += [operation.answer, *([operation.asked] if operation.asked else [])]
    _refs, made = models_json_schema(
        [(kind, "validation") for kind in dict.fromkeys(kinds)], ref_template=_SCHEMAS + "{model}"
    )
    defs: dict[str, Any] = made["$defs"]
    for schema in defs.values():
        for member in schema.get("properties", {}).values():
            member.pop("title", None)  # the name once more, in worse spelling
    return defs


def _described(operation: Operation) -> dict[str, Any]:
    schema = _ref(operation.answer)
    if operation.many:
        schema = {"type": "array", "items": schema}
    described: dict[str, Any] = {
        "operationId": operation.id,
        "summary": str(operation.summary),
        "parameters": list(_parameters(operation)),
        "responses": {
            "200": _answer(_("Done"), schema),
            "400": {"$ref": "#/components/responses/refused"},
            "429": {"$ref": "#/components/responses/tooMany"},
        },
    }
    if operation.asked:
        media: dict[str, Any] = {"schema": _ref(operation.asked)}
        if operation.example is not None:
            media["example"] = operation.example
        described["requestBody"] = {"required": True, "content": {"application/json": media}}
    return described


def _webhook() -> dict[str, Any]:
    """What we send to a subscription."""
    headers = ("webhook-id", "webhook-timestamp", "webhook-signature")
    return {
        "operationId": "notification",
        "summary": _("What is sent to a subscription of yours; answer with any 2xx"),
        "parameters": [
            {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
            for name in headers
        ],
        "requestBody": {
            "content": {"application/json": {"schema": _ref(Notification)}},
        },
        "responses": {"200": {"description": _("Understood")}},
    }


def _parameters(operation: Operation) -> Iterable[dict[str, Any]]:
    for name in ("id", "uuid", "subscriptionId"):
        if f"{{{name}}}" in operation.path:
            yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    for name, form in operation.query.items():
        schema = {"type": "string", "format": form} if form else {"type": "string"}
        yield {"name": name, "in": "query", "schema": schema}
    yield {"$ref": "#/components/parameters/capabilities"}
    yield {"$ref": "#/components/parameters/language"}


def _capabilities() -> dict[str, Any]:
    return {
        "name": "Octo-Capabilities",
        "in": "header",
        "schema": {"type": "string"},
        "description": _("Capabilities wanted, with commas between: octo/pricing, octo/content"),
    }


def _language() -> dict[str, Any]:
    return {
        "name": "Accept-Language",
        "in": "header",
        "schema": {"type": "string"},
        "description": _("zh-Hans, zh-Hant or en"),
    }


def _answer(words: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "description": words,
        "headers": {"Octo-Capabilities": {"$ref": "#/components/headers/Octo-Capabilities"}},
        "content": {"application/json": {"schema": schema}},
    }


def _ref(kind: type[BaseModel]) -> dict[str, Any]:
    return {"$ref": _SCHEMAS + kind.__name__}
