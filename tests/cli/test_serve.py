"""`tourism run` as a process of its own: it looks before it serves, and stops when told."""

import contextlib
import json
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories.destination import make_destination
from tests.servers import free_port
from tourism import migrations
from tourism.app import create_app
from tourism.settings import Settings
from tourism.web import db

PATIENCE_S = 60


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    """A site that is ready to be served."""
    app = create_app(Settings(instance=tmp_path, secret_key="for tests only"))
    with app.app_context():
        migrations.upgrade(db.engine())
        with db.transaction() as session:
            make_destination(session)
    return tmp_path


def start(instance: Path, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tourism", "run", *options],
        env={"TOURISM_INSTANCE": str(instance)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@contextlib.contextmanager
def serving(instance: Path, *options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    port = free_port()
    server = start(instance, "--port", str(port), *options)
    try:
        yield f"http://127.0.0.1:{port}", server
    finally:
        server.terminate()
        server.communicate(timeout=PATIENCE_S)


def refusal(instance: Path, *options: str) -> tuple[int, str]:
    """How a server that must not start ends, and what it says."""
    server = start(instance, *options)
    try:
        said, _ = server.communicate(timeout=PATIENCE_S)
    finally:
        server.terminate()
        server.communicate()
    return server.returncode, said


def get(address: str) -> bytes:
    """What the server answers, as soon as it does."""
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            with urllib.request.urlopen(address) as response:
                return bytes(response.read())
        except OSError:
            assert time.monotonic() < end
            time.sleep(0.1)


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_serves_until_told_to_stop(instance: Path, told: signal.Signals) -> None:
    with serving(instance) as (address, server):
        assert json.loads(get(f"{address}/readyz")) == {"status": "ready"}
        server.send_signal(told)
        said, _ = server.communicate(timeout=PATIENCE_S)
    assert server.returncode == 0
    assert address in said
    assert "Traceback" not in said


def test_a_taken_port_is_refused_rather_than_shared(instance: Path) -> None:
    with serving(instance) as (address, _):
        get(f"{address}/healthz")
        code, said = refusal(instance, "--port", address.rpartition(":")[2])
    assert code == 1
    assert "Cannot listen at 127.0.0.1" in said


def test_a_host_that_is_not_ours_is_refused(instance: Path) -> None:
    code, said = refusal(instance, "--host", "192.0.2.1")
    assert code == 1
    assert "Cannot listen at 192.0.2.1:8000" in said


def test_more_than_one_process_needs_postgresql(instance: Path) -> None:
    code, said = refusal(instance, "--workers", "2")
    assert code == 2
    assert "SQLite serves one process" in said


def test_an_empty_site_names_the_command_for_each_lack(tmp_path: Path) -> None:
    code, said = refusal(tmp_path)
    assert (code, "`tourism migrate`" in said) == (1, True)
    app = create_app(Settings(instance=tmp_path, secret_key="for tests only"))
    with app.app_context():
        migrations.upgrade(db.engine())
    code, said = refusal(tmp_path)
    assert (code, "`tourism load-destination FILE`" in said) == (1, True)
