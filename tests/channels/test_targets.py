"""Which addresses may be told anything: public ones, whatever they are called."""

import socket
from typing import Any

import pytest

from tourism.channels.errors import TargetError
from tourism.channels.targets import find_target, is_public

PRIVATE = [
    "127.0.0.1",
    "127.8.9.10",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "2001:db8::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_public_is_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2400:3200::1", "::ffff:8.8.8.8"])
def test_what_is_public_is_not(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost", "LocalHost"),
        *("2130706433", "0x7f000001", "0177.0.0.1", "127.1", "127.0.1", "0"),
    ],
)
def test_no_spelling_of_this_machine_is_let_through(host: str) -> None:
    """The resolver knows all of them, so nothing has to be known here."""
    with pytest.raises(TargetError) as refused:
        find_target(f"https://{host}/hook", private=False)
    assert refused.value.facts["reason"] == "private"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://8.8.8.8/", "scheme"),
        ("ftp://8.8.8.8/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("gopher://8.8.8.8:443/", "scheme"),
        ("//8.8.8.8/", "scheme"),
        ("", "scheme"),
        ("https://8.8.8.8:22/", "port"),
        ("https://8.8.8.8:6379/", "port"),
        ("https://8.8.8.8:99999/", "url"),
        ("https://user:word@8.8.8.8/", "url"),
        ("https://8.8.8.8#@127.0.0.1/", "url"),
        ("https://8.8.8.8\\@127.0.0.1/", "url"),
        ("https://8.8.8.8/a b", "url"),
        ("https://8.8.8.8/\r\nX: y", "url"),
        ("https:///path", "url"),
        ("https://例子.中国/", "url"),
        ("https://8.8.8.8/" + "a" * 500, "url"),
        ("https://no-such-host.invalid/", "unknown"),
    ],
)
def test_what_cannot_be_asked_is_refused(url: str, reason: str) -> None:
    with pytest.raises(TargetError) as refused:
        find_target(url, private=False)
    assert refused.value.facts["reason"] == reason


def test_a_name_with_one_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a name server of a stranger may answer: a public address first, ours second."""
    answers: list[Any] = [(0, 0, 0, "", ("8.8.8.8", 443)), (0, 0, 0, "", ("10.0.0.1", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_words: answers)
    with pytest.raises(TargetError):
        find_target("https://agency.example/", private=False)


def test_a_name_is_looked_up_once_and_that_address_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A second answer, of a name server that changes its mind, is never asked for."""
    asked = []

    def answer(host: str, *_args: Any, **_words: Any) -> list[Any]:
        asked.append(host)
        return [(0, 0, 0, "", ("8.8.8.8" if len(asked) == 1 else "127.0.0.1", 443))]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    target = find_target("https://agency.example/hook?a=1", private=False)
    assert asked == ["agency.example"]
    assert (target.address, target.host, target.path) == ("8.8.8.8", "agency.example", "/hook?a=1")
    assert target.host_header == "agency.example"
