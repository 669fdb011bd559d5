"""The row of a pass over a big fleet, beside one over half of it."""

from __future__ import annotations

from collections.abc import Sequence

from bench.measure import WORKER_TYPES, WORKERS, Seconds
from bench.rows import Row


def beside_half(found: Sequence[Seconds]) -> Row:
    return Row(
        f"decisions for {WORKER_TYPES:,} worker types, {WORKERS:,} instances, CPU",
        "half the input",
        2.2,
        [(one["pass"], one["half"]) for one in found],
    )
