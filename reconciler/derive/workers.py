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

_SHOWS = 300.0
"""A launch template that is older than so many seconds shows, if it is there."""

_LIFE = {"pending": Life.PENDING, "running": Life.RUNNING}


def workers(
    found: Iterable[tuple[Key, Observed]],
    demand: Demand | str,
    signals: Signals,
    templates: Mapping[str, str],
) -> list[Worker]:
    """What there is of one worker type; `templates` has the names of launch templates by id."""
    known = demand.workers if isinstance(demand, Demand) else None
    return [_worker(key, one, known, signals, templates) for key, one in found]


def _worker(
    key: Key,
    observed: Observed,
    known: Mapping[str, Listed] | None,
    signals: Signals,
    templates: Mapping[str, str],
) -> Worker:
    spec, tags = spec_of(observed, WorkerSpec), observed.tags
    purchase = Purchase(spec.purchase)
    listed = known.get(observed.id) if known else None
    work, seen = _own_word(observed) if known is None else (_listed_work(observed, listed), None)
    since = number(tags.get(LEAVING, "").partition(" ")[0])
    return Worker(
        id=observed.id,
        offering=Offering(key.scope.region, spec.zone, spec.instance_type, purchase),
        capacity=int(number(tags.get(CAPACITY, ""))) or 1,
        launched=spec.launched,
        life=_LIFE.get(spec.state, Life.STOPPED),
        work=work,
        template=_template(templates.get(tags.get(TEMPLATE, "")), signals.now - spec.launched),
        leaving=spec.leaving,
        since=since,
        held=listed.quarantined if listed else None,
        idle_since=signals.memory.idle.get(observed.id) if work is Work.IDLE else None,
        seen=seen,
        notice=signals.notices.get(observed.id),
    )


def _template(name: str | None, age: float) -> str | None:
    """What does not show need not be gone while it is younger than the worker might be."""
    return ("" if age > _SHOWS else None) if name is None else name


def _listed_work(observed: Observed, listed: Listed | None) -> Work:
    """What it does, by a queue that knows its workers."""
    if listed:
        return Work.IDLE if listed.state is State.IDLE else Work.BUSY
    # What was there once may be missing by mistake.
    return Work.UNKNOWN if SEEN in observed.tags else Work.ABSENT


def _own_word(observed: Observed) -> tuple[Work, float | None]:
    """What it says itself that it does, and when it did."""
    word, _, since = observed.tags.get(WORK, "").partition(" ")
    if word == "idle":
        return Work.IDLE, number(since) or None
    return (Work.BUSY if word == "busy" else Work.UNKNOWN), None


def number(text: str) -> float:
    """What a tag says, or 0 where it says nothing that makes sense: anybody may write tags."""
    return float(text) if text.isdecimal() and len(text) < 12 else 0.0
