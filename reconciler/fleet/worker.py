"""A worker as the fleet's decisions see it: data only. Times are seconds since 1970 in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconciler.fleet.offering import Offering


class Work(StrEnum):
    """What is known of a worker's work."""

    BUSY = "busy"
    IDLE = "idle"
    ABSENT = "not registered"
    """Its queue, which knows its workers, has not seen it so far."""
    UNKNOWN = "unknown"
    """Nobody can tell: it may be busy."""


class Life(StrEnum):
    """What AWS says of an instance that is not on its way out."""

    PENDING = "pending"
    RUNNING = "running"
    STOPPED = "stopped"
    """Or stopping: nothing starts it again, and its disks cost money."""


class Notice(StrEnum):
    """What AWS announces of a spot instance."""

    INTERRUPTION = "AWS takes it back in two minutes"
    REBALANCE = "AWS recommends to replace it"


@dataclass(frozen=True, slots=True)
class Worker:
    """An instance of a worker type."""

    id: str
    offering: Offering
    capacity: int
    """How many tasks it takes at once, as it was when it was launched."""
    launched: float
    life: Life
    work: Work
    template: str | None = ""
    """The name of the launch template that it was launched from, which is as its content; "" where
    that is gone, None where it may not show yet."""
    leaving: str = ""
    """Why it was told to claim nothing more, or "" where it was not."""
    since: float = 0.0
    """When it was told so."""
    held: bool | None = None
    """Whether its queue gives it nothing more; None where the queue can't say."""
    idle_since: float | None = None
    """Since when it has been seen idle, as far as anybody remembers."""
    seen: float | None = None
    """When it was seen doing that work, where that is not just now: its own report may be older."""
    notice: Notice | None = None
