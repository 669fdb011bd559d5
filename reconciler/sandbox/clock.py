"""The embedded AWS's own time: hours of it take no longer than saying so."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

Passing = Callable[[], float]
"""Seconds that go by without anybody turning the clock."""

Happening = Callable[[], None]


def standing() -> float:
    """None do: two runs of the same calls see the same time."""
    return 0.0


class Clock:
    def __init__(self, passing: Passing = standing) -> None:
        self._passing = passing
        self._turned = 0.0
        self._turning = threading.Lock()
        self._start = passing()
        self.began = datetime.now(UTC)
        self._order = count()
        self._coming: list[tuple[float, int, Happening]] = []

    def now(self) -> float:
        """Seconds since it began."""
        return self._turned + self._passing() - self._start

    def date(self) -> datetime:
        """Now as AWS would write it: it began at the real time."""
        return self.began + timedelta(seconds=self.now())

    def turn(self, seconds: float) -> None:
        with self._turning:
            self._turned += seconds

    def after(self, seconds: float, happening: Happening) -> None:
        """What is to come, whether somebody looks then or later."""
        heapq.heappush(self._coming, (self.now() + seconds, next(self._order), happening))

    def catch_up(self) -> None:
        """Let happen what is due by now."""
        while self._coming and self._coming[0][0] <= self.now():
            heapq.heappop(self._coming)[2]()
