"""Reading a file that somebody wrote by hand, and saying all that is wrong with it at once.

A file is refused whole: its writer gets every fault with the entry's id, the place in it and the
matter in plain words, and nothing of the file is used.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from tourism.core.errors import InvalidError
from tourism.core.languages import LANGUAGES

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_SLUG = 80


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong: in which entry (its id), where in it, and what."""

    entry: str
    where: str
    what: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.entry, self.where, self.what) if part)


class BadFileError(InvalidError):
    """A file with faults; nothing of it was used."""

    code = "bad_file"

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(faults=[str(fault) for fault in faults])
        self.faults = list(faults)


def refuse_if_faulty(faults: Sequence[Fault]) -> None:
    """Raise BadFileError if there is any fault."""
    if faults:
        raise BadFileError(faults)


def read_json(content: bytes) -> Any:
    """The document in a UTF-8 file. Raises BadFileError with line and column, or a doubled key."""
    doubled: list[Fault] = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        counts = Counter(key for key, _ in pairs)
        doubled.extend(
            Fault("file", key, "stands more than once in the same object")
            for key, count in counts.items()
            if count > 1
        )
        return dict(pairs)

    try:
        document = json.loads(content.decode("utf-8-sig"), object_pairs_hook=members)
    except UnicodeDecodeError as error:
        raise BadFileError(
            [Fault("file", f"byte {error.start + 1}", "is not UTF-8 text")]
        ) from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise BadFileError([Fault("file", where, f"is not JSON: {error.msg}")]) from error
    except RecursionError as error:
        raise BadFileError([Fault("file", "", "is nested too deeply")]) from error
    refuse_if_faulty(doubled)
    return document


def is_number(value: object) -> bool:
    """A finite number; JSON's true and false are none, nor are Python's NaN and Infinity."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def is_whole(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def is_slug(value: object) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_SLUG and bool(SLUG.fullmatch(value))


def doubles(values: Iterable[str]) -> list[str]:
    """The values that come more than once, each named once."""
    return [value for value, count in Counter(values).items() if count > 1]


class Entry:
    """Checks the values of one entry of a file and notes each fault."""

    def __init__(self, name: str, faults: list[Fault]) -> None:
        self.name, self.faults = name, faults

    def fault(self, where: str, what: str) -> None:
        self.faults.append(Fault(self.name, where, what))

    def members(
        self, where: str, value: object, required: Collection[str], optional: Collection[str] = ()
    ) -> dict[str, Any]:
        """The object's members, noting missing and unknown ones; {} if it is no object."""
        if not isinstance(value, dict):
            self.fault(where, "is missing" if value is None else "is not an object {…}")
            return {}
        prefix = f"{where}." if where else ""
        for key in required:
            if value.get(key) is None:
                self.fault(f"{prefix}{key}", "is missing")
        known = [*required, *optional]
        for key in (key for key in value if key not in known):
            near = get_close_matches(key, known, 1)
            hint = f"; did you mean “{near[0]}”?" if near else ""
            self.fault(f"{prefix}{key}", f"is not a known property{hint}")
        return value

    def items(self, where: str, value: object) -> list[Any]:
        """The list's items; [] with a fault if it is no list. An absent list is empty."""
        if value is None or isinstance(value, list):
            return value or []
        self.fault(where, "is not a list […]")
        return []

    def texts(self, where: str, value: object) -> None:
        """A text in all languages. An absent one is the business of `members`."""
        if value is None:
            return
        if not isinstance(value, dict):
            self.fault(where, f"is not a text by language ({', '.join(LANGUAGES)})")
            return
        for tag in LANGUAGES:
            if not isinstance(value.get(tag), str) or not value[tag].strip():
                self.fault(f"{where}.{tag}", "is missing")
        for tag in (tag for tag in value if tag not in LANGUAGES):
            self.fault(f"{where}.{tag}", f"is not one of the languages {', '.join(LANGUAGES)}")

    def one_of(self, where: str, value: object, allowed: Iterable[str]) -> None:
        choices = list(allowed)
        if value is not None and value not in choices:
            self.fault(where, f"is {_shown(value)}, not one of {', '.join(choices)}")

    def slug(self, where: str, value: object) -> None:
        if value is not None and not is_slug(value):
            self.fault(where, f"is {_shown(value)}; use a-z, 0-9 and single hyphens, at most 80")

    def slugs(self, where: str, value: object) -> None:
        """A list of different slugs."""
        items = self.items(where, value)
        for number, item in enumerate(items):
            if not is_slug(item):
                self.slug(f"{where}[{number}]", item if item is not None else "null")
        for item in doubles(item for item in items if isinstance(item, str)):
            self.fault(where, f"names “{item}” more than once")

    def strings(self, where: str, value: object) -> None:
        for number, item in enumerate(self.items(where, value)):
            if not isinstance(item, str) or not item.strip():
                self.fault(f"{where}[{number}]", "is not a text")


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"
