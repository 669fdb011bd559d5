"""Waiting for scripts, each in a thread of its own: nobody's call waits with it."""

from __future__ import annotations

import select
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress

Turn = Callable[[], AbstractContextManager[None]]
"""A block in which nobody else is answered."""

# How often a machine is looked at while a script runs there, in seconds of our own time.
_LOOK = 0.05


class Watch:
    def __init__(self, turn: Turn) -> None:
        self.turn = turn
        self._threads: list[threading.Thread] = []

    def begin(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads = [one for one in self._threads if one.is_alive()]
        thread.start()
        self._threads.append(thread)

    def settle(self) -> None:
        """Wait until all that was begun has ended."""
        while self._threads:
            self._threads.pop().join()

    def exit_status(self, process: subprocess.Popen[bytes]) -> int:
        """Once it has one; what the script does to its machine meanwhile is seen at once."""
        while True:
            with suppress(subprocess.TimeoutExpired):
                return process.wait(_LOOK)
            self._look()

    def closed(self, pipe: int, most: float) -> None:
        """Wait until nobody writes to the pipe any more, but no longer than so many seconds."""
        until = time.monotonic() + most
        while not select.select([pipe], [], [], _LOOK)[0] and time.monotonic() < until:
            self._look()
        self._look()

    def _look(self) -> None:
        with self.turn():
            pass
