"""The weather's own time: hours of it take no longer than saying so."""

from __future__ import annotations

import threading
from collections.abc import Callable

Passing = Callable[[], float]
"""Seconds that go by without anybody turning the clock."""


def standing() -> float:
    """None do: two runs of the same calls see the same time."""
    return 0.0


class Clock:
    def __init__(self, passing: Passing = standing) -> None:
        self._passing = passing
        self._turned = 0.0
        self._turning = threading.Lock()

    def now(self) -> float:
        """Seconds since any moment, and the same one always."""
        return self._turned + self._passing()

    def turn(self, seconds: float) -> None:
        with self._turning:
            self._turned += seconds
