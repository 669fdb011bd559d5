"""What a command is said to take of memory."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bench.timed import together

PARENT, CHILD = 60_000_000, 40_000_000
# Both end once they hear so, and the parent says so once both have what they hold.
HOLDING = f"""
import subprocess, sys
held = bytearray({PARENT})
child = "held = bytearray({CHILD}); print(flush=True); input()"
with subprocess.Popen([sys.executable, "-c", child], stdin=-1, stdout=-1) as begun:
    begun.stdout.readline()
    print(flush=True)
    input()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of all processes at once")
def test_all_of_its_processes_count() -> None:
    command = [sys.executable, "-c", HOLDING]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as begun:
        assert begun.stdout
        begun.stdout.readline()
        assert together(begun.pid) > PARENT + CHILD
        begun.communicate(b"\n")
