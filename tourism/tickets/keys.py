"""The keys that sign tickets: a small file beside the database, never in it.

Three keys are known at a time. Gate phones hold all three public halves, so the *next* key is
already on every phone when it becomes the *current* one, and tickets signed with the *previous*
one stay good. The file's format is described in `docs/ticket-format.md`.
"""

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tourism.tickets.errors import KeyFileError

SEED_BYTES = 32
LARGEST_ID = 255  # a key's number is one byte in a ticket; 0 is left unused


@dataclass(frozen=True)
class TicketKeys:
    """The keys of a site: one signs, up to three verify."""

    current_id: int
    next_id: int
    previous_id: int | None
    seeds: dict[int, bytes] = field(repr=False)

    @cached_property
    def public(self) -> dict[int, bytes]:
        """The public half of each key by its number: what a gate needs to verify."""
        return {number: key.public_key().public_bytes_raw() for number, key in self.private.items()}

    @cached_property
    def private(self) -> dict[int, Ed25519PrivateKey]:
        return {n: Ed25519PrivateKey.from_private_bytes(seed) for n, seed in self.seeds.items()}

    def signing_id(self, wanted: int) -> int:
        """The wanted key if it is still kept, otherwise the current one.

        A ticket whose key was given up (after a leak) is thus signed anew when it is shown again.
        """
        return wanted if wanted in self.seeds else self.current_id


def new_keys() -> TicketKeys:
    """A first pair: number 1 signs, number 2 waits."""
    return TicketKeys(1, 2, None, {1: _new_seed(), 2: _new_seed()})


def rotated(keys: TicketKeys) -> TicketKeys:
    """The next key signs, the current one becomes the previous, the previous one is given up."""
    fresh = keys.next_id % LARGEST_ID + 1
    kept = {number: keys.seeds[number] for number in (keys.current_id, keys.next_id)}
    return TicketKeys(keys.next_id, fresh, keys.current_id, kept | {fresh: _new_seed()})


def load_keys(path: Path) -> TicketKeys:
    """The keys of the file. Raises KeyFileError if it is missing or damaged."""
    try:
        return _from_json(json.loads(path.read_text()))
    except FileNotFoundError as error:
        raise KeyFileError(f"there are no ticket keys at {path}") from error
    except (ValueError, KeyError, TypeError):
        # The cause would quote the content, so it is not passed on.
        raise KeyFileError(f"{path} is not a file of ticket keys") from None


def create_keys(path: Path) -> TicketKeys:
    """Make the file with new keys. Raises KeyFileError if there is one: keys are not replaced."""
    keys = new_keys()
    path.parent.mkdir(parents=True, exist_ok=True)
    with _written_whole(path, keys) as half:
        try:
            os.link(half, path)  # unlike a rename, this fails when another process was quicker
        except FileExistsError as error:
            raise KeyFileError(f"there are ticket keys at {path} already") from error
    return keys


def rotate_keys(path: Path) -> TicketKeys:
    """Move the file's keys on by one."""
    keys = rotated(load_keys(path))
    with _written_whole(path, keys) as half:
        half.replace(path)
    return keys


@contextmanager
def _written_whole(path: Path, keys: TicketKeys) -> Iterator[Path]:
    """A complete file beside the target, for its owner's eyes only, gone afterwards."""
    half = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            json.dump(_to_json(keys), file, indent=2)
            file.flush()
            os.fsync(descriptor)
        yield half
    finally:
        half.unlink(missing_ok=True)


def _to_json(keys: TicketKeys) -> dict[str, Any]:
    numbers = {"previous": keys.previous_id, "current": keys.current_id, "next": keys.next_id}
    return {
        role: number and {"id": number, "seed": keys.seeds[number].hex()}
        for role, number in numbers.items()
    }


def _from_json(content: dict[str, Any]) -> TicketKeys:
    entries = {role: content[role] for role in ("previous", "current", "next") if content[role]}
    seeds = {_number(entry["id"]): bytes.fromhex(entry["seed"]) for entry in entries.values()}
    if len(seeds) != len(entries) or any(len(seed) != SEED_BYTES for seed in seeds.values()):
        raise ValueError("each key needs a number of its own and 32 bytes")
    previous = content["previous"] and content["previous"]["id"]
    return TicketKeys(content["current"]["id"], content["next"]["id"], previous, seeds)


def _number(value: Any) -> int:
    if not isinstance(value, int) or not 1 <= value <= LARGEST_ID:
        raise ValueError("a key's number is from 1 to 255")
    return value


def _new_seed() -> bytes:
    return secrets.token_bytes(SEED_BYTES)
