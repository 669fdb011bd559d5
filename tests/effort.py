"""How hard the properties are tried: the same few each time, or with EFFORT many others."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

EFFORT = int(os.environ.get("EFFORT", "1"))


def number(count: int) -> int:
    """How many examples are tried where a test asks for so many."""
    return count * EFFORT if EFFORT > 1 else max(1, count // 2)


def examples(count: int) -> settings:
    """So many examples, times EFFORT.

    Without it half of them are tried, and every run tries the same, so that none fails by chance.
    """
    slow = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture]
    return settings(
        max_examples=number(count),
        derandomize=EFFORT == 1,
        deadline=None,
        suppress_health_check=slow,
    )
