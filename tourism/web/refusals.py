"""Refusals that every page words alike."""

from typing import Any

from flask_babel import ngettext

from tourism.experiences.errors import CeilingFullError
from tourism.web.filters import text


def ceiling_words(error: CeilingFullError) -> str:
    """What is full above the slot, how many may still come there, and what to do."""
    facts: dict[str, Any] = error.facts
    words: str = ngettext(
        "%(what)s has room for %(num)s more person at that time."
        " Come as fewer, or choose another time.",
        "%(what)s has room for %(num)s more people at that time."
        " Come as fewer, or choose another time.",
        facts["left"],
        what=text(facts["name"]),
    )
    return words
