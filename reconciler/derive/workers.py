"""The workers of one worker type as AWS, its queue, their tags and the memory know them: pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.derive.signals import Signals
from reconciler.fields.marks import CAPACITY, LEAVING, SEEN, TEMPLATE, WORK
from reconciler.fleet.offering import Offering, Purchase
from reconciler.fleet.worker import Life, Work, Worker
from reconciler.kinds.kind import spec_of
from reconciler.kinds.worker import WorkerSpec
from reconciler.model import Key, Observed
from reconciler.queues.demand import Demand, State
from reconciler.queues.demand import Worker as Listed

_LIFE = {"pending": Life.PENDING, "running": Life.RUNNING}


def workers(
    found: Iterable[tuple[Key, Observed]],
    demand: Demand | str,
    signals: Signals,
    templates: Mapping[str, str],
) -> list[Worker]:
    """What there is of one worker type; `templates` has the names of launch templates by id."""
    return [_worker(key, one, demand, signals, templates) for key, one in found]


def _worker(
    key: Key,
    observed: Observed,
    demand: Demand | str,
    signals: Signals,
    templates: Mapping[str, str],
) -> Worker:
    spec, tags = spec_of(observed, WorkerSpec), observed.tags
    purchase = Purchase(spec.purchase)
    work, seen = _work(observed, demand)
    listed = _listed(observed.id, demand)
    since = number(tags.get(LEAVING, "").partition(" ")[0])
    return Worker(
        id=observed.id,
        offering=Offering(key.scope.region, spec.zone, spec.instance_type, purchase),
        capacity=int(number(tags.get(CAPACITY, ""))) or 1,
        launched=spec.launched,
        life=_LIFE.get(spec.state, Life.STOPPED),
        work=work,
        template=templates.get(tags.get(TEMPLATE, ""), ""),
        leaving=spec.leaving,
        since=since,
        held=listed.quarantined if listed else None,
        idle_since=signals.memory.idle.get(observed.id) if work is Work.IDLE else None,
        seen=seen,
        notice=signals.notices.get(observed.id),
    )


def _listed(worker: str, demand: Demand | str) -> Listed | None:
    known = demand.workers if isinstance(demand, Demand) else None
    return known.get(worker) if known else None


def _work(observed: Observed, demand: Demand | str) -> tuple[Work, float | None]:
    """What it does and, where it says so itself, when it did."""
    if isinstance(demand, Demand) and demand.workers is not None:
        if worker := demand.workers.get(observed.id):
            return (Work.IDLE if worker.state is State.IDLE else Work.BUSY), None
        # What was there once may be missing by mistake.
        return (Work.UNKNOWN if SEEN in observed.tags else Work.ABSENT), None
    word, _, since = observed.tags.get(WORK, "").partition(" ")
    if word == "idle":
        return Work.IDLE, number(since) or None
    return (Work.BUSY if word == "busy" else Work.UNKNOWN), None


def number(text: str) -> float:
    """What a tag says, or 0 where it says nothing that makes sense: anybody may write tags."""
    return float(text) if text.isdecimal() and len(text) < 12 else 0.0
