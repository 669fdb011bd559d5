"""Long answers read in other processes as well, once there are more than one core reads in time.

What an answer is read for is data, and a twentieth of its size: to hand it over and back is quick.
Regions and accounts are asked side by side, and it is their answers that come at the same time.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from typing import Any, TypeVar

T = TypeVar("T")

CROWDED = 4
"""So many answers have found another one being read before there are processes: to read them takes
about as long as it takes to start one."""

_MOST = 3
"""More would wait: what is done here with what they read takes a quarter of the time."""


class Beside:
    """Reads one answer at a time here, and what comes meanwhile in other processes."""

    def __init__(self, cores: int) -> None:
        self._others = min(cores - 1, _MOST)
        self._reading = threading.Lock()
        self._beginning = threading.Lock()
        self._crowded = 0
        self._processes: ProcessPoolExecutor | None = None
        self.ready = threading.Event()
        """Whether there is a process to read in."""

    def read(self, here: Callable[[], T], there: Callable[..., T], *what: Any) -> T:
        """What `here` gives, which `there` gives of `what` in any process."""
        if self._reading.acquire(blocking=False):
            try:
                return here()
            finally:
                self._reading.release()
        with self._beginning:
            self._crowded += 1
            if self._crowded == CROWDED and self._others > 0:
                self._begin()
        if self._processes and self.ready.is_set():
            try:
                return self._processes.submit(there, *what).result()
            except BrokenExecutor:
                # Somebody ended one, or the machine has not memory enough for them.
                self._processes = None
        return here()

    def _begin(self) -> None:
        try:
            # A copy of this process would have its threads' locks, and nobody to release them.
            processes = ProcessPoolExecutor(self._others, get_context("spawn"), _begun)
        except OSError:
            return  # such a machine has nothing by which processes could hear of each other
        self._processes = processes
        processes.submit(os.getpid).add_done_callback(self._answered)

    def _answered(self, first: Future[int]) -> None:
        if not first.exception():
            self.ready.set()


def _begun() -> None:
    """What a process does first: it ends with the one that began it, however that ends."""
    # Ctrl-C is for all in the foreground, and what it means is for the other one to say.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    began = parent_process()
    assert began

    def end_with_it() -> None:
        wait([began.sentinel])
        os._exit(0)

    threading.Thread(target=end_with_it, daemon=True).start()


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
