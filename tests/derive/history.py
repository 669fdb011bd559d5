"""A worker type's life in a world that fails it: what AWS really has, and what it lets be seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from reconciler.derive import Derived
from reconciler.derive.memory import Memory
from reconciler.derive.remembered import remembered
from reconciler.fields.marks import LEAVING, TEMPLATE
from reconciler.fleet.launched import Launched
from reconciler.fleet.offering import Offering, Purchase
from reconciler.kinds.launch import LaunchSpec
from reconciler.kinds.launch_template import LaunchTemplateSpec
from reconciler.kinds.worker import WorkerSpec
from reconciler.model import (
    Act,
    Action,
    Change,
    Ended,
    Key,
    Observed,
    Resource,
    Result,
    Snapshot,
    Step,
)
from reconciler.queues.demand import Demand, State, Worker
from tests.derive.fleets import HERE, NOW, REGION, derived, signals, worker_type

TYPES = {"c5.large": 1, "m5.large": 1, "c5.4xlarge": 4}
BIGGEST = max(TYPES.values())


@dataclass
class Instance:
    """One that AWS really has."""

    id: str
    offering: Offering
    launched: float
    shows: float
    """From when on a listing has it."""
    boots: float
    """From when on it asks for work."""
    tags: dict[str, str]
    tasks: int = 0
    held: bool = False
    known: bool = False
    """Whether its queue has seen it."""

    @property
    def capacity(self) -> int:
        return TYPES[self.offering.instance_type]


@dataclass
class History:
    """One history, from one seed."""

    seed: int
    knows: bool
    """Whether the queue knows its workers."""
    words: Mapping[str, Any] = field(default_factory=dict)
    now: float = NOW
    waiting: int = 0
    memory: Memory = field(default_factory=Memory)
    there: dict[str, Instance] = field(default_factory=dict)
    gone: dict[str, float] = field(default_factory=dict)
    answers: dict[str, Launched] = field(default_factory=dict)
    templates: dict[Key, Observed] = field(default_factory=dict)
    bought: int = 0
    """Units in the last pass."""
    last: Derived | None = None

    def __post_init__(self) -> None:
        self.luck = Random(self.seed)
        self.resources = worker_type(
            **{
                "instanceTypes": [
                    {"type": name, "capacity": capacity} for name, capacity in TYPES.items()
                ],
                **self.words,
            }
        )

    @property
    def booting(self) -> int:
        """What is there, takes no task yet, and was not told to leave: unseen ones, too."""
        return sum(
            one.capacity
            for one in self.there.values()
            if LEAVING not in one.tags and not self._runs(one)
        )

    @property
    def running(self) -> int:
        return sum(
            one.capacity
            for one in self.there.values()
            if LEAVING not in one.tags and self._runs(one)
        )

    @property
    def total(self) -> int:
        return sum(one.capacity for one in self.there.values())

    def _runs(self, one: Instance) -> bool:
        return one.known if self.knows else one.boots <= self.now

    def goes_on(self, seconds: float) -> None:
        """Time goes by: tasks come and are done, instances boot, some are taken back."""
        self.now += seconds
        self.waiting += self.luck.choice((0, 0, 0, 1, 2, 5, 12))
        for one in list(self.there.values()):
            if self.luck.random() < 0.02:
                self._goes(one)
                continue
            one.tasks -= sum(self.luck.random() < 0.3 for _ in range(one.tasks))
            if one.boots <= self.now:
                one.known = True
                if not one.held and (self.knows or LEAVING not in one.tags):
                    takes = min(self.waiting, one.capacity - one.tasks)
                    one.tasks += takes
                    self.waiting -= takes

    def _goes(self, one: Instance) -> None:
        self.waiting += one.tasks
        del self.there[one.id]
        self.gone[one.id] = self.now

    def seen(self) -> Snapshot:
        """What a listing shows now."""
        workers = {
            Key("Worker", one.id, HERE): _observed(one, self.now)
            for one in self.there.values()
            if one.shows <= self.now
        }
        return Snapshot({**self.templates, **workers})

    def demand(self) -> Demand | str:
        if self.luck.random() < 0.05:
            return "it does not answer"
        if not self.knows:
            return Demand(self.waiting, None, None)
        workers = {
            one.id: Worker(
                one.id,
                State.BUSY if one.tasks else State.IDLE,
                group="g",
                quarantined=one.held,
            )
            for one in self.there.values()
            if one.known
        }
        claimed = sum(one.tasks for one in self.there.values())
        return Demand(self.waiting, claimed, workers)

    def passes(self) -> Demand | str:
        """One pass, in rounds as the program makes them; gives what the queue said."""
        demand, self.bought = self.demand(), 0
        self.memory = self.memory.seen_idle(
            [w.id for w in demand.workers.values() if w.state is State.IDLE]
            if isinstance(demand, Demand) and demand.workers
            else [],
            self.now,
        )
        short = self.round(demand, everything=True)
        for _ in range(4):
            if not short:
                break
            short = self.round(demand, everything=False)
        return demand

    def round(self, demand: Demand | str, everything: bool) -> bool:
        """One round of a pass; whether AWS could not sell all that was asked for."""
        found = derived(
            self.resources,
            self.seen(),
            signals(demand, self.memory, self.now),
        )
        if everything:
            self.last = found
            self._workers_go(found)
        for one in found.resources:
            if isinstance(one.spec, LaunchTemplateSpec) and one.key not in self.templates:
                self.templates[one.key] = Observed(one.name, f"lt-{one.key.name}", one.spec, {})
        ended = []
        for one in found.resources:
            if isinstance(one.spec, LaunchSpec):
                ended.append(self._launches(one, one.spec))
                if ended[-1].result is Result.FAILED:
                    # What follows a launch is not begun when that fails.
                    break
        self.memory = remembered(self.memory, ended, self.now)
        return any(isinstance(what, Launched) and what.short for one in ended for what in one.told)

    def _workers_go(self, found: Derived) -> None:
        for one in found.resources:
            if isinstance(one.spec, WorkerSpec) and one.key.name in self.there:
                instance = self.there[one.key.name]
                instance.tags = dict(one.tags)
                instance.held = instance.held or bool(one.spec.hold and one.spec.hold.queue)
        for key in found.why:
            if key.kind == "Worker" and key.name in self.there:
                one_gone = self.there[key.name]
                assert one_gone.tasks == 0, f"{one_gone} was ended while it was busy"
                self._goes(one_gone)

    def _launches(self, one: Resource, spec: LaunchSpec) -> Ended:
        if spec.token not in self.answers:
            self.answers[spec.token] = self._buys(one, spec)
        told = (self.answers[spec.token],)
        change = Change(Action.CREATE, one.key, None, one)
        step = Step(change, Act.CREATE, None, spec)
        if self.luck.random() < 0.1:
            return Ended(step, Result.FAILED, "the connection was lost")
        return Ended(step, Result.DONE, told=told)

    def _buys(self, one: Resource, spec: LaunchSpec) -> Launched:
        offers = [
            Offering(REGION, offer.zone, offer.instance_type, Purchase(spec.purchase))
            for offer in spec.offers
        ]
        dry = {offering for offering in offers if self.luck.random() < 0.25}
        wet = [offering for offering in offers if offering not in dry]
        count = spec.instances if wet and self.luck.random() < 0.8 else 0
        if wet and not count:
            count = self.luck.randint(0, spec.instances)
        came = {}
        for _ in range(count):
            offering = self.luck.choice(wet)
            name = next(o.template for o in spec.offers if o.zone == offering.zone)
            made = Instance(
                id=f"i-{self.luck.getrandbits(68):017x}",
                offering=offering,
                launched=self.now,
                shows=self.now + self.luck.choice((0, 0, 10, 45, 90)),
                boots=self.now + self.luck.choice((40, 90, 240)),
                tags={**one.tags, TEMPLATE: f"lt-{name}"},
            )
            self.there[made.id] = made
            came[made.id] = offering
            self.bought += made.capacity
        code = "InsufficientInstanceCapacity"
        short = dict.fromkeys(dry or wet if count < spec.instances else (), code)
        return Launched("linux", spec.instances, spec.capacity, came, short)


def _observed(one: Instance, now: float) -> Observed:
    spec = WorkerSpec(
        worker_type="linux",
        instance_type=one.offering.instance_type,
        zone=one.offering.zone,
        purchase="spot",
        state="running" if one.boots <= now else "pending",
        launched=one.launched,
        leaving=one.tags.get(LEAVING, "").partition(" ")[2],
    )
    return Observed(one.id, one.id, spec, dict(one.tags))
