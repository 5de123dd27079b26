"""A private PostgreSQL for a test run: started on a free port, thrown away at the end."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

INSTALL = "apt-get install -y --no-install-recommends postgresql"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def postgresql(*, durable: bool = False) -> Iterator[str]:
    """The address of an empty database. TOURISM_TEST_POSTGRESQL names one already running.

    A durable one waits for the disk at each commit and tidies up by itself, as in production;
    tests need neither, and plans that change in the middle of one least of all.
    """
    if url := os.environ.get("TOURISM_TEST_POSTGRESQL"):
        yield url
        return
    bin_folder = programs()
    folder = Path(tempfile.mkdtemp(prefix="tourism-pg-"))
    # The server refuses to run as root; Debian's package brings the account for it.
    become = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if become:
        shutil.chown(folder, "postgres", "postgres")
    port = free_port()
    data = str(folder / "data")
    run = partial(subprocess.run, check=True, stdout=subprocess.DEVNULL, cwd=folder)
    run([*become, bin_folder / "initdb", "-D", data, "-A", "trust", "-U", "tourism", "-E", "UTF8"])
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1"
    options += "" if durable else " -c fsync=off -c autovacuum=off"
    control = [*become, bin_folder / "pg_ctl", "-D", data, "-w", "-l", str(folder / "log")]
    run([*control, "-o", options, "start"])
    try:
        yield f"postgresql+psycopg://tourism@127.0.0.1:{port}/postgres"
    finally:
        run([*control, "-m", "immediate", "stop"])
        shutil.rmtree(folder, ignore_errors=True)


def programs() -> Path:
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name)
    )
    if found:
        return found[-1]
    on_path = shutil.which("initdb")
    if on_path is None:
        raise RuntimeError(f"the tests need PostgreSQL: {INSTALL}")
    return Path(on_path).parent
