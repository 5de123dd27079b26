"""One queue for the writers of a process, first come, first served.

SQLite has one writer at a time and lets the others ask again after a pause, so a busy process can
starve one of its own threads for seconds. Here each waits for its turn and is woken for it.
"""

from collections import deque
from threading import Lock, get_ident
from types import TracebackType


class FairQueue:
    """A lock whose waiters get it in the order in which they came."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._waiting: deque[tuple[Lock, int]] = deque()
        self._owner: int | None = None

    def __enter__(self) -> None:
        with self._guard:
            if self._owner == get_ident():
                raise RuntimeError("a transaction inside a transaction")
            if self._owner is None:
                self._owner = get_ident()
                return
            turn = Lock()
            turn.acquire()
            self._waiting.append((turn, get_ident()))
        turn.acquire()  # until whoever was before us hands over

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._guard:
            if not self._waiting:
                self._owner = None
                return
            turn, self._owner = self._waiting.popleft()  # never free in between: nobody pushes in
            turn.release()
