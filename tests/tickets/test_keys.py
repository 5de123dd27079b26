"""The file of signing keys."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tourism.tickets.errors import KeyFileError
from tourism.tickets.keys import (
    LARGEST_ID,
    TicketKeys,
    create_keys,
    load_keys,
    new_keys,
    rotate_keys,
    rotated,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "secrets" / "ticket-keys.json"


def test_create_keys_makes_a_file_for_its_owner_alone(path: Path) -> None:
    keys = create_keys(path)
    assert load_keys(path) == keys
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_create_keys_never_replaces_keys(path: Path) -> None:
    keys = create_keys(path)
    with pytest.raises(KeyFileError, match="already"):
        create_keys(path)
    assert load_keys(path) == keys
    assert list(path.parent.iterdir()) == [path]


def test_create_keys_is_won_by_one_of_many(path: Path) -> None:
    def attempt(_number: int) -> TicketKeys | None:
        try:
            return create_keys(path)
        except KeyFileError:
            return None

    with ThreadPoolExecutor(8) as pool:
        made = [keys for keys in pool.map(attempt, range(8)) if keys]
    assert made == [load_keys(path)]


def test_rotate_keys_promotes_the_next_and_keeps_the_last(path: Path) -> None:
    old = create_keys(path)
    new = rotate_keys(path)
    assert load_keys(path) == new
    assert (new.previous_id, new.current_id, new.next_id) == (1, 2, 3)
    assert new.public.items() >= old.public.items()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_rotated_gives_up_the_one_before(path: Path) -> None:
    assert sorted(rotated(rotated(new_keys())).seeds) == [2, 3, 4]


def test_rotated_begins_again_after_the_last_number() -> None:
    keys = new_keys()
    for _ in range(LARGEST_ID):
        keys = rotated(keys)
        assert len({keys.previous_id, keys.current_id, keys.next_id}) == 3
        assert set(keys.seeds) <= set(range(1, LARGEST_ID + 1))


def test_load_keys_says_where_it_looked(path: Path) -> None:
    with pytest.raises(KeyFileError, match=r"ticket-keys\.json"):
        load_keys(path)


KEY = {"id": 1, "seed": "ab" * 32}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        json.dumps({"previous": None, "current": KEY, "next": None}),
        json.dumps({"previous": None, "current": KEY, "next": KEY}),
        json.dumps({"previous": None, "current": KEY, "next": {"id": 2, "seed": "ab" * 31}}),
        json.dumps({"previous": None, "current": KEY, "next": {"id": 2, "seed": "no hex"}}),
        json.dumps({"previous": None, "current": KEY, "next": {"id": 0, "seed": "cd" * 32}}),
        json.dumps({"previous": None, "current": KEY, "next": {"id": 256, "seed": "cd" * 32}}),
    ],
)
def test_load_keys_refuses_a_damaged_file_without_quoting_it(path: Path, content: str) -> None:
    path.parent.mkdir()
    path.write_text(content)
    with pytest.raises(KeyFileError) as refusal:
        load_keys(path)
    assert str(refusal.value) == f"{path} is not a file of ticket keys"
    assert refusal.value.__suppress_context__
    assert refusal.value.__cause__ is None


def test_keys_do_not_show_themselves() -> None:
    keys = new_keys()
    shown = repr(keys) + str(keys)
    assert not any(seed.hex() in shown or repr(seed) in shown for seed in keys.seeds.values())
