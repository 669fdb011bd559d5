"""What one worker type asks for, whether git has it or had it once: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reconciler.derive.combinations import Where
from reconciler.derive.decided import Decided
from reconciler.derive.fleet import Fleet
from reconciler.derive.going import Telling, ending, staying
from reconciler.derive.launches import kept, launches
from reconciler.derive.memory import Broken
from reconciler.derive.signals import Resolved, Signals
from reconciler.derive.supply import Counted, counted
from reconciler.derive.views import Views
from reconciler.derive.workers import number, workers
from reconciler.fields.marks import QUEUE, REMOVED
from reconciler.fleet.market import Decision, decide
from reconciler.fleet.retire import Retiring, Rules, retire
from reconciler.fleet.size import Capacity, Size, size
from reconciler.fleet.worker import Worker
from reconciler.kinds.worker_type import WorkerTypeSpec
from reconciler.model import Estate, Key, Location, Observed, Resource, Snapshot
from reconciler.queues import TaskQueue
from reconciler.queues.demand import Demand

Found = Mapping[str, tuple[Key, Observed]]

_NOWHERE = Location("", 1, 1)


@dataclass(frozen=True)
class Passed:
    """What all worker types of a pass have in common."""

    estate: Estate
    snapshot: Snapshot
    signals: Signals
    views: Views


@dataclass(frozen=True)
class Part:
    """What follows from one worker type."""

    resources: tuple[Resource, ...]
    why: Mapping[Key, str]
    decided: Decided


def declared(
    passed: Passed, key: Key, of: Sequence[Resource], there: Found, templates: Sequence[Key]
) -> Part:
    """What a declared worker type asks for."""
    signals = passed.signals
    fleet = Fleet(key, of, passed.snapshot, signals)
    demand = signals.demand.get(key, "its queue was not read")
    pending = demand.pending if isinstance(demand, Demand) else None
    found = workers(there.values(), demand, signals, _names(passed, templates))
    retiring = retire(found, _rules(fleet, found), pending, signals.now)
    count = _counted(fleet, found, retiring, there, demand)
    needed = size(_launchable(fleet, pending), count.supply, _bounds(fleet.spec, count.leaving))
    broken = _broken(fleet)
    decision = _decision(passed, fleet, needed, count) if not broken else None
    orders = decision.orders if decision else ()
    telling = Telling(fleet.spec.queue, fleet.spec.lifecycle.drain_command, demand)
    made = {
        one.key: one
        for one in (
            *kept(passed.estate, fleet, templates),
            *launches(passed.estate, fleet, orders, sorted(there), count.unseen),
            *staying(found, there, retiring, telling, signals.now, of[0].location),
        )
    }
    gone = {one: "nothing is launched from it any more" for one in templates if one not in made}
    notes = tuple(why for why in fleet.regions.values() if why)
    return Part(
        tuple(made.values()),
        {**gone, **dict(ending(there, retiring.end))},
        Decided(
            key=key,
            demand=demand,
            workers=found,
            size=needed,
            leaving=count.leaving,
            unseen=count.unseen,
            decision=decision,
            retiring=retiring,
            broken=broken,
            images=_images(fleet),
            notes=notes,
        ),
    )


def forgotten(passed: Passed, key: Key, there: Found, templates: Sequence[Key]) -> Part:
    """What becomes of the workers and templates of a worker type that git no longer has."""
    signals = passed.signals
    demand = signals.demand.get(key, Demand(0, None, None))
    found = workers(there.values(), demand, signals, _names(passed, templates))
    tags = [observed.tags for _, observed in there.values()]
    stay = [tag.get(REMOVED) == "keep" for tag in tags]
    pending = None if isinstance(demand, str) or any(stay) else 0
    deadlines = [number(tag.get(REMOVED, "").partition(" ")[2]) for tag in tags]
    rules = _removed(passed.estate.limits.deletes, max(deadlines, default=0.0) or None)
    retiring = retire(found, rules, pending, signals.now)
    telling = Telling(queue_of(there), None, demand)
    resources = staying(found, there, retiring, telling, signals.now, _NOWHERE)
    gone = dict.fromkeys(templates, "its worker type is gone")
    return Part(
        tuple(resources),
        {**gone, **dict(ending(there, retiring.end))},
        Decided(key=key, demand=demand, workers=found, retiring=retiring),
    )


def queue_of(there: Found) -> TaskQueue | None:
    """The queue of workers whose worker type git no longer has, as they remember it."""
    for _, observed in there.values():
        if text := observed.tags.get(QUEUE):
            try:
                return TaskQueue.model_validate_json(text)
            except ValueError:
                # Anybody may write tags.
                continue
    return None


def _names(passed: Passed, templates: Sequence[Key]) -> dict[str, str]:
    """The names of the templates by their ids, those that still are as their names say."""
    return {passed.snapshot.ours[key].id: key.name for key in templates}


def _rules(fleet: Fleet, found: Sequence[Worker]) -> Rules:
    spec, lifecycle = fleet.spec, fleet.spec.lifecycle
    return Rules(
        min=spec.capacity.min,
        max=spec.capacity.max,
        longest=lifecycle.longest,
        jitter=lifecycle.jitter,
        register_within=lifecycle.register_within,
        idle=lifecycle.idle,
        replace_changed=lifecycle.changed == "replace",
        at_once=lifecycle.at_once,
        deadline=lifecycle.deadline,
        removed=False,
        removed_at_once=0,
        templates=fleet.templates({worker.offering for worker in found}),
    )


def _removed(at_once: int, deadline: float | None) -> Rules:
    return Rules(
        min=0,
        max=0,
        longest=None,
        jitter=0,
        register_within=1800,
        idle=None,
        replace_changed=False,
        at_once=100,
        deadline=deadline,
        removed=True,
        removed_at_once=at_once,
        templates=None,
    )


def _counted(
    fleet: Fleet, found: Sequence[Worker], retiring: Retiring, there: Found, demand: Demand | str
) -> Counted:
    knows = isinstance(demand, Demand) and demand.workers is not None
    observed = {id_: one for id_, (_, one) in there.items()}
    going = {*retiring.hold, *retiring.end}
    signals = fleet.signals
    return counted(fleet.whose, found, going, observed, signals.memory, signals.now, knows)


def _launchable(fleet: Fleet, pending: int | None) -> int | None:
    """What waits, or None where not all that may be there could be counted."""
    account = fleet.key.scope.account
    lost = any(scope.account == account for scope in fleet.snapshot.unreached)
    return None if lost else pending


def _bounds(spec: WorkerTypeSpec, leaving: int) -> Capacity:
    """The bounds for what takes tasks: those that leave are there as well, and are paid for."""
    most = max(0, spec.capacity.max - leaving)
    return Capacity(min(spec.capacity.min, most), most, spec.capacity.scaling_ratio)


def _broken(fleet: Fleet) -> Broken | None:
    broken = fleet.signals.memory.broken.get(fleet.whose)
    return broken if broken and broken.until > fleet.signals.now else None


def _decision(passed: Passed, fleet: Fleet, needed: Size, count: Counted) -> Decision:
    view = passed.views.of(fleet.key.scope.account, fleet.product)
    return decide(fleet.terms, view, needed.launch, needed.room, count.held)


def _images(fleet: Fleet) -> dict[str, str]:
    found = {}
    for region in fleet.regions:
        for kind in fleet.combinations.types:
            where = Where(region, "", kind)
            image, resolved = fleet.combinations.image(where).image, fleet.image(where)
            if image and isinstance(resolved, Resolved):
                found[f"{image.words()} in {region}"] = resolved.id
    return found
