"""The families of domain errors.

    TourismError
    ├── NotFoundError      what was named does not exist (or is not yours to know of)
    ├── NotAllowedError    it exists, but this person may not do that
    ├── ConflictError      the state of the world refuses it now (full, expired, done already)
    └── InvalidError       the request contradicts itself or a rule

An area subclasses a family and gives a stable ``code`` and facts. Neither prose nor HTTP stands
here: ``web/errors.py`` maps families to a status and each entry package words them its way.
"""

from typing import ClassVar


class TourismError(Exception):
    """Base of every refusal the domain makes on purpose."""

    code: ClassVar[str] = "error"

    def __init__(self, **facts: object) -> None:
        super().__init__(self.code, facts)
        self.facts = facts


class NotFoundError(TourismError):
    code = "not_found"


class NotAllowedError(TourismError):
    code = "not_allowed"


class ConflictError(TourismError):
    code = "conflict"


class InvalidError(TourismError):
    code = "invalid"
