"""How much capacity a worker type should be launched, and the numbers that say so: pure.

One unit of capacity does one task at a time, so tasks and capacity are counted alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum
from math import isfinite

from reconciler.errors import ReconcileError


@dataclass(frozen=True)
class Capacity:
    """The bounds of a worker type, and how much may wait: that share of what runs is left waiting.

    With a ratio of 0.2 and 10 units running, 2 tasks may wait without anything being launched.
    """

    min: int
    max: int
    scaling_ratio: float = 0.0

    def __post_init__(self) -> None:
        _count("capacity.min", self.min)
        _count("capacity.max", self.max)
        if self.min > self.max:
            raise ReconcileError(f"capacity.min {self.min} is above capacity.max {self.max}")
        if not (isfinite(self.scaling_ratio) and self.scaling_ratio >= 0):
            raise ReconcileError(
                f"capacity.scalingRatio is {self.scaling_ratio}: give 0 or a positive number"
            )


@dataclass(frozen=True)
class Supply:
    """The capacity that is there or on its way, each instance in one of the first two."""

    starting: int
    """What AWS is starting, and what was asked for and does not show yet."""
    up: int
    """What AWS says is running."""
    registered: int | None = None
    """How much of both has reported to the queue; None where the queue can't say."""

    def __post_init__(self) -> None:
        _count("the starting capacity", self.starting)
        _count("the running capacity", self.up)
        if self.registered is not None:
            _count("the registered capacity", self.registered)

    @property
    def total(self) -> int:
        return self.starting + self.up

    @property
    def running(self) -> int:
        """What takes tasks: it has registered or, where nobody can tell, AWS says it runs.

        A queue remembers workers that are gone, so what AWS does not have is not counted.
        """
        return self.up if self.registered is None else min(self.registered, self.total)

    @property
    def booting(self) -> int:
        """What will take tasks soon. All else runs, so that nothing counts twice or not at all."""
        return self.total - self.running


class Bound(Enum):
    """What kept the change from being what demand asks for."""

    NONE = "as demand asks"
    MIN = "raised to capacity.min"
    MAX = "held at capacity.max"
    BLIND = "demand could not be read, so nothing is launched"


@dataclass(frozen=True)
class Size:
    """How much to launch, and why."""

    change: int
    """What is missing; below zero, what is there beyond need."""
    bound: Bound
    pending: int | None
    running: int
    booting: int
    left_waiting: int
    """How many tasks may wait, by the scaling ratio."""
    room: int
    """How much may be there beside what is, at most."""

    @property
    def launch(self) -> int:
        return max(0, self.change)


def size(pending: int | None, supply: Supply, capacity: Capacity) -> Size:
    """What to launch for so many waiting tasks; None means that the queue could not be read.

    The sum is the AWS Provisioner's: pending, less what boots, less what may wait
    (https://github.com/taskcluster/aws-provisioner/blob/master/lib/worker-type.js). It took every
    instance that EC2 called running for one that takes tasks, and so launched again for tasks
    that instances still on their way would have taken; here those count as booting.
    """
    waiting = half_up(capacity.scaling_ratio, supply.running)
    if pending is None:
        change, bound = 0, Bound.BLIND
    else:
        _count("the number of pending tasks", pending)
        change, bound = _bounded(pending - supply.booting - waiting, supply.total, capacity)
    return Size(
        change=change,
        bound=bound,
        pending=pending,
        running=supply.running,
        booting=supply.booting,
        left_waiting=waiting,
        room=max(0, capacity.max - supply.total),
    )


def half_up(ratio: float, count: int) -> int:
    """That share of a count in whole numbers; the ratio is taken as written: 0.29 of 50 is 14.5."""
    return int((Decimal(str(ratio)) * count).to_integral_value(ROUND_HALF_UP))


def _bounded(change: int, total: int, capacity: Capacity) -> tuple[int, Bound]:
    if total + change > capacity.max:
        return capacity.max - total, Bound.MAX
    if total + change < capacity.min:
        return capacity.min - total, Bound.MIN
    return change, Bound.NONE


def _count(what: str, number: int) -> None:
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        raise ReconcileError(f"{what} is {number!r}: it must be a whole number, 0 or more")
