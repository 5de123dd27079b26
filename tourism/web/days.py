"""The day that an address asks for."""

from datetime import date, timedelta

from flask import request

_FARTHEST = timedelta(days=3660)


def asked_day(today: date, name: str = "day") -> date:
    """The day in the address, or today where there is none, or none that could have slots."""
    return asked_day_or_none(today, name) or today


def asked_day_or_none(today: date, name: str = "day") -> date | None:
    """The same, without a day to fall back on."""
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return day if abs(day - today) <= _FARTHEST else None
