"""The only reading of the clock. Entry code calls `now` once a request and passes it down."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)
