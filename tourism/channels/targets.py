"""Where notices may go: public addresses only, or a channel could ask our own network.

A host is looked up once, every address it has must be public, and the connection goes to the very
address that was looked at. How a host is spelled (as one number, in octal, with a trailing dot)
does not matter, for only what it resolves to is judged.
"""

import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from tourism.channels.errors import TargetError

LONGEST_URL = 500
PORTS = (443, 8443)
_NAT64 = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Target:
    """A receiver: what to ask of it, and at which address it stands."""

    is_secure: bool
    host: str
    port: int
    path: str
    address: str

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.is_secure else 80) else f"{host}:{self.port}"


def find_target(url: str, *, private: bool) -> Target:
    """Look a receiver up; ``private`` also allows http, any port and the own network.

    Raises TargetError with a reason: url, scheme, port, unknown, private.
    """
    parts, port = _split(url)
    if not private and parts.scheme != "https":
        raise TargetError(reason="scheme")
    if not private and port not in PORTS:
        raise TargetError(reason="port")
    host = str(parts.hostname)
    addresses = _addresses(host, port)
    if not private and not all(is_public(each) for each in addresses):
        raise TargetError(reason="private")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme == "https", host, port, path, addresses[0])


def check_target(url: str, *, private: bool) -> None:
    """Refuse what could never be asked. A host that is not found now may be found when there is
    something to tell. Raises as `find_target`, but not for that."""
    try:
        find_target(url, private=private)
    except TargetError as error:
        if error.facts["reason"] != "unknown":
            raise


def is_public(address: str) -> bool:
    """Whether anybody on the internet could ask that address, whatever it wraps."""
    found = ip_address(address.partition("%")[0])
    return found.is_global and not found.is_multicast and all(map(_is_plain, _wrapped(found)))


def _is_plain(address: IPv4Address) -> bool:
    return address.is_global and not address.is_multicast


def _wrapped(address: IPv4Address | IPv6Address) -> list[IPv4Address]:
    """IPv4 addresses to which a router would send what is meant for this IPv6 one."""
    if isinstance(address, IPv4Address):
        return []
    inside = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64:
        inside.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return [each for each in inside if each is not None]


def _split(url: str) -> tuple[SplitResult, int]:
    if len(url) > LONGEST_URL or not url.isascii() or any(not 32 < ord(each) < 127 for each in url):
        raise TargetError(reason="url")
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise TargetError(reason="url") from error
    if parts.scheme not in ("http", "https"):
        raise TargetError(reason="scheme")
    if not parts.hostname or parts.username or parts.password or parts.fragment or "\\" in url:
        raise TargetError(reason="url")
    return parts, port


def _addresses(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise TargetError(reason="unknown") from error
    return [str(each[4][0]) for each in found]
