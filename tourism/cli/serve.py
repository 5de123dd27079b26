"""Serve the site under granian, after a look whether it could answer at all."""

import socket

import click
from flask import current_app
from flask.cli import with_appcontext
from granian import Granian
from granian.constants import Interfaces

from tourism import migrations
from tourism.cli import vendor
from tourism.destination.errors import NoDestinationError
from tourism.destination.queries import get_destination
from tourism.settings import Settings
from tourism.web import codes
from tourism.web.db import db_session, engine

# On PostgreSQL few threads keep a hot slot's row locked for a short time only. On SQLite those that
# wait for the disk at the same time share a commit: many threads, large shares.
THREADS = {"postgresql": 2, "sqlite": 16}
# A worker that does not end its requests in this time after SIGTERM is killed.
GRACE_S = 10


@click.command()
@click.option("--host", help="Address to listen at (else TOURISM_HOST).")
@click.option("--port", type=click.IntRange(1, 65535), help="Port (else TOURISM_PORT).")
@click.option("--workers", type=click.IntRange(1), help="Processes (else TOURISM_WORKERS).")
@click.option("--threads", type=click.IntRange(1), help="Threads in each (else TOURISM_THREADS).")
@with_appcontext
def run(host: str | None, port: int | None, workers: int | None, threads: int | None) -> None:
    """Serve the site until SIGTERM or Ctrl-C, which let running requests end."""
    settings: Settings = current_app.config["TOURISM"]
    host, port = host or settings.host, port or settings.port
    workers = workers or settings.workers
    threads = threads or settings.threads or THREADS[engine().dialect.name]
    _check_workers(workers)
    _check_ready()
    _check_free(host, port)
    engine().dispose()  # a connection must not be shared with the processes that follow
    click.echo(f"Serving at http://{host}:{port} (Ctrl-C stops)")
    _serve(host, port, workers, threads)


def _serve(host: str, port: int, workers: int, threads: int) -> None:
    server = Granian(
        "tourism.app:create_site",
        factory=True,
        interface=Interfaces.WSGI,
        address=host,
        port=port,
        workers=workers,
        blocking_threads=threads,
        respawn_failed_workers=True,
        workers_kill_timeout=GRACE_S,
        websockets=False,
    )
    server.serve()


def _check_workers(workers: int) -> None:
    if workers > 1 and engine().dialect.name == "sqlite":
        raise click.UsageError(
            "SQLite serves one process: set TOURISM_WORKERS=1, or a PostgreSQL"
            " TOURISM_DATABASE_URL."
        )


def _check_ready() -> None:
    """What is missing is said with the command that brings it."""
    if not migrations.is_current(engine()):
        raise click.ClickException("The schema is not current: run `tourism migrate`.")
    if not vendor.is_current():
        raise click.ClickException("Browser libraries are missing: run `tourism vendor`.")
    try:
        get_destination(db_session())
    except NoDestinationError as error:
        raise click.ClickException(
            "No destination is loaded: run `tourism load-destination FILE`."
        ) from error
    codes.ticket_keys()  # missing in production, it says the command itself


def _check_free(host: str, port: int) -> None:
    """Granian would share a port that is taken, and each request would find either site."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise click.ClickException(
            f"Cannot listen at {host}:{port} ({error.strerror}): choose another with --port."
        ) from error
