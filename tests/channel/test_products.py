"""What a channel sees of our experiences, and what every answer carries."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories.channels import Agency, make_channel, make_key
from tests.factories.experiences import make_experience
from tourism.audit.operations import SYSTEM
from tourism.channels.operations import revoke_key
from tourism.core.clock import now
from tourism.experiences.models import Experience


@pytest.mark.parametrize(
    "path", ["/supplier", "/products", "/capabilities", "/products/test-picking"]
)
def test_every_address_answers_with_and_without_slash(agency: Agency, path: str) -> None:
    assert agency.get(path) == agency.get(path + "/")


def test_product_has_units_and_prices_in_minor_units(agency: Agency) -> None:
    product = agency.get("/products/test-picking")
    adult = product["options"][0]["units"][0]
    assert product["availabilityType"] == "START_TIME"
    assert product["pricingPer"] == "UNIT"
    assert (adult["id"], adult["type"]) == ("adult", "ADULT")
    assert adult["pricingFrom"] == [
        {
            "original": 3000,
            "retail": 3000,
            "net": 2700,
            "currency": "CNY",
            "currencyPrecision": 2,
            "includedTaxes": [],
        }
    ]


def test_prices_and_texts_are_only_there_for_who_asks(agency: Agency) -> None:
    agency.headers["Octo-Capabilities"] = ""
    product = agency.get("/products")[0]
    assert "defaultCurrency" not in product
    assert "title" not in product
    assert "pricingFrom" not in product["options"][0]["units"][0]


def test_start_times_are_those_of_coming_slots(agency: Agency) -> None:
    option = agency.get("/products/test-picking")["options"][0]
    assert option["availabilityLocalStartTimes"] == ["09:00", "10:00"]
    assert (option["cancellationCutoffAmount"], option["cancellationCutoffUnit"]) == (2, "hour")


def test_all_day_experience_has_opening_hours(agency: Agency, garden: Experience) -> None:
    product = agency.get("/products/garden")
    assert product["availabilityType"] == "OPENING_HOURS"
    assert product["options"][0]["availabilityLocalStartTimes"] == ["00:00"]


@pytest.mark.parametrize(
    ("language", "title", "spoken"),
    [
        ("zh-CN", "试验采摘", "zh-Hans"),
        ("zh-TW", "试验采摘（繁）", "zh-Hant"),
        ("en", "试验采摘 (en)", "en"),
    ],
)
def test_content_speaks_the_language_asked_for(
    agency: Agency, language: str, title: str, spoken: str
) -> None:
    agency.headers |= {"Octo-Capabilities": "content", "Accept-Language": language}
    response = agency.ask("GET", "/products/test-picking")
    assert response.json is not None
    assert response.json["title"] == title
    assert response.headers["Content-Language"] == spoken
    assert response.headers["Available-Languages"] == "zh-Hans, zh-Hant, en"


def test_headers_echo_known_capabilities_as_they_were_written(agency: Agency) -> None:
    agency.headers["Octo-Capabilities"] = "octo/pricing, cart"
    response = agency.ask("GET", "/products?_capabilities=content")
    assert response.headers["Octo-Capabilities"] == "octo/pricing, content"
    assert response.headers["Octo-Env"] == "live"
    assert "Set-Cookie" not in response.headers


def test_unknown_product_is_refused_by_name(agency: Agency) -> None:
    refusal = agency.refused("GET", "/products/none")
    assert (refusal["error"], refusal["productId"]) == ("INVALID_PRODUCT_ID", "none")


def test_refusals_speak_the_language_asked_for(agency: Agency) -> None:
    agency.headers["Accept-Language"] = "zh-CN"
    assert agency.refused("GET", "/products/none")["errorMessage"].startswith("没有")


@pytest.mark.parametrize("path", ["/nothing", "/", "/products/a/b"])
def test_unknown_address_is_a_bad_request(agency: Agency, path: str) -> None:
    assert agency.refused("GET", path)["error"] == "BAD_REQUEST"
    assert agency.refused("DELETE", "/products")["error"] == "BAD_REQUEST"


@pytest.mark.parametrize(
    ("header", "error"), [("", "UNAUTHORIZED"), ("Bearer live_wrong", "FORBIDDEN")]
)
def test_nothing_is_told_without_a_good_key(
    client: FlaskClient, picking: Experience, header: str, error: str
) -> None:
    response = client.get("/octo/products", headers={"Authorization": header})
    assert response.status_code == 400
    assert response.json is not None
    assert response.json["error"] == error
    assert "Octo-Env" not in response.headers


def test_revoked_key_opens_nothing(
    session: Session, client: FlaskClient, picking: Experience
) -> None:
    made = make_key(session, make_channel(session))
    agency = Agency(client, made.secret)
    session.commit()
    assert agency.get("/products")
    revoke_key(session, key_id=made.key.id, now=now(), actor=SYSTEM)
    session.commit()
    assert agency.refused("GET", "/products")["error"] == "FORBIDDEN"


def test_channel_sells_only_for_its_operators(
    session: Session, client: FlaskClient, picking: Experience
) -> None:
    other = make_experience(session, "other-picking")
    channel = make_channel(session, operators=[other.operator])
    agency = Agency(client, make_key(session, channel).secret)
    session.commit()
    assert [each["id"] for each in agency.get("/products")] == ["other-picking"]
    assert agency.refused("GET", "/products/test-picking")["error"] == "INVALID_PRODUCT_ID"


def test_hidden_experience_is_not_sold(
    session: Session, agency: Agency, picking: Experience
) -> None:
    picking.is_published = False
    session.commit()
    assert agency.get("/products") == []
