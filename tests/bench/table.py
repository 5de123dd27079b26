"""What was measured, as one table with what is wanted beside it."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.bench.load import Result

LINE = "{:<11}{:<29}{:<6}{:>7}{:>9}{:>8}{:>8}{:>8}{:>8}  {:<30}{}"
HEAD = (*("database", "operation", "slots", "clients", "per s"), "p50", "p95", "p99", "ratio")
AT_LEAST = ("per_s", "ratio")  # of everything else less is better
UNITS = {"per_s": "/s", "kib": " KiB", "p50": " ms", "p95": " ms", "p99": " ms"}


@dataclass(frozen=True, slots=True)
class Row:
    """One operation in all its rounds. The ratio is to `base`, each round to its own."""

    database: str
    operation: str
    clients: int
    results: Sequence[Result]
    slots: str = "-"
    base: Sequence[Result] = ()
    wanted: Mapping[str, float] = field(default_factory=dict)
    facts: Mapping[str, float] = field(default_factory=dict)  # others than rates and times

    def values(self) -> Mapping[str, float]:
        times = sorted(time for each in self.results for time in each.times)
        parts = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
        found = {name: _at(times, part) for name, part in parts.items()}
        rates = [_rate(each) for each in self.results]
        bases = [_rate(each) for each in self.base]
        found["per_s"] = statistics.median(rates)
        if bases:
            ratios = (rate / bare for rate, bare in zip(rates, bases, strict=True))
            found["ratio"] = statistics.median(ratios)
        return {**found, **self.facts}

    def failed(self) -> dict[str, int]:
        return {key: count for each in self.results for key, count in each.failed.items()}

    def verdict(self) -> str:
        found = self.values()
        missed = [name for name, bound in self.wanted.items() if not _is_met(name, found, bound)]
        if missed:
            return "missed: " + ", ".join(_words(name, found[name]) for name in missed)
        return "met" if self.wanted else ""


def timed(times: Sequence[float]) -> Result:
    """Something done once after the other; times in milliseconds."""
    return Result(len(times), sum(times) / 1000, list(times), {})


def show(rows: Iterable[Row]) -> None:
    """Print all rows, times of single requests in milliseconds."""
    print(LINE.format(*HEAD, "wanted", "seen"), flush=True)
    for row in rows:
        found = row.values()
        times = (f"{found[name]:.1f}" for name in ("p50", "p95", "p99"))
        ratio = f"{found['ratio']:.3f}" if "ratio" in found else ""
        others = ", ".join(_words(name, value) for name, value in row.facts.items())
        seen = "  ".join(filter(None, (row.verdict(), others, str(row.failed() or ""))))
        wanted = ", ".join(_bound(name, bound) for name, bound in row.wanted.items())
        cells = row.database, row.operation, row.slots, row.clients, f"{found['per_s']:,.0f}"
        print(LINE.format(*cells, *times, ratio, wanted, seen), flush=True)


def _bound(name: str, bound: float) -> str:
    return _words(name, bound, "≥ " if name in AT_LEAST else "≤ ")


def _words(name: str, value: float, sign: str = "") -> str:
    return f"{name} {sign}{value:.4g}{UNITS.get(name, '')}"


def _is_met(name: str, found: Mapping[str, float], bound: float) -> bool:
    return found[name] >= bound if name in AT_LEAST else found[name] <= bound


def _rate(result: Result) -> float:
    return result.done / result.seconds


def _at(times: Sequence[float], part: float) -> float:
    return times[min(len(times) - 1, int(len(times) * part))] if times else 0.0
