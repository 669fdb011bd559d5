"""Which workers go, and why: pure.

Going has two phases. First a worker is told to claim nothing more; what it does it may finish. Once
a later pass sees it idle, it is ended. Nobody is ended who was not told in an earlier pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from reconciler.fleet.retire.above_max import above_max
from reconciler.fleet.retire.changed import changed
from reconciler.fleet.retire.idle import idle
from reconciler.fleet.retire.leaving import ended, told_again
from reconciler.fleet.retire.moment import Moment, Rules
from reconciler.fleet.retire.noticed import noticed
from reconciler.fleet.retire.removed import removed
from reconciler.fleet.retire.stopped import stopped
from reconciler.fleet.retire.too_old import too_old
from reconciler.fleet.retire.unregistered import unregistered
from reconciler.fleet.retire.why import Reason, Why
from reconciler.fleet.worker import Worker

__all__ = ["Reason", "Retiring", "Rules", "Why", "retire"]

_Reasoning = Callable[[Sequence[Worker], Moment], dict[str, Why]]

# The first reason that tells a worker to leave is the one that counts. First what is so of a worker
# by itself: it goes anyhow, and must not use up what others may go for.
_ITS_OWN: tuple[_Reasoning, ...] = (stopped, noticed, unregistered, too_old)
_OF_DECLARED: tuple[_Reasoning, ...] = (*_ITS_OWN, changed, above_max, idle)
# Where git has no worker type any more there are no bounds and no tasks to judge by, and nobody may
# slip past the guard's limit for being one too many.
_OF_REMOVED: tuple[_Reasoning, ...] = (*_ITS_OWN, removed)


class Retiring(NamedTuple):
    """Who is to go, by id, idle ones first for each reason."""

    hold: Mapping[str, Why]
    """To be told to claim nothing more; who is leaving already is told once again, for its queue
    still gives it tasks."""
    end: Mapping[str, Why]


def retire(workers: Sequence[Worker], rules: Rules, pending: int | None, now: float) -> Retiring:
    """Who is to go while so many tasks wait; without a number nobody, whatever the reason."""
    if pending is None:
        return Retiring({}, {})
    workers = sorted(workers, key=lambda worker: worker.id)
    moment = Moment(workers, rules, pending, now)
    leaving = [worker for worker in workers if worker.leaving]
    end = ended(leaving, moment)
    hold = told_again([worker for worker in leaving if worker.id not in end], moment)
    return Retiring(hold | _told(moment), end)


def _told(moment: Moment) -> dict[str, Why]:
    staying = [worker for worker in moment.workers if not worker.leaving]
    told: dict[str, Why] = {}
    for reasoning in _OF_REMOVED if moment.rules.removed else _OF_DECLARED:
        told |= reasoning(staying, moment)
        staying = [worker for worker in staying if worker.id not in told]
    return told
