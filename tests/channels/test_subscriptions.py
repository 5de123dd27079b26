"""Subscriptions as a channel makes, reads, changes and ends them."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.channels.sold import ALL, subscribe
from tests.factories.channels import Agency, make_channel, make_key
from tests.receivers import Receiver
from tourism.channels.models import Channel
from tourism.channels.operations import NewKey
from tourism.channels.subscriptions import MOST

PATH = "/notifications/subscriptions"


@pytest.mark.parametrize("path", [PATH, PATH + "/", "/notifications/subcriptions"])
def test_made_read_listed_changed_and_ended(agency: Agency, told: Receiver, path: str) -> None:
    made = agency.post(path, url=told.url, notificationTypes=ALL, headers={"X-Token": "abc"})
    assert made["secret"].startswith("whsec_")
    wanted = {"url": told.url, "notificationTypes": sorted(ALL), "headers": {"X-Token": "abc"}}
    assert {**made, "notificationTypes": sorted(made["notificationTypes"])} == {
        **wanted,
        "id": made["id"],
        "secret": made["secret"],
    }
    own = f"{path.rstrip('/')}/{made['id']}"
    assert agency.get(own) == made
    assert agency.get(path) == [made]
    changed = agency.patch(own, notificationTypes=["PRODUCT_UPDATE"])
    assert changed == {**made, "notificationTypes": ["PRODUCT_UPDATE"]}
    assert agency.ask("DELETE", own + "/").json == changed
    assert agency.get(path) == []
    assert agency.refused("GET", own)["error"] == "BAD_REQUEST"


def test_the_same_address_again_is_the_same_subscription(agency: Agency, told: Receiver) -> None:
    """A request that is repeated after a dropped connection makes no second one."""
    first = subscribe(agency, told, "BOOKING_UPDATE")
    again = subscribe(agency, told, "BOOKING_UPDATE", "PRODUCT_UPDATE")
    assert again["id"] == first["id"]
    assert again["secret"] == first["secret"]
    assert again["notificationTypes"] == ["BOOKING_UPDATE", "PRODUCT_UPDATE"]
    assert len(agency.get(PATH)) == 1


def test_two_subscriptions_cannot_have_one_address(agency: Agency, told: Receiver) -> None:
    subscribe(agency, told)
    other = agency.post(PATH, url=told.url + "/2", notificationTypes=ALL)
    refusal = agency.refused("PATCH", f"{PATH}/{other['id']}", url=told.url)
    assert refusal["error"] == "UNPROCESSABLE_ENTITY"
    assert agency.patch(f"{PATH}/{other['id']}", url=other["url"]) == other


def test_so_many_are_enough(agency: Agency, told: Receiver) -> None:
    for number in range(MOST):
        agency.post(PATH, url=f"{told.url}/{number}", notificationTypes=ALL)
    refusal = agency.refused("POST", PATH, url=told.url, notificationTypes=ALL)
    assert refusal["error"] == "UNPROCESSABLE_ENTITY"


def test_other_channels_and_other_kinds_of_keys_see_nothing_of_it(
    session: Session, client: FlaskClient, agency: Agency, told: Receiver, key: NewKey
) -> None:
    made = subscribe(agency, told)
    channel = session.get_one(Channel, key.key.channel_id)
    keys = [
        make_key(session, make_channel(session, "别家")),
        make_key(session, channel, is_test=True),
    ]
    session.commit()
    for each in keys:
        other = Agency(client, each.secret)
        assert other.get(PATH) == []
        for method in ("GET", "PATCH", "DELETE"):
            assert other.refused(method, f"{PATH}/{made['id']}") == other.refused(
                method, f"{PATH}/none"
            )
    assert agency.get(PATH) == [made]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"url": "http://127.0.0.1/"},
        {"url": 5, "notificationTypes": ALL},
        {"url": "ftp://127.0.0.1/", "notificationTypes": ALL},
        {"url": "http://a b/", "notificationTypes": ALL},
        {"url": "http://127.0.0.1/", "notificationTypes": []},
        {"url": "http://127.0.0.1/", "notificationTypes": ["ORDER_UPDATE"]},
        {"url": "http://127.0.0.1/", "notificationTypes": "BOOKING_UPDATE"},
        {"url": "http://127.0.0.1/", "notificationTypes": ALL, "headers": {"X": "a\r\nHost: b"}},
        {"url": "http://127.0.0.1/", "notificationTypes": ALL, "headers": {"X Y": "a"}},
        {"url": "http://127.0.0.1/", "notificationTypes": ALL, "headers": {"X": "é"}},
        {"url": "http://127.0.0.1/", "notificationTypes": ALL, "headers": {"HOST": "b"}},
        {"url": "http://127.0.0.1/", "notificationTypes": ALL, "headers": {"Webhook-Id": "b"}},
        {"url": "http://127.0.0.1/", "notificationTypes": ALL, "headers": {"Content-Length": "0"}},
    ],
)
def test_what_is_wrong_is_refused(agency: Agency, body: dict[str, Any]) -> None:
    assert agency.refused("POST", PATH, **body)["error"] == "BAD_REQUEST"
    assert agency.get(PATH) == []


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.1/", "https://[::ffff:10.0.0.1]/", "http://8.8.8.8/", "https://8.8.8.8:22/"],
)
def test_without_the_setting_no_address_of_ours_is_taken(
    app: Flask, agency: Agency, told: Receiver, url: str
) -> None:
    made = subscribe(agency, told)
    app.config["TOURISM"] = replace(app.config["TOURISM"], private_targets=False)
    refusal = agency.refused("POST", PATH, url=url, notificationTypes=ALL)
    assert refusal["error"] == "BAD_REQUEST"
    assert "url" in refusal["errorMessage"]
    changed = agency.refused("PATCH", f"{PATH}/{made['id']}", url=url)
    assert changed["error"] == "BAD_REQUEST"


def test_a_host_that_is_not_found_now_may_be_found_later(app: Flask, agency: Agency) -> None:
    app.config["TOURISM"] = replace(app.config["TOURISM"], private_targets=False)
    url = "https://no-such-host.invalid/hook"
    assert agency.post(PATH, url=url, notificationTypes=ALL)["url"] == url
