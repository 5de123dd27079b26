"""One queue for the writers of a process, first come, first served.

SQLite has one writer at a time and lets the others ask again after a pause, so a busy process can
starve one of its own threads for seconds. Here each waits for its turn and is woken for it. Those
who stand one behind the other with a short act may let the first of them do all in one turn.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock, get_ident
from types import TracebackType
from typing import Any


@dataclass(eq=False, slots=True)
class _Waiting:
    """One in the queue; what is brought along may be done by another in the same turn."""

    act: Any = None
    thread: int = field(default_factory=get_ident)
    turn: Lock = field(default_factory=Lock)
    is_done: bool = False


class FairQueue:
    """A lock whose waiters get it in the order in which they came."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._waiting: deque[_Waiting] = deque()
        self._owner: int | None = None

    def __enter__(self) -> None:
        self._wait(_Waiting())

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._hand_over()

    @contextmanager
    def together(self, act: Any) -> Iterator[list[Any]]:
        """A turn for this act and for those who wait right behind it with theirs, in order. They
        go on when the block has ended. An empty list: another has done it in its own turn."""
        mine = _Waiting(act)
        self._wait(mine)
        if mine.is_done:
            yield []
            return
        others = self._take_along()
        try:
            yield [act, *(each.act for each in others)]
        finally:
            self._hand_over()
            for each in others:
                each.is_done = True
                each.turn.release()

    def _wait(self, mine: _Waiting) -> None:
        with self._guard:
            if self._owner == mine.thread:
                raise RuntimeError("a transaction inside a transaction")
            if self._owner is None:
                self._owner = mine.thread
                return
            mine.turn.acquire()
            self._waiting.append(mine)
        mine.turn.acquire()  # until whoever was before us hands over, or has done our act

    def _take_along(self) -> list[_Waiting]:
        with self._guard:
            others = []
            while self._waiting and self._waiting[0].act is not None:
                others.append(self._waiting.popleft())
            return others

    def _hand_over(self) -> None:
        with self._guard:
            if not self._waiting:
                self._owner = None
                return
            following = self._waiting.popleft()
            self._owner = following.thread  # never free in between: nobody pushes in
            following.turn.release()
