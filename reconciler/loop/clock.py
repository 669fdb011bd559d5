"""The loop's time: what it is, waiting, and being asked to stop."""

from __future__ import annotations

import os
import select
import time
from datetime import UTC, datetime

from reconciler.loop.done import Stopped


class Clock:
    """Time that goes by; waiting ends when the loop is to stop."""

    def __init__(self) -> None:
        # A pipe, since a signal may come in the middle of an Event's own code and wait for itself.
        self._asked, self._ask = os.pipe()

    def now(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()

    def date(self) -> datetime:
        return datetime.now(UTC)

    def stop(self) -> None:
        """End all waiting from now on; a signal's handler may do this."""
        os.write(self._ask, b".")

    def stopping(self, within: float = 0.0) -> bool:
        """Whether the loop is to stop, now or within so many seconds, which it waits for."""
        return bool(select.select([self._asked], [], [], within)[0])

    def sleep(self, seconds: float) -> None:
        """Wait; raises `Stopped` when the loop is to stop meanwhile."""
        if self.stopping(seconds):
            raise Stopped
