"""`make bench`: measure, print what came of it, and write it to BENCH.md."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.measure import WORKER_TYPES, WORKERS, measured
from bench.region import region
from bench.report import report


def main() -> None:
    whole = region(WORKER_TYPES, WORKERS)
    text = report(whole, measured(whole, lambda line: print(line, file=sys.stderr)))
    Path("BENCH.md").write_text(text)
    print(text)


main()
