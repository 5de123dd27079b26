"""On SQLite acts that come at the same time share one commit, and nothing else.

The file is a real one that waits for the disk; each act comes from a thread of its own.
"""

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from tourism.core.direct import Block, Direct, Statement

pytestmark = pytest.mark.flaky(reruns=0)  # once in a hundred times is what these look for

_TABLES = """
CREATE TABLE parents (id INTEGER PRIMARY KEY);
CREATE TABLE rows (name TEXT UNIQUE,
 parent INTEGER REFERENCES parents DEFERRABLE INITIALLY DEFERRED);
"""
INSERT = Statement("INSERT INTO rows (name) VALUES (:name) RETURNING name")
ORPHAN = Statement("INSERT INTO rows (name, parent) VALUES (:name, 404) RETURNING name")
Act = Callable[[Block], bool]
WAIT_S = 10


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "shared.db"
    with sqlite3.connect(file) as connection:
        connection.executescript(_TABLES)
    return file


@pytest.fixture
def direct(file: Path) -> Iterator[Direct]:
    made = Direct(f"sqlite:///{file}")
    yield made
    made.engine.dispose()


def names(file: Path) -> list[str]:
    """What another connection sees."""
    with sqlite3.connect(file) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM rows ORDER BY rowid")]


def insert(name: str) -> Act:
    return lambda block: block.row(INSERT, {"name": name}) is not None


def unwilling(block: Block) -> bool:
    insert("unwilling")(block)
    return False


def broken(block: Block) -> bool:
    insert("broken")(block)
    raise ValueError("broken")


def together(direct: Direct, *acts: Act) -> "list[Future[bool]]":
    """What comes of acts that wait while somebody else writes, in their order."""
    come, go = Event(), Event()

    def first(block: Block) -> bool:
        come.set()
        return go.wait(WAIT_S) and insert("first")(block)

    with ThreadPoolExecutor(len(acts) + 1) as pool:
        made = [pool.submit(direct.write, first)]
        assert come.wait(WAIT_S)
        for number, each in enumerate(acts):
            made.append(pool.submit(direct.write, each))
            while len(direct._turns._waiting) <= number:
                go.wait(0.001)
        go.set()
    return made[1:]


def test_what_goes_wrong_in_one_act_stays_with_it(direct: Direct, file: Path) -> None:
    acts = insert("a"), unwilling, broken, insert("first"), insert("b")
    good, no, wrong, refused, last = together(direct, *acts)
    assert [each.result() for each in (good, no, refused, last)] == [True, False, False, True]
    with pytest.raises(ValueError, match="broken"):
        wrong.result()
    assert names(file) == ["first", "a", "b"]


def test_those_who_wait_share_one_commit(direct: Direct, file: Path) -> None:
    commits: list[str] = []

    def watched(block: Block) -> bool:
        block.connection.set_trace_callback(commits.append)
        return insert("a")(block)

    made = together(direct, watched, insert("b"), insert("c"), insert("d"))
    assert all(each.result() for each in made)
    assert commits.count("COMMIT") == 1
    assert names(file) == ["first", "a", "b", "c", "d"]


def test_nobody_has_written_what_could_not_be_committed(direct: Direct, file: Path) -> None:
    """A row without its parent is found out only by the commit."""

    def orphan(block: Block) -> bool:
        return block.row(ORPHAN, {"name": "orphan"}) is not None

    for each in together(direct, insert("a"), orphan, insert("b")):
        with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
            each.result()
    assert names(file) == ["first"]
    assert direct.write(insert("later"))


def test_nobody_is_told_before_the_commit(direct: Direct, file: Path) -> None:
    """The second looks, from outside, while the first of the same turn has done its part."""
    seen: list[list[str]] = []

    def look(block: Block) -> bool:
        seen.append(names(file))
        return insert("b")(block)

    first, second = together(direct, insert("a"), look)
    assert (first.result(), second.result()) == (True, True)
    assert seen == [["first"]]
    assert names(file) == ["first", "a", "b"]


_KILLED = """
import sys, time
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from tests.core.test_direct import insert, together
from tourism.core.direct import Direct

direct = Direct(sys.argv[1])
for number in range(20):
    direct.write(insert(f"told {number}"))
    print(f"told {number}", flush=True)

def hang(block):
    insert("hanging")(block)
    print("executed", flush=True)
    time.sleep(60)

together(direct, insert("untold 1"), insert("untold 2"), hang, insert("untold 3"))
"""


def test_a_kill_between_act_and_commit_loses_only_what_nobody_was_told(file: Path) -> None:
    command = [sys.executable, "-c", _KILLED, f"sqlite:///{file}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        told = []
        for line in process.stdout:
            if line == "executed\n":
                break
            told.append(line.strip())
        process.send_signal(signal.SIGKILL)
    assert len(told) == 20
    assert names(file) == [*told, "first"]  # told or not, the first was committed before
    with sqlite3.connect(file) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
