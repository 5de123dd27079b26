"""How a notice goes over the wire, and what a receiver cannot make us do."""

import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.receivers import Receiver, receiver, say
from tourism.channels import delivery, targets
from tourism.channels.delivery import Receipt, deliver
from tourism.channels.models import NoticeKind
from tourism.channels.outbox import Parcel

AT = datetime(2027, 5, 30, 1, 0, tzinfo=UTC)


@pytest.fixture
def told() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


def parcel(url: str) -> Parcel:
    return Parcel(
        notice_id=1,
        event_id="e-1",
        attempt=1,
        leased_until=AT,
        subscription="s-1",
        url=url,
        headers={"X-Token": "abc"},
        kind=NoticeKind.AVAILABILITY,
        subject="cherry-picking",
        first_on=AT.date(),
        last_on=AT.date(),
        created_at=AT,
    )


def send(url: str, *, private: bool = True) -> Receipt:
    return deliver(parcel(url), site_secret="s", private=private, now=AT)


def test_an_availability_notice_names_product_and_days(told: Receiver) -> None:
    assert send(told.url).is_good
    assert told.told[0].body == {
        "id": "e-1",
        "type": "AVAILABILITY_UPDATE",
        "timestamp": "2027-05-30T01:00:00Z",
        "data": {
            "productId": "cherry-picking",
            "localDateStart": "2027-05-30",
            "localDateEnd": "2027-05-30",
        },
    }


def test_nothing_is_sent_to_this_machine_without_the_setting(told: Receiver) -> None:
    assert send(told.url, private=False) == Receipt(None, "address refused: scheme")
    secure = told.url.replace("http:", "https:")
    assert send(secure, private=False) == Receipt(None, "address refused: port")
    on_port = secure.replace(secure.split(":")[2].split("/")[0], "443")
    assert send(on_port, private=False) == Receipt(None, "address refused: private")
    assert told.told == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(told: Receiver, status: int) -> None:
    told.answer = lambda handler: say(handler, status, Location=told.url + "/elsewhere")
    receipt = send(told.url)
    assert (receipt.status, receipt.is_good) == (status, False)
    assert len(told.told) == 1


def test_no_more_of_an_answer_is_read_than_is_shown(told: Receiver) -> None:
    """The receiver offers a gigabyte; the connection is closed after its beginning."""
    sent = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(2**30))
        handler.end_headers()
        try:
            for _ in range(2**10):
                handler.wfile.write(b"x" * 2**20)
                sent.append(2**20)
        except OSError:
            pass

    told.answer = answer
    receipt = send(told.url)
    assert receipt.is_good
    assert len(receipt.words) <= 164
    assert sum(sent) < 2**26


def test_an_answer_that_drips_is_cut_off(told: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes in time, the whole never."""
    monkeypatch.setattr(delivery, "WHOLE_S", 1)
    stop = threading.Event()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        try:
            for _ in range(100):
                handler.wfile.write(b"H")
                if stop.wait(0.1):
                    return
        except OSError:
            pass

    told.answer = answer
    began = time.monotonic()
    receipt = send(told.url)
    stop.set()
    assert not receipt.is_good
    assert time.monotonic() - began < 3


def test_who_is_not_there_is_a_failure_with_words(told: Receiver) -> None:
    url = told.url.rpartition(":")[0] + ":1/"
    receipt = send(url)
    assert receipt.status is None
    assert "refused" in receipt.words.lower()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A key and a certificate for the name agency.test, signed by itself."""
    made = tmp_path / "agency.pem"
    words = [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "1",
        "-subj",
        "/CN=agency.test",
    ]
    alt = ["-addext", "subjectAltName=DNS:agency.test"]
    out = ["-keyout", str(tmp_path / "key.pem"), "-out", str(made)]
    subprocess.run(["openssl", *words, *alt, *out], check=True, capture_output=True)
    made.write_text(made.read_text() + (tmp_path / "key.pem").read_text())
    return made


def test_tls_is_checked_against_the_name_though_an_address_is_asked(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unknown signer: refused. Known signer and right name: delivered. Another name: refused."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with receiver(context) as told:
        port = int(told.url.split(":")[2].split("/")[0])
        at = targets.Target(True, "agency.test", port, "/hook", "127.0.0.1")
        monkeypatch.setattr(delivery, "find_target", lambda _url, private: at)
        assert "CERTIFICATE_VERIFY_FAILED" in send("https://agency.test/hook").words
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert send("https://agency.test/hook").is_good
        assert told.told[0].headers["Host"] == f"agency.test:{port}"
        at = replace(at, host="other.test")
        assert not send("https://other.test/hook").is_good
        assert len(told.told) == 1
