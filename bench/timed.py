"""Runs a command, and prints what it took: a small process, since a child counts as at least as
big as the one that it was forked from."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time

began = time.perf_counter()
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
wall = time.perf_counter() - began
used = resource.getrusage(resource.RUSAGE_CHILDREN)
if done.returncode:
    os.write(2, done.stdout)
    sys.exit(done.returncode)
# Kilobytes on Linux, bytes on macOS. https://man7.org/linux/man-pages/man2/getrusage.2.html
kilobyte = 1 if sys.platform == "darwin" else 1024
told = {"wall": wall, "cpu": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss * kilobyte}
print(json.dumps(told))
sys.stdout.write(done.stdout.decode())
