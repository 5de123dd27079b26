"""What goes over the air: a wire between browsers and a server that counts its bytes.

Headers, service worker, repeats: all that a browser's own figures leave out or count twice.
"""

import socket
import threading
from contextlib import suppress
from types import TracebackType


class Wire:
    """Forwards connections to a port of this machine, and counts what comes back from there."""

    def __init__(self, to: int) -> None:
        self.to, self.received = to, 0
        self.ears = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.ears.getsockname()[1]}"

    def __enter__(self) -> "Wire":
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.ears.shutdown(socket.SHUT_RDWR)
        self.ears.close()

    def taken(self) -> int:
        """The bytes since it was last asked."""
        received, self.received = self.received, 0
        return received

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                browser, _ = self.ears.accept()
                self._connect(browser)

    def _connect(self, browser: socket.socket) -> None:
        try:
            server = socket.create_connection(("127.0.0.1", self.to), timeout=30)
        except OSError:  # the server is down: so is the wire
            browser.close()
            return
        ways = [
            threading.Thread(target=self._pass, args=ends, daemon=True)
            for ends in ((browser, server), (server, browser))
        ]
        for way in ways:
            way.start()
        threading.Thread(target=self._close, args=(ways, browser, server), daemon=True).start()

    def _pass(self, start: socket.socket, end: socket.socket) -> None:
        with suppress(OSError):
            while data := start.recv(1 << 16):
                if start.getpeername()[1] == self.to:
                    self.received += len(data)
                end.sendall(data)
        with suppress(OSError):
            end.shutdown(socket.SHUT_WR)  # the other half goes on until its own end

    def _close(self, ways: list[threading.Thread], *ends: socket.socket) -> None:
        for way in ways:
            way.join()
        for end in ends:
            end.close()
