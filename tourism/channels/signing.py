"""Signatures of notices, as Standard Webhooks has them (https://www.standardwebhooks.com).

A subscription's secret is derived from the site's and the subscription's uuid, so no database and
no backup contains it.
"""

import hmac
from base64 import b64encode
from hashlib import sha256

_PREFIX = "whsec_"


def secret_of(site_secret: str, subscription: str) -> str:
    """The secret as its channel is told it."""
    derived = hmac.digest(site_secret.encode(), f"notices to {subscription}".encode(), sha256)
    return _PREFIX + b64encode(derived).decode()


def signature(site_secret: str, subscription: str, event: str, timestamp: int, body: bytes) -> str:
    """What proves to the receiver that a body is ours and of that time."""
    key = hmac.digest(site_secret.encode(), f"notices to {subscription}".encode(), sha256)
    signed = f"{event}.{timestamp}.".encode() + body
    return "v1," + b64encode(hmac.digest(key, signed, sha256)).decode()
