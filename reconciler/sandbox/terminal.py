"""Lends the terminal to a process group, as a shell does to its jobs."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from types import TracebackType
from typing import Self

_STDIN = 0


class Terminal:
    """Stdin's terminal, if there is one and it is ours to lend, lent to `group`.

    The group gets what is typed, Ctrl-C and Ctrl-Z included.
    """

    def __init__(self, group: int) -> None:
        self._group = group
        self._ours = False

    def __enter__(self) -> Self:
        self._ours = _is_ours()
        self._give(self._group)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._give(os.getpgrp())

    def wait(self, process: subprocess.Popen[bytes]) -> int:
        """The process's exit code, as Popen gives it; when it is stopped, stop with it."""
        while True:
            _, status = os.waitpid(process.pid, os.WUNTRACED)
            if not os.WIFSTOPPED(status):
                process.returncode = os.waitstatus_to_exitcode(status)
                return process.returncode
            self._stop()

    def _stop(self) -> None:
        """Stop as a job of the shell that started us, and go on when it says so.

        The whole job, not just us: make, or the rest of a pipe, would wait for ever otherwise.
        """
        os.killpg(os.getpgrp(), signal.SIGTSTP)
        self._ours = _is_ours()
        self._give(self._group)
        os.killpg(self._group, signal.SIGCONT)

    def _give(self, group: int) -> None:
        if not self._ours:
            return
        # Without this, whoever is in the background is stopped for asking.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
        try:
            # The window may have been closed meanwhile.
            with suppress(OSError):
                os.tcsetpgrp(_STDIN, group)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _is_ours() -> bool:
    try:
        return os.tcgetpgrp(_STDIN) == os.getpgrp()
    except OSError:
        return False
