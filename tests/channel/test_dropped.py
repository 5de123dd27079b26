"""A channel whose connection breaks asks again, and has one booking."""

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from tests.channel.test_bookings import slot
from tests.factories.bookings import taken
from tests.factories.channels import Agency
from tourism.bookings.models import Booking, Sale
from tourism.experiences.models import Slot

__all__ = ["slot"]  # a fixture


@pytest.fixture
def port(app: Flask) -> Iterator[int]:
    """The site behind a real socket."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def send_and_drop(port: int, agency: Agency, body: dict[str, Any]) -> None:
    """The whole request goes out; before an answer can be read the connection is reset."""
    sent = json.dumps(body).encode()
    headers = {**agency.headers, "Host": "x", "Content-Type": "application/json"}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    start = f"POST /octo/bookings HTTP/1.1\r\n{head}Content-Length: {len(sent)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port)) as wire:
        wire.sendall(start.encode() + sent)
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def wait_until(true: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize("drops", [1, 3])
def test_post_repeated_after_dropped_connections_is_one_booking(
    session: Session, agency: Agency, port: int, slot: Slot, tomorrow: datetime, drops: int
) -> None:
    body = {
        "uuid": str(uuid4()),
        "productId": "test-picking",
        "optionId": "DEFAULT",
        "availabilityId": tomorrow.isoformat(),
        "unitItems": [{"unitId": "adult"}, {"unitId": "adult"}],
    }

    def is_made() -> bool:
        session.rollback()
        return session.scalar(sa.select(sa.func.count(Sale.booking_id))) == 1

    for _ in range(drops):
        send_and_drop(port, agency, body)
    wait_until(is_made)
    again = agency.post("/bookings", **body)
    assert again["uuid"] == body["uuid"]
    session.rollback()
    assert session.scalar(sa.select(sa.func.count(Booking.id))) == 1
    assert taken(session, slot) == 2
