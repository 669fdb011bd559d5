"""The fleet in numbers, from what was decided and what launches brought: pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from reconciler.derive import Decided
from reconciler.fleet.launched import Launched
from reconciler.loop.done import Launches, Workers
from reconciler.model import Ended
from reconciler.queues.demand import Demand


def workers(decided: Iterable[Decided]) -> tuple[Workers, ...]:
    """How each worker type stood."""
    return tuple(
        Workers(
            account=one.key.scope.account,
            worker_type=one.key.name,
            pending=one.demand.pending if isinstance(one.demand, Demand) else None,
            running=one.size.running if one.size else 0,
            booting=one.size.booting if one.size else 0,
            leaving=one.leaving,
            capacity=sum(worker.capacity for worker in one.workers),
        )
        for one in decided
    )


def launches(ended: Iterable[Ended]) -> tuple[Launches, ...]:
    """What was launched of each offering, for whom, and how often AWS had none."""
    brought = [what for one in ended for what in one.told if isinstance(what, Launched)]
    came = Counter((one.worker_type, its) for one in brought for its in one.instances.values())
    short = Counter((one.worker_type, its) for one in brought for its in one.short)
    return tuple(Launches(*one, came[one], short[one]) for one in sorted({*came, *short}))
