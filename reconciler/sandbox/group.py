"""A process group that cannot outlive who made it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

# Signals to the group are for those that join it; the leader has to outlive them.
_TO_OTHERS = "HUP INT QUIT TERM TSTP TTIN TTOU"


@contextmanager
def ending_group() -> Iterator[int]:
    """A process group that ends when the block does, or when this process does in any way.

    Its leader waits for the end of a pipe that only we hold, and then kills the group: a pipe
    ends however its holder does. It is the leader so that the group is there before anybody joins
    it, and so that its number stays taken for as long as we may signal it.
    """
    leader = subprocess.Popen(
        ["/bin/sh", "-c", f"trap '' {_TO_OTHERS}; echo; read _; kill -KILL 0"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        process_group=0,
    )
    with leader:
        assert leader.stdin
        assert leader.stdout
        leader.stdout.readline()
        try:
            yield leader.pid
        finally:
            leader.stdin.close()
