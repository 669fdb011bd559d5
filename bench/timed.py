"""Runs a command, and prints what it took: a small process, since a child counts as at least as
big as the one that it was forked from."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

EVERY = 0.05
"""Seconds between two looks at the memory of all processes together."""


def processes(root: int) -> Iterator[int]:
    """A process and all that it has begun, at this moment."""
    yield root
    for task in Path(f"/proc/{root}/task").glob("*/children"):
        for child in task.read_text().split():
            yield from processes(int(child))


def together(root: int) -> int:
    """Bytes of memory of a process and its children at this moment; 0 where nothing tells."""
    total = 0
    try:
        for process in processes(root):
            # https://man7.org/linux/man-pages/man5/proc_pid_statm.5.html
            total += int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except OSError:
        pass  # one of them has just ended
    return total * resource.getpagesize()


def main(command: list[str]) -> int:
    began, most = time.perf_counter(), 0
    ended = threading.Event()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as child:

        def watch() -> None:
            nonlocal most
            while not ended.wait(EVERY):
                most = max(most, together(child.pid))

        watching = threading.Thread(target=watch)
        watching.start()
        said, _ = child.communicate()
    wall = time.perf_counter() - began
    ended.set()
    watching.join()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    if child.returncode:
        os.write(2, said)
        return 1
    # Kilobytes on Linux, bytes on macOS, and of the biggest process alone.
    # https://man7.org/linux/man-pages/man2/getrusage.2.html
    biggest = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    memory = max(most, biggest)
    print(json.dumps({"wall": wall, "cpu": used.ru_utime + used.ru_stime, "memory": memory}))
    sys.stdout.write(said.decode())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
