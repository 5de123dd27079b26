"""What may stand in an address."""

from datetime import date
from typing import Any

from flask import Flask
from werkzeug.routing import BaseConverter, IntegerConverter, Map, ValidationError

LARGEST_KEY = 2**31 - 1


class KeyConverter(IntegerConverter):
    """A whole number that can be a key; a larger one is no address of ours (404), where a
    database would stumble over it."""

    def __init__(self, map: Map, *args: Any, **kwargs: Any) -> None:  # noqa: A002
        kwargs.setdefault("max", LARGEST_KEY)
        super().__init__(map, *args, **kwargs)


class DayConverter(BaseConverter):
    """A day as 2027-05-30, in a year that can have bookings."""

    regex = r"2[01]\d\d-\d\d-\d\d"

    def to_python(self, value: str) -> date:
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise ValidationError from error

    def to_url(self, value: date) -> str:
        return value.isoformat()


def init_app(app: Flask) -> None:
    app.url_map.converters["day"] = DayConverter
    app.url_map.converters["int"] = KeyConverter
