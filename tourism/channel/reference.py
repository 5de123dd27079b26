"""The API described for people and for machines; open to everybody."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from tourism.channel.endpoints import OPERATIONS, Operation
from tourism.channel.openapi import PREFIX, document

bp = Blueprint("reference", __name__)


@dataclass(frozen=True, slots=True)
class Field:
    """A member of a type, as a row of a table."""

    name: str
    kind: str  # as written: "string", "Unit[]", "integer | null"
    is_required: bool


@dataclass(frozen=True, slots=True)
class ReferencePage:
    operations: Sequence[Operation]
    types: Mapping[str, Sequence[Field]]
    errors: Sequence[str]
    server: str


@bp.get("/openapi.json")
def openapi() -> ResponseReturnValue:
    response = jsonify(document(_server()))
    response.headers["Access-Control-Allow-Origin"] = "*"  # tools in a browser read it too
    return response


@bp.get("/docs/api")
def show() -> ResponseReturnValue:
    schemas = document("")["components"]["schemas"]
    types = {name: _fields(schema) for name, schema in sorted(schemas.items())}
    page = ReferencePage(
        OPERATIONS, types, schemas["Error"]["properties"]["error"]["enum"], _server() + PREFIX
    )
    return render_template("channel/docs.html", page=page)


@bp.app_template_filter("pretty_json")
def pretty_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _server() -> str:
    return request.host_url.rstrip("/")


def _fields(schema: Mapping[str, Any]) -> list[Field]:
    required = schema.get("required", ())
    return [
        Field(name, _kind(member), name in required)
        for name, member in schema.get("properties", {}).items()
    ]


def _kind(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(_kind(each) for each in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    if schema.get("type") == "array":
        return f"{_kind(schema['items'])}[]"
    return str(schema.get("format") or schema.get("type", "object"))
