"""When the next pass begins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from reconciler.loop.done import Ending

BREATH = 5.0
"""So long at least the lock is free between two passes: who waits for it asks every 3 seconds."""
LONGEST = 300.0
"""What fails again and again is tried this often, or every interval if that is longer."""
FOLLOWED = 20.0
"""How often a loop that stands by looks whether its turn has come."""
_DOUBLINGS = 20


class Time(Protocol):
    """What the loop knows of time."""

    def now(self) -> float: ...
    def stopping(self, within: float = 0.0) -> bool: ...


def backed_off(interval: float, failures: int) -> float:
    """How far apart tries begin, the last so many of which failed: twice as far each time."""
    doubled = interval * 2.0 ** min(max(failures - 1, 0), _DOUBLINGS)
    return min(doubled, max(LONGEST, interval))


def pause(interval: float, ending: Ending, failures: int, took: float) -> float:
    """For how long to wait after a pass that took so long and ended so."""
    apart = backed_off(interval, failures)
    if ending is Ending.STANDBY:
        apart = min(apart, FOLLOWED)
    return max(BREATH, apart - took)


def again_and_again(turn: Callable[[], Ending], interval: float, time: Time) -> None:
    """One turn after the other, until the loop is to stop."""
    failures = 0
    while not time.stopping():
        begun = time.now()
        ending = turn()
        failures = failures + 1 if ending is Ending.FAILED else 0
        time.stopping(pause(interval, ending, failures, time.now() - begun))
