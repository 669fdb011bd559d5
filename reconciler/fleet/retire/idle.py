"""What has long had nothing to do goes, as far as neither the minimum nor the queue needs it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.fleet.retire.moment import Moment, capacity
from reconciler.fleet.retire.why import Reason, Why, spelled
from reconciler.fleet.worker import Work, Worker


def idle(staying: Sequence[Worker], moment: Moment) -> dict[str, Why]:
    limit = moment.rules.idle
    if limit is None:
        return {}
    idlers = [worker for worker in staying if worker.work is Work.IDLE]
    # Tasks that wait can be taken by who is idle at any moment.
    spare = min(capacity(staying) - moment.rules.min, capacity(idlers) - moment.pending)
    told = {}
    for since, worker in sorted(_since(idlers), key=lambda one: (one[0], one[1].id)):
        if moment.now - since >= limit and worker.capacity <= spare:
            spare -= worker.capacity
            sentence = (
                f"it has been idle for {spelled(moment.now - since)}, "
                f"and {spelled(limit)} are allowed"
            )
            told[worker.id] = Why(Reason.IDLE, sentence)
    return told


def _since(idlers: Sequence[Worker]) -> Iterator[tuple[float, Worker]]:
    for worker in idlers:
        if worker.idle_since is not None:
            yield worker.idle_since, worker
