"""The workers as they should be: kept, told to leave, or not there any more. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from reconciler.fields.marks import LEAVING, LONGEST, SEEN
from reconciler.fleet.retire import Retiring, Why
from reconciler.fleet.worker import Worker
from reconciler.kinds.kind import spec_of
from reconciler.kinds.worker import Hold, WorkerSpec
from reconciler.model import Key, Location, Observed, Resource
from reconciler.queues import TaskQueue, knows_workers
from reconciler.queues.demand import Demand


class Telling(NamedTuple):
    """How the workers of a type are told to claim nothing more."""

    queue: TaskQueue | None
    command: str | None
    demand: Demand | str

    def knows(self, worker: str) -> bool:
        """Whether the queue has it among its workers."""
        return isinstance(self.demand, Demand) and worker in (self.demand.workers or {})

    def hold(self, worker: str) -> Hold:
        known = self.demand.workers if isinstance(self.demand, Demand) else None
        listed = known.get(worker) if known else None
        queue = self.queue if self.queue and knows_workers(self.queue) and listed else None
        return Hold(queue=queue, group=listed.group if listed else "", command=self.command)


def staying(
    workers: Sequence[Worker],
    observed: Mapping[str, tuple[Key, Observed]],
    retiring: Retiring,
    telling: Telling,
    now: float,
    location: Location,
) -> Iterator[Resource]:
    """All but those that end, each as it should be from now on."""
    for worker in workers:
        if worker.id in retiring.end:
            continue
        key, there = observed[worker.id]
        spec, tags = spec_of(there, WorkerSpec), dict(there.tags)
        if telling.knows(worker.id):
            tags.setdefault(SEEN, "true")
        if why := retiring.hold.get(worker.id):
            reason = worker.leaving or str(why)
            hold = telling.hold(worker.id)
            spec = spec.model_copy(update={"leaving": reason, "hold": hold})
            since = int(worker.since or now)
            tags[LEAVING] = f"{since} {reason}"[:LONGEST]
        yield Resource(key, there.name, spec, tags, location)


def ending(
    observed: Mapping[str, tuple[Key, Observed]], ends: Mapping[str, Why]
) -> Iterator[tuple[Key, str]]:
    """Those that end, each with why."""
    for id_, why in ends.items():
        yield observed[id_][0], str(why)
