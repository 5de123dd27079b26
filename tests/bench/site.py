"""A site to be measured: real server processes on a prepared database."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from itertools import product
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.bench.load import Result, Task
from tests.factories.destination import in_all, make_destination
from tests.factories.experiences import make_experience, make_slot
from tests.servers import free_port
from tourism import migrations
from tourism.audit.operations import SYSTEM
from tourism.core.clock import now
from tourism.core.db import make_engine
from tourism.experiences.ceilings import set_ceiling
from tourism.experiences.models import CeilingKind

ENDLESS = 100_000_000  # places that no measurement uses up
SPREAD = 50


@dataclass(frozen=True, slots=True)
class Prepared:
    """An experience on a database, with one slot for each minute of a day to come."""

    url: str
    slots: Sequence[int]
    slug: str


def prepare(
    url: str, *, slots: int = SPREAD, capacity: int = ENDLESS, ceilings: Sequence[int] = ()
) -> Prepared:
    """A migrated database with a destination, an experience, its slots and ceilings above them by
    their capacity: the township's for a day and for people present, then the same of the place."""
    engine = make_engine(url)
    migrations.upgrade(engine)
    with Session(engine) as session:
        make_destination(session)
        experience = make_experience(session)
        begin = now().replace(second=0, microsecond=0) + timedelta(days=1)
        made = [
            make_slot(session, experience, begin + timedelta(minutes=number), capacity=capacity)
            for number in range(slots)
        ]
        limited = product((None, experience.place_id), CeilingKind)
        for (place_id, kind), most in zip(limited, ceilings, strict=False):
            set_ceiling(
                session, kind=kind, place_id=place_id, name=in_all("limited"), capacity=most,
                now=begin, actor=SYSTEM,
            )  # fmt: skip
        session.commit()
        prepared = Prepared(url, [slot.id for slot in made], experience.slug)
    engine.dispose()
    return prepared


@contextmanager
def server(
    url: str, instance: Path, *, workers: int, threads: int = 0, port: int = 0
) -> Iterator["Server"]:
    """`tourism run` on that database, until the end of the block."""
    running = Server(url, instance, port or free_port(), workers, threads)
    running.start()
    try:
        yield running
    finally:
        running.stop()


class Server:
    """One `tourism run` with its worker processes."""

    def __init__(self, url: str, instance: Path, port: int, workers: int, threads: int) -> None:
        self.port = port
        self.environ = os.environ | {
            "TOURISM_DATABASE_URL": url,
            "TOURISM_INSTANCE": str(instance),
            "TOURISM_SECRET_KEY": "for measurements only",
            "TOURISM_TRUSTED_PROXIES": "1",  # the load says whom each request comes from
            "TOURISM_WORKERS": str(workers),
            "TOURISM_THREADS": str(threads or ""),  # 0: as many as the product chooses
            "TOURISM_PORT": str(port),
        }
        self.log = instance / "server.log"

    def start(self) -> None:
        command = [sys.executable, "-m", "tourism", "run"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, env=self.environ, stdout=log, stderr=log, start_new_session=True
            )
        self._await()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End all its processes at once, as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def worker_ids(self) -> list[int]:
        """The processes that answer requests."""
        listing = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        children = [int(each) for each in listing.split()]
        return [pid for pid in children if b"resource_tracker" not in _command(pid)]

    def get(self, path: str) -> tuple[int, dict[str, str], bytes]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return answer.status, dict(answer.headers.items()), answer.read()

    def _await(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                self.get("/readyz")
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
            else:
                return
        raise RuntimeError(f"the server did not start: {self.log.read_text()[-2000:]}")


def load(task: Task) -> Result:
    """Run a load in a process of its own and wait for it."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.bench.load"],
        input=json.dumps(asdict(task)),
        capture_output=True,
        text=True,
        check=True,
    )
    return Result(**json.loads(ran.stdout))


def start_load(task: Task) -> "subprocess.Popen[str]":
    """Begin a load in a process of its own. One that keeps a record has begun on return."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.load"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    process.stdin.write(json.dumps(asdict(task)))
    process.stdin.close()
    process.stdin = None
    while task.record and not Path(task.record).exists() and process.poll() is None:
        time.sleep(0.05)
    return process


def end_load(process: "subprocess.Popen[str]", *, early: bool = False) -> Result:
    """Wait for a load that was begun, or have it end now."""
    if early:
        process.terminate()
    out, _ = process.communicate(timeout=300)
    return Result(**json.loads(out))


def warm_up(running: Server, prepared: Prepared) -> None:
    """Let every worker import, compile and connect before anything is measured."""
    load(Task(running.port, 8, 1.0, "confirm", list(prepared.slots)))


def analyse(url: str) -> None:
    """Let the planner know the tables, as a database in use does."""
    engine = make_engine(url)
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(sa.text("ANALYZE"))
    engine.dispose()


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
