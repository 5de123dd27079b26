"""The description says what the code does: addresses, examples, refusals."""

import json
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from sqlalchemy.orm import Session

from tests.channel.test_walk import Client
from tests.factories.channels import Agency
from tourism.channel.endpoints import EXAMPLE_DAY, EXAMPLE_SUBSCRIPTION, OPERATIONS
from tourism.experiences.models import Experience

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda each: (
        st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=8), each, max_size=3)
    ),
    max_leaves=6,
)


def test_every_address_is_described_and_no_other(app: Flask) -> None:
    served = {
        (method.lower(), _described(rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("channel.octo.") and "<path:" not in rule.rule
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule != "/octo/"
    }
    assert served == {(each.method, each.path) for each in OPERATIONS}


def _described(rule: str) -> str:
    """As the description writes it; a path in two spellings is described in the right one."""
    path = rule.removeprefix("/octo").replace("<product_id>", "{id}").replace("<uuid>", "{uuid}")
    path = path.replace("<any(subscriptions, subcriptions):spelling>", "subscriptions")
    return path.replace("<subscription_id>", "{subscriptionId}")


def test_description_is_valid_json_schema_in_the_readers_language(
    client: FlaskClient, picking: Experience
) -> None:
    document = client.get("/openapi.json").json
    assert document is not None
    assert document["openapi"] == "3.1.0"
    assert document["info"]["title"] == "渠道接口"
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_examples_do_what_they_say(
    session: Session, agency: Agency, picking: Experience, tomorrow: datetime
) -> None:
    """In the order of the description, each with the very body that is printed there."""
    picking.slug = "cherry-picking"
    session.commit()
    octo = Client(agency.client, agency.headers)
    made = {EXAMPLE_DAY: f"{tomorrow:%F}"}
    for operation in OPERATIONS:
        text, path = json.dumps(operation.example), operation.example_path
        for printed, ours in made.items():
            text, path = text.replace(printed, ours), path.replace(printed, ours)
        response = agency.ask(operation.method.upper(), path, json.loads(text))
        assert response.status_code == 200, (operation.id, response.get_data(as_text=True))
        _path, _method, described = octo.operations[operation.id]
        content = described["responses"]["200"]["content"]["application/json"]
        octo.check(response.json, content["schema"])
        if operation.id == "subscribe":  # its id is ours to choose, so none can be printed
            made[EXAMPLE_SUBSCRIPTION] = response.json["id"]


@pytest.mark.parametrize("language", ["zh-CN", "zh-TW", "en"])
def test_page_shows_every_operation(
    client: FlaskClient, picking: Experience, language: str
) -> None:
    page = client.get("/docs/api", headers={"Accept-Language": language}).get_data(as_text=True)
    for operation in OPERATIONS:
        assert f"{operation.method.upper()} {operation.path}" in page


@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_no_body_breaks_the_server(
    agency: Agency, garden: Experience, tomorrow: datetime, data: st.DataObject
) -> None:
    """Good bodies with some members replaced, taken away or put in: 200 or a known refusal."""
    asking = {each.id: each for each in OPERATIONS if each.asked}
    operation = asking[data.draw(st.sampled_from(sorted(asking)))]
    assert operation.example is not None
    assert operation.asked is not None
    body = json.loads(json.dumps(operation.example).replace(EXAMPLE_DAY, f"{tomorrow:%F}"))
    known = sorted(field.alias or name for name, field in operation.asked.model_fields.items())
    body |= {"productId": "test-picking"} if "productId" in body else {}
    for name in data.draw(st.lists(st.sampled_from(known), max_size=3)):
        body[name] = data.draw(JUNK)
    for name in data.draw(st.lists(st.sampled_from(known), max_size=1)):
        body.pop(name, None)
    response = agency.ask(operation.method.upper(), operation.example_path, body)
    assert response.status_code in (200, 400, 429), response.get_data(as_text=True)
    if response.status_code == 400:
        assert response.json is not None
        assert response.json["error"] != "INTERNAL_SERVER_ERROR"
