"""The fleet in numbers, from what was decided and what launches brought: pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from reconciler.derive import Decided
from reconciler.fleet.launched import Launched
from reconciler.fleet.offering import Offering
from reconciler.loop.done import Launches, Workers
from reconciler.model import Ended
from reconciler.queues.demand import Demand

_For = tuple[str, str, Offering]


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
    came, short = Counter[_For](), Counter[_For]()
    for one in ended:
        for what in one.told:
            if isinstance(what, Launched):
                whose = (one.step.change.key.scope.account, what.worker_type)
                came.update((*whose, offering) for offering in what.instances.values())
                short.update((*whose, offering) for offering in what.short)
    return tuple(Launches(*one, came[one], short[one]) for one in sorted({*came, *short}))
