"""Schemathesis takes the description at its word and asks what nobody would think of.

A short run with a fixed seed; `docs/channel-api.md` says how to make a long one against a server.
"""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.channel.test_dropped import port
from tests.factories.channels import Agency
from tourism.experiences.models import Experience

__all__ = ["port"]  # a fixture
ST = Path(sysconfig.get_path("scripts")) / "st"
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)


def test_no_5xx_no_undocumented_status_and_no_other_body(
    agency: Agency, garden: Experience, port: int, tmp_path: Path
) -> None:
    said = subprocess.run(
        [
            *(sys.executable, ST, "run", f"http://127.0.0.1:{port}/openapi.json"),
            *("--header", f"Authorization: {agency.headers['Authorization']}"),
            *("--checks", ",".join(CHECKS), "--seed", "20270530"),
            *("--phases", "examples,fuzzing", "--max-examples", "5"),
        ],
        cwd=tmp_path,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    assert said.returncode == 0, said.stdout[-6000:]
    assert "18 selected / 18 total" in said.stdout
