"""The load: visitors who ask as fast as they are answered. Runs in a process of its own.

One thread and one selector for all connections, because it shares the machine with what it
measures. `python -m tests.bench.load` reads a `Task` from its input and prints a `Result`.
"""

import contextlib
import http.client
import json
import random
import re
import selectors
import signal
import socket
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Generator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

Script = Generator[bytes, "Answer", None]
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_LOCATION = re.compile(rb"\r\nlocation: *(([^?\r]+/([^?/\r]+))\?[^\r]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked for: by how many at once, for how long, of which slots or address."""

    port: int
    clients: int
    seconds: float
    act: str  # hold, confirm (a hold and its confirmation), churn (half are cancelled), page, scan
    slots: list[int] = field(default_factory=list)
    path: str = ""
    etag: str = ""
    record: str = ""  # a file for each acknowledged booking's reference; made when the load begins
    phones: dict[str, list[str]] = field(default_factory=dict)  # secrets, and tokens to scan
    outcome: str = "ok"  # what each scan is expected to be told


@dataclass(frozen=True, slots=True)
class Result:
    """Times in milliseconds; ``done`` counts whole acts, ``failed`` other answers by status."""

    done: int
    seconds: float
    times: list[float]
    failed: dict[str, int]


class Answer:
    """An answer's status and headers; the body as text only when it is asked for."""

    def __init__(self, raw: bytes) -> None:
        self.head, _, self.body = raw.partition(b"\r\n\r\n")
        self.status = int(self.head[9:12])

    @property
    def location(self) -> tuple[str, str, str]:
        """Where it leads: path, query and the path's last part."""
        found = _LOCATION.search(self.head)
        whole, path, last = (each.decode() for each in found.groups()) if found else ("", "", "")
        return path, whole[len(path) + 1 :], last


class Tally:
    """What has been done so far."""

    def __init__(self, record: str) -> None:
        self.done = 0
        self.times: list[float] = []
        self.failed: dict[str, int] = {}
        self.file = open(record, "a", buffering=1) if record else None  # noqa: SIM115

    def acknowledged(self, reference: str) -> None:
        self.done += 1
        if self.file:
            self.file.write(f"{reference}\n")

    def fail(self, what: object) -> None:
        self.failed[str(what)] = self.failed.get(str(what), 0) + 1


@dataclass(frozen=True, slots=True)
class Opened:
    """What a browser knows after it has opened a party page: form token, session and language."""

    cookie: str
    token: str
    unit: str


def open_page(task: Task) -> Opened:
    """Open a party page, before the time runs: a rush is people who have read it."""
    url = f"http://127.0.0.1:{task.port}/en/slots/{task.slots[0]}/bookings/new"
    with _patiently(url) as answer:
        page = answer.read().decode()
        cookies = [text.partition(";")[0] for text in answer.headers.get_all("Set-Cookie", [])]
    assert any(text.startswith("session=") for text in cookies)
    token = re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]
    return Opened("; ".join(cookies), token, re.findall(r'name="(unit_\d+)"', page)[0])


def visitor(task: Task, tally: Tally, opened: Opened) -> Script:
    """Book again and again, each time as somebody else with an address of their own."""
    cookie, unit = opened.cookie, opened.unit
    token = f"csrf_token={urllib.parse.quote_plus(opened.token)}"
    while True:
        address = f"10.{random.randint(0, 250)}.{random.randint(0, 250)}.{random.randint(1, 250)}"
        form = f"{token}&request={random.getrandbits(64):x}&{unit}=2"
        slot = random.choice(task.slots)
        held = yield _post(f"/en/slots/{slot}/bookings", form, cookie, address)
        if held.status != 303:
            tally.fail(held.status)
            continue
        path, query, reference = held.location
        if task.act != "hold":
            form = f"{token}&slot={slot}&name=Wang&phone=138{random.randrange(10**8):08}&note="
            confirmed = yield _post(f"{path}/confirm?{query}", form, cookie, address)
            if confirmed.status != 303:
                tally.fail(confirmed.status)
                continue
        if task.act == "churn" and random.random() < 0.5:
            cancelled = yield _post(f"{path}/cancel?{query}", token, cookie, address)
            if cancelled.status != 303:
                tally.fail(cancelled.status)
            continue
        tally.acknowledged(reference)


def reader(task: Task, tally: Tally) -> Script:
    """Reload a page."""
    while True:
        answer = yield _get(task.path, "10.0.0.1", task.etag)
        if answer.status not in (200, 304):
            tally.fail(answer.status)
        else:
            tally.acknowledged("")


def phone(task: Task, tally: Tally) -> Script:
    """Ask about one ticket after the other, one person of each party at a time."""
    secret, expected = random.choice(task.phones["secrets"]), f'"outcome":"{task.outcome}"'.encode()
    while True:
        answer = yield _ask(secret, random.choice(task.phones["tokens"]))
        if answer.status == 200 and expected in answer.body:
            tally.acknowledged("")
        else:
            tally.fail(f"{answer.status} {answer.body[:80]!r}")


class Connection:
    """One visitor's connection. When the server goes away it is opened anew and what was not
    answered is asked once more, as browsers and people do."""

    def __init__(self, script: Script, tally: Tally, port: int, to: selectors.BaseSelector) -> None:
        self.script, self.tally, self.port, self.chooser = script, tally, port, to
        self.socket: socket.socket | None = None
        self.restart_at = 0.0
        self.request = next(script)
        self.start()

    def start(self) -> None:
        self.received, self.wanted = b"", 0
        try:
            self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=5)
        except OSError:
            self._lost()
            return
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.chooser.register(self.socket, selectors.EVENT_READ, self)
        self._send()

    def _send(self) -> None:
        assert self.socket
        self.sent_at = time.perf_counter()
        try:
            self.socket.sendall(self.request)
        except OSError:
            self._lost()

    def readable(self) -> None:
        assert self.socket
        try:
            got = self.socket.recv(1 << 18)
        except OSError:
            got = b""
        if not got:
            self._lost()
            return
        self.received += got
        if not self.wanted:
            end = self.received.find(b"\r\n\r\n")
            if end < 0:
                return
            length = _LENGTH.search(self.received[:end])
            self.wanted = end + 4 + (int(length[1]) if length else 0)
        if len(self.received) >= self.wanted:
            self._answered()

    def _answered(self) -> None:
        self.tally.times.append((time.perf_counter() - self.sent_at) * 1000)
        answer, self.received, self.wanted = Answer(self.received), b"", 0
        self.request = self.script.send(answer)
        self._send()

    def _lost(self) -> None:
        self.tally.fail("lost")
        if self.socket:
            if self.socket.fileno() in set(self.chooser.get_map()):
                self.chooser.unregister(self.socket)
            self.socket.close()
        self.socket, self.restart_at = None, time.perf_counter() + 0.05


def run(task: Task) -> Result:
    """Let the clients ask until the time is over, or somebody ends it (SIGTERM)."""
    opened = None if task.act in ("page", "scan") else open_page(task)
    tally, chooser = Tally(task.record), selectors.DefaultSelector()
    if opened:
        scripts = [visitor(task, tally, opened) for _ in range(task.clients)]
    else:
        ask = reader if task.act == "page" else phone
        scripts = [ask(task, tally) for _ in range(task.clients)]
    clients = [Connection(script, tally, task.port, chooser) for script in scripts]
    enough: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: enough.append(number))
    began = time.perf_counter()
    while (passed := time.perf_counter() - began) < task.seconds and not enough:
        for key, _ in chooser.select(0.05):
            key.data.readable()
        for each in clients:
            if each.socket is None and time.perf_counter() > each.restart_at:
                each.start()
    return Result(tally.done, passed, tally.times, tally.failed)


def _patiently(url: str) -> http.client.HTTPResponse:
    """An answer, also from a server that has yet to start on a machine with much to do."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, http.client.HTTPException):
            answer: http.client.HTTPResponse = urllib.request.urlopen(url, timeout=60)
            return answer
        time.sleep(0.2)
    raise RuntimeError("nobody answers")


def _get(path: str, address: str, etag: str = "") -> bytes:
    known = f"If-None-Match: {etag}\r\n" if etag else ""
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: {address}\r\n{known}\r\n"
    ).encode()


def _post(path: str, body: str, cookie: str, address: str) -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: {address}\r\n"
        f"Cookie: {cookie}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def _ask(secret: str, token: str) -> bytes:
    at = datetime.now(UTC).isoformat()
    scan_id = f"{random.getrandbits(128):032x}"
    data = (
        f'{{"v": 1, "build": "test", "clock": "{at}", "event": {{"id": "{scan_id}", "seq": 1,'
        f' "token": "{token}", "n": 1, "dir": "in", "at": "{at}", "mode": "ask", "via": "qr"}}}}'
    )
    return (
        "POST /gate/api/scans HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Device {secret}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(data)}\r\n\r\n{data}"
    ).encode()


if __name__ == "__main__":
    json.dump(asdict(run(Task(**json.load(sys.stdin)))), sys.stdout)
