"""Keys that are wrong, revoked or another's: refused everywhere, alike, and told nothing."""

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.channel.test_bookings import CONTACT, Wanted, slot, wanted
from tests.factories.channels import Agency, make_channel, make_key
from tourism.audit.operations import SYSTEM
from tourism.channel.endpoints import EXAMPLE_SUBSCRIPTION, EXAMPLE_UUID, OPERATIONS, Operation
from tourism.channels.models import Channel
from tourism.channels.operations import revoke_key
from tourism.core.clock import now
from tourism.experiences.models import Experience

__all__ = ["slot", "wanted"]  # fixtures


@pytest.fixture
def revoked(session: Session, client: FlaskClient, agency: Agency) -> Agency:
    """The agency's own second key, which is revoked."""
    channel = session.scalars(sa.select(Channel)).one()
    made = make_key(session, channel)
    session.flush()
    revoke_key(session, key_id=made.key.id, now=now(), actor=SYSTEM)
    session.commit()
    return Agency(client, made.secret)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.id)
def test_a_wrong_key_and_a_revoked_one_are_refused_alike(
    client: FlaskClient, revoked: Agency, picking: Experience, operation: Operation
) -> None:
    answers = []
    for each in (revoked, Agency(client, "live_wrong")):
        response = each.ask(operation.method.upper(), operation.example_path, operation.example)
        headers = {
            name: value
            for name, value in response.headers.items()
            if not name.startswith("X-RateLimit") and name != "Date"
        }
        answers.append((response.status_code, response.get_data(), headers))
    assert answers[0] == answers[1]
    status, body, _headers = answers[0]
    assert (status, b"FORBIDDEN" in body) == (400, True)


def test_another_channels_booking_is_told_of_like_one_that_never_was(
    session: Session, client: FlaskClient, agency: Agency, wanted: Wanted
) -> None:
    """Word for word, whatever is asked: so nobody can find out whether a uuid is in use."""
    held = agency.post("/bookings", **wanted())
    agency.post(f"/bookings/{held['uuid']}/confirm", contact=CONTACT)
    stranger = Agency(client, make_key(session, make_channel(session, "别家")).secret)
    session.commit()
    for operation in OPERATIONS:
        if "{uuid}" in operation.path:
            told = [
                stranger.ask(
                    operation.method.upper(),
                    operation.path.replace("{uuid}", uuid),
                    operation.example,
                )
                .get_data(as_text=True)
                .replace(uuid, "")
                for uuid in (held["uuid"], EXAMPLE_UUID)
            ]
            assert told[0] == told[1]
            assert "INVALID_BOOKING_UUID" in told[0]
    assert agency.get(f"/bookings/{held['uuid']}")["status"] == "CONFIRMED"
    assert stranger.refused("GET", f"/notifications/subscriptions/{EXAMPLE_SUBSCRIPTION}")
