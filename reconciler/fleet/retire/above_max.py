"""Workers beyond capacity.max go, such as when it is lowered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reconciler.fleet.retire.moment import Moment, capacity, loss
from reconciler.fleet.retire.why import Reason, Why
from reconciler.fleet.worker import Worker


def above_max(staying: Sequence[Worker], moment: Moment) -> dict[str, Why]:
    rules, there = moment.rules, capacity(staying)
    if there <= rules.max:
        return {}
    sentence = f"the workers take {there} tasks at once, and capacity.max is {rules.max}"
    why = Why(Reason.ABOVE_MAX, sentence)
    return {worker.id: why for worker in _surplus(staying, rules.min, rules.max)}


def _surplus(workers: Iterable[Worker], low: int, high: int) -> list[Worker]:
    """Who goes so that no more than `high` stays, and nobody who would fit in beside that.

    Workers are whole, so there may be no way between `low` and `high`: then rather too much stays.
    """
    kept, surplus = 0, []
    for worker in sorted(workers, key=_worth):
        if kept + worker.capacity <= high:
            kept += worker.capacity
        else:
            surplus.append(worker)
    surplus.reverse()
    while surplus and kept < low:
        kept += surplus.pop().capacity
    return surplus


def _worth(worker: Worker) -> tuple[int, float, str]:
    """The busy and then the oldest stay first, so that the idle and then the youngest go first."""
    return -loss(worker), worker.launched, worker.id
