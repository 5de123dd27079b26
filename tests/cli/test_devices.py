"""`tourism devices`: a code for a phone, the list, the end of one."""

import re

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories.admissions import make_gate
from tests.factories.destination import make_destination
from tests.factories.experiences import make_experience
from tourism.admissions.enrolments import enrol_device
from tourism.core.clock import now


@pytest.fixture(autouse=True)
def _gate(session: Session) -> None:
    make_destination(session)
    make_gate(session, make_experience(session))
    session.commit()


def test_enrol_prints_a_code_that_works(app: Flask, session: Session) -> None:
    """The code alone on standard output, so that a script can use it."""
    result = app.test_cli_runner().invoke(args=["devices", "enrol", "east", "--name", "红手机"])
    assert result.exit_code == 0
    assert re.fullmatch(r"[0-9A-Z]{8}", result.stdout.strip())
    device = enrol_device(session, code=result.stdout.strip(), name="", build="", now=now())
    session.commit()
    listed = app.test_cli_runner().invoke(args=["devices", "list"])
    assert "红手机" in listed.output
    assert "enrolled" in listed.output
    revoked = app.test_cli_runner().invoke(args=["devices", "revoke", str(device.id)])
    assert revoked.exit_code == 0
    assert "revoked" in app.test_cli_runner().invoke(args=["devices", "list"]).output


@pytest.mark.parametrize("words", [["enrol", "nowhere"], ["revoke", "77"]])
def test_what_does_not_exist_is_named_in_one_line(app: Flask, words: list[str]) -> None:
    result = app.test_cli_runner().invoke(args=["devices", *words])
    assert result.exit_code == 1
    assert words[1] in result.output
    assert "Traceback" not in result.output
