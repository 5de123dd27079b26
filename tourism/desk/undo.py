"""The way back from what was just done: kept in the session until the next page has shown it."""

from dataclasses import asdict, dataclass

from flask import session, url_for

_KEY = "desk.undo"


@dataclass(frozen=True, slots=True)
class Undo:
    """What was done to a slot, in words, and the request that takes it back ("" for none)."""

    slot_id: int
    words: str
    path: str = ""
    name: str = ""
    value: str = ""


def remember(done: Undo) -> None:
    session[_KEY] = asdict(done)


def back_by(slot_id: int, endpoint: str, words: str, **field: int) -> Undo:
    """The way back by a view of a slot, with at most one field."""
    name, value = next(iter(field.items()), ("", ""))
    path = url_for(f"desk.slots.{endpoint}", slot_id=slot_id)
    return Undo(slot_id, words, path, name, str(value))


def take() -> Undo | None:
    """What was just done, once."""
    kept = session.pop(_KEY, None)
    return Undo(**kept) if kept else None
