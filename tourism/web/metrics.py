"""For Prometheus: what operations watch, and how long requests take. Shut without its token."""

import hmac
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import TypeVar

from flask import Blueprint, Response, abort, current_app, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from werkzeug.routing import Rule

from tourism.admissions.models import Outcome
from tourism.bookings.models import BookingStatus
from tourism.channels.models import NoticeStatus
from tourism.core.clock import now
from tourism.settings import Settings
from tourism.statistics.vitals import get_vitals
from tourism.web.db import db_session
from tourism.web.prompt import Observer, Site

Kind = TypeVar("Kind", bound=StrEnum)
bp = Blueprint("metrics", __name__)
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_KEY = "tourism.metrics"


def init_app(app: Site, settings: Settings) -> None:
    """Without a token nothing is measured and there is no such page."""
    if not settings.metrics_token:
        return
    registry = CollectorRegistry()
    registry.register(_Vitals())
    app.extensions[_KEY] = registry
    app.observe = _observer(registry)


@bp.get("/metrics")
def show() -> Response:
    settings: Settings = current_app.config["TOURISM"]
    if not settings.metrics_token:
        abort(404)
    asked = request.headers.get("Authorization", "")
    if not hmac.compare_digest(asked.encode(), f"Bearer {settings.metrics_token}".encode()):
        return Response(status=401, headers={"WWW-Authenticate": "Bearer"})
    return Response(generate_latest(current_app.extensions[_KEY]), content_type=CONTENT_TYPE_LATEST)


class _Vitals(Collector):
    """The database's counts, taken anew each time they are asked for."""

    def describe(self) -> Iterator[GaugeMetricFamily]:
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        vitals = get_vitals(db_session(), now())
        bookings = "Bookings by status; holds that are over do not count"
        yield _gauge("bookings", bookings, "status", BookingStatus, vitals.bookings)
        yield _gauge("scans", "Scans at the gates by outcome", "outcome", Outcome, vitals.scans)
        notices = "Notices to channels by status"
        yield _gauge("notices", notices, "status", NoticeStatus, vitals.notices)
        waiting = "Parties in line for times to come"
        yield GaugeMetricFamily("tourism_waiting_parties", waiting, vitals.waiting_parties)
        conflicts = "Tickets let in twice and not yet settled"
        yield GaugeMetricFamily("tourism_open_conflicts", conflicts, vitals.open_conflicts)


def _gauge(
    name: str, words: str, label: str, kinds: type[Kind], counts: Mapping[Kind, int]
) -> GaugeMetricFamily:
    gauge = GaugeMetricFamily(f"tourism_{name}", words, labels=[label])
    for kind in kinds:
        gauge.add_metric([kind.value], counts.get(kind, 0))
    return gauge


def _observer(registry: CollectorRegistry) -> Observer:
    histogram = Histogram(
        "tourism_request_seconds",
        "How long this process took to answer, by route",
        ["method", "route", "status"],
        buckets=_BUCKETS,
        registry=registry,
    )

    def observe(method: str, rule: Rule | None, status: int, seconds: float) -> None:
        # Not what somebody typed: each new word would be kept for ever.
        route = (method, rule.rule) if rule else ("", "unknown")
        histogram.labels(*route, status).observe(seconds)

    return observe
