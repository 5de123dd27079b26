"""What every page knows: the destination it speaks for, and whether sample data is loaded."""

from flask import Flask, g, request

from tourism.destination.queries import get_destination
from tourism.web.kept import kept

_WITHOUT = ("static", "site_css", "health.alive", "health.ready", "metrics.show")


def init_app(app: Flask) -> None:
    app.before_request(_load_destination)
    app.context_processor(lambda: {"destination": g.get("destination")})


def _load_destination() -> None:
    # Static files and probes need no database, and a gate's scan no more than its own rows.
    if request.blueprint == "gate.scans":
        return
    if request.endpoint not in _WITHOUT:
        load_destination()


def load_destination() -> None:
    """Let this request know whom it speaks for."""
    g.destination = kept(("destination",), get_destination)
