"""What each reason judges by: the workers, the rules, what waits, and the time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reconciler.fleet.offering import Offering
from reconciler.fleet.retire.why import Reason, told_for
from reconciler.fleet.size import half_up
from reconciler.fleet.worker import Work, Worker

_LOSS = {Work.IDLE: 0, Work.ABSENT: 1, Work.UNKNOWN: 2, Work.BUSY: 3}


@dataclass(frozen=True)
class Rules:
    """When workers of a worker type go. Times are in seconds, shares in percent of its workers."""

    min: int
    """In units of capacity, as is max."""
    max: int
    longest: float | None
    """How old one may become."""
    jitter: int
    """Up to so many percent of that are taken off, for each worker otherwise."""
    register_within: float
    idle: float | None
    """How long one may be idle that is not needed."""
    replace_changed: bool
    at_once: int
    """So many percent may be leaving at the same time because they are changed."""
    deadline: float | None
    """So long after it was told to leave one is ended though it is busy."""
    removed: bool
    """Whether git no longer has the worker type."""
    removed_at_once: int
    """How many workers may be told to leave for that in one pass."""
    templates: Mapping[Offering, str] | None
    """What each offering would be launched from today, by the launch template's name; what is not
    in it is no longer wanted. None where that is not known: then nothing counts as changed."""


@dataclass(frozen=True)
class Moment:
    """All that a reason may look at."""

    workers: Sequence[Worker]
    """All of the worker type, those that are leaving among them, by id."""
    rules: Rules
    pending: int
    now: float

    def free(self, reason: Reason) -> int:
        """How many more may leave for this reason, so that with those that do it is the share."""
        share = half_up(self.rules.at_once / 100, len(self.workers))
        leaving = sum(told_for(one.leaving) is reason for one in self.workers if one.leaving)
        return max(0, max(1, share) - leaving)


def loss(worker: Worker) -> int:
    """How much is lost with a worker. What boots could do no task yet, but can't be held either:
    it may claim one at any time, so idle ones that their queue can hold go first."""
    return _LOSS[worker.work]


def idle_first(workers: Iterable[Worker]) -> list[Worker]:
    """In the order in which workers go, the oldest first of those that are as good to lose."""
    return sorted(workers, key=lambda worker: (loss(worker), worker.launched, worker.id))


def capacity(workers: Iterable[Worker]) -> int:
    return sum(worker.capacity for worker in workers)
