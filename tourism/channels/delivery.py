"""One notice over the wire: signed, to an address that was looked at, in bounded time.

Redirects are not followed, and no more of an answer is read than is worth showing.
"""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from threading import Timer
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from tourism.channels.errors import TargetError
from tourism.channels.outbox import Parcel
from tourism.channels.signing import signature
from tourism.channels.targets import Target, find_target

CONNECT_S = 5
WHOLE_S = 15  # from the first byte to the last, however slowly they come
_SHOWN = 160


@dataclass(frozen=True, slots=True)
class Receipt:
    """How a delivery went: the status and the beginning of the answer, or what went wrong."""

    status: int | None
    words: str

    @property
    def is_good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """410: the receiver asks never to be told anything again."""
        return self.status == 410


def body_of(parcel: Parcel) -> bytes:
    """What is pushed: not the thing itself but what kind it is and how to fetch it."""
    envelope = {
        "id": parcel.event_id,
        "type": parcel.kind.value,
        "timestamp": parcel.created_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "data": parcel.data,
    }
    return json.dumps(envelope).encode()


def deliver(parcel: Parcel, *, site_secret: str, private: bool, now: datetime) -> Receipt:
    """Send a notice and say how it went; it never raises for what a receiver does."""
    try:
        target = find_target(parcel.url, private=private)
        body = body_of(parcel)
        return _post(target, body, _headers(parcel, target, site_secret, now, body))
    except TargetError as error:
        return Receipt(None, f"address refused: {error.facts['reason']}")
    except (OSError, HTTPError, HTTPException, ValueError) as error:
        return Receipt(None, f"{type(error).__name__}: {error}"[:_SHOWN])


def _headers(
    parcel: Parcel, target: Target, site_secret: str, now: datetime, body: bytes
) -> dict[str, str]:
    at = int(now.timestamp())
    signed = signature(site_secret, parcel.subscription, parcel.event_id, at, body)
    return {
        **parcel.headers,
        "Host": target.host_header,
        "Content-Type": "application/json",
        "User-Agent": "tourism-notices/1",
        "webhook-id": parcel.event_id,
        "webhook-timestamp": str(at),
        "webhook-signature": signed,
    }


def _post(target: Target, body: bytes, headers: dict[str, str]) -> Receipt:
    connection = _connection(target)
    try:
        connection.connect()
        with _cut_off_after(WHOLE_S, connection):
            connection.request(
                "POST", target.path, body=body, headers=headers, preload_content=False
            )
            response = connection.getresponse()
            start = response.read(_SHOWN, decode_content=False)
            return Receipt(response.status, _shown(response.status, start))
    finally:
        connection.close()


def _connection(target: Target) -> HTTPConnection:
    if not target.is_secure:
        return HTTPConnection(target.address, target.port, timeout=CONNECT_S)
    return HTTPSConnection(
        target.address,
        target.port,
        timeout=CONNECT_S,
        server_hostname=target.host,
        assert_hostname=target.host,
    )


@contextmanager
def _cut_off_after(seconds: float, connection: HTTPConnection) -> Iterator[None]:
    """Each byte may come in time and the whole never: so the connection is cut from outside."""
    timer = Timer(seconds, _cut, [connection.sock])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _cut(sock: Any) -> None:
    """Of a TLS connection too the plain socket: its own shutdown would wait for the other side."""
    with suppress(OSError):  # it may have ended by itself at this very moment
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _shown(status: int, start: bytes) -> str:
    text = "".join(each if each.isprintable() else " " for each in start.decode(errors="replace"))
    return f"{status} {text}".strip()[:_SHOWN]
