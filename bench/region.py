"""A region that those worker types run in: its workers, market, queues, and what is remembered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from bench.fleet import GROUPS, IMAGES, REGION, TYPES, ZONES, documents
from reconciler.derive.combinations import Where
from reconciler.derive.fleet import Fleet
from reconciler.derive.launches import template
from reconciler.derive.memory import Asked, Memory, Whose
from reconciler.derive.signals import Market, Resolved, Signals
from reconciler.diff import as_if_applied
from reconciler.fields.launch import WhichImage
from reconciler.fields.marks import CAPACITY, LAUNCH, LEAVING, REMOVED, SEEN, TEMPLATE, WORK
from reconciler.fields.tags import ESTATE, RESOURCE
from reconciler.fleet.offering import Failure, Interruption, Offering, PricePoint, Purchase
from reconciler.kinds.instance_profile import InstanceProfileSpec
from reconciler.kinds.security_group import SecurityGroupSpec
from reconciler.kinds.worker import WorkerSpec
from reconciler.kinds.worker_type import WorkerTypeSpec
from reconciler.model import Account, Estate, Key, Location, Observed, Resource, Scope, Snapshot
from reconciler.queues import knows_workers
from reconciler.queues.demand import Demand, State, Worker

ACCOUNT = "123456789012"
HERE = Scope(ACCOUNT, REGION)
ESTATE_OF = Estate("acme", "ci-", (Account(ACCOUNT),), (REGION,))
NOW = 1_800_000_000.0

STATES = {"busy": 60, "idle": 18, "booting": 10, "leaving": 4, "done": 2, "changed": 6}
"""In percent of the workers. Who is done was told to leave, too, and is idle by now."""


@dataclass(frozen=True)
class Region:
    """All that a pass is decided by."""

    documents: Sequence[dict[str, object]]
    resources: tuple[Resource, ...]
    snapshot: Snapshot
    signals: Signals


@dataclass(frozen=True)
class _Instance:
    """A worker, and what it is doing."""

    observed: Observed
    state: str


def region(worker_types: int, workers: int, seed: int = 1) -> Region:
    """A region of so many worker types and workers, all of it in memory."""
    luck, declared = Random(seed), documents(worker_types, seed)
    types = [_resource(document) for document in declared]
    market = _market(luck)
    blank = _signals(market, {}, Memory())
    fleets = [Fleet(_whole(one.key), [one], Snapshot({}), blank) for one in types]
    templates: dict[Key, Observed] = {}
    of: dict[Key, list[_Instance]] = {fleet.key: [] for fleet in fleets}
    for number in range(workers):
        fleet = fleets[number % len(fleets)]
        of[fleet.key].append(_instance(fleet, number, templates, luck))
    there = {
        Key("Worker", one.observed.id, HERE): one.observed for some in of.values() for one in some
    }
    demand = {fleet.key: _demand(fleet, of[fleet.key], luck) for fleet in fleets}
    memory = _memory(fleets, there, luck)
    return Region(
        declared,
        (*standing(), *types),
        Snapshot({**as_if_applied(ESTATE_OF, standing()).ours, **templates, **there}),
        _signals(market, demand, memory),
    )


def standing() -> Iterator[Resource]:
    """What the launches refer to."""
    here, at = HERE, Location("all.yml", 1, 1)
    for name in ("workers", *(f"pool-group-{number:02}" for number in range(GROUPS))):
        spec = SecurityGroupSpec(description="Workers")
        yield Resource(Key("SecurityGroup", name, here), f"ci-{name}", spec, {}, at)
    profile = InstanceProfileSpec(role="arn:aws:iam::123456789012:role/workers")
    yield Resource(Key("InstanceProfile", "workers", Scope(ACCOUNT)), "ci-workers", profile, {}, at)


def _whole(key: Key) -> Key:
    return key._replace(scope=Scope(ACCOUNT))


def _resource(document: dict[str, object]) -> Resource:
    metadata, spec = document["metadata"], WorkerTypeSpec.model_validate(document["spec"])
    assert isinstance(metadata, dict)
    name = metadata["name"]
    key = Key("WorkerType", name, HERE)
    return Resource(key, f"ci-{name}", spec, {}, Location("pools.yml", 1, 1))


def _signals(market: Market, demand: Mapping[Key, Demand], memory: Memory) -> Signals:
    return Signals(
        now=NOW,
        demand=demand,
        images={(HERE, WhichImage(id=id_)): Resolved(id_, "Linux/UNIX") for id_ in IMAGES},
        markets={HERE: market},
        on_demand={(REGION, kind): 0.2 + 0.01 * at for at, kind in enumerate(TYPES)},
        memory=memory,
    )


def _market(luck: Random) -> Market:
    """Every type in every zone, each with twelve hours in which its price moved a little."""
    pools = [Offering(REGION, zone, kind, Purchase.SPOT) for kind in TYPES for zone in ZONES]
    points = tuple(
        PricePoint(pool, "Linux/UNIX", NOW - 3600.0 * hour, round(luck.uniform(0.05, 0.12), 4))
        for pool in pools
        for hour in range(13)
    )
    return Market(frozenset((pool.zone, pool.instance_type) for pool in pools), points)


def _instance(fleet: Fleet, number: int, templates: dict[Key, Observed], luck: Random) -> _Instance:
    (state,) = luck.choices(list(STATES), list(STATES.values()))
    kind, zone = luck.choice(fleet.spec.instance_types), luck.choice(ZONES)
    made = template(ESTATE_OF, fleet, Where(REGION, zone, kind.type))
    # What a template holds is as its name says, so that it is not read.
    seen = made.spec.model_copy(update={"content": {}, "sample": None})
    known = templates.setdefault(
        made.key,
        Observed(made.name, f"lt-{len(templates):017x}", seen, _owned(made.key)),
    )
    id_ = f"i-{number:017x}"
    tags = {
        ESTATE: ESTATE_OF.name,
        RESOURCE: f"WorkerType/{fleet.key.name}",
        CAPACITY: str(kind.capacity),
        LAUNCH: f"{number % 7:032x}/{kind.capacity}",
        REMOVED: "drain",
        TEMPLATE: f"lt-{'f' * 17}" if state == "changed" else known.id,
        "Name": fleet.key.name,
        "project": "made up",
        **dict(_marks(fleet, state)),
    }
    spec = WorkerSpec(
        worker_type=fleet.key.name,
        instance_type=kind.type,
        zone=zone,
        purchase="spot",
        state="pending" if state == "booting" and number % 2 else "running",
        launched=NOW - (120 if state == "booting" else luck.randint(1800, 70000)),
        leaving=tags.get(LEAVING, "").partition(" ")[2],
    )
    return _Instance(Observed(id_, id_, spec, tags), state)


def _owned(key: Key) -> dict[str, str]:
    return {ESTATE: ESTATE_OF.name, RESOURCE: str(key)}


def _marks(fleet: Fleet, state: str) -> Iterator[tuple[str, str]]:
    """What a worker of that state says of itself, or was told."""
    if state in ("leaving", "done"):
        yield LEAVING, f"{NOW - 300:.0f} idle: it has been idle for 40 min"
    if knows_workers(fleet.spec.queue):
        if state != "booting":
            yield SEEN, "true"
    elif state != "booting":
        yield WORK, f"{'idle' if state in ('idle', 'done') else 'busy'} {NOW - 60:.0f}"


def _demand(fleet: Fleet, of: Sequence[_Instance], luck: Random) -> Demand:
    """Tasks wait in every second queue."""
    pending = luck.choice((0, 0, 3, 15))
    if not knows_workers(fleet.spec.queue):
        return Demand(pending, None, None)
    registered = [one for one in of if one.state != "booting"]
    workers = {
        one.observed.id: Worker(
            one.observed.id,
            State.IDLE if one.state in ("idle", "done") else State.BUSY,
            group=REGION,
            quarantined=one.state in ("leaving", "done"),
        )
        for one in registered
    }
    return Demand(pending, sum(one.state == "busy" for one in registered), workers)


def _memory(fleets: Sequence[Fleet], there: dict[Key, Observed], luck: Random) -> Memory:
    """Every third worker type launched a moment ago; some offerings failed, some were taken."""
    pools = [Offering(REGION, zone, kind, Purchase.SPOT) for kind in TYPES for zone in ZONES]
    failed, taken = luck.sample(pools, 12), luck.sample(pools, 12)
    asked = tuple(
        Asked(
            Whose(ACCOUNT, fleet.key.name),
            f"{number:032x}-0",
            NOW - 60,
            2,
            1,
            {f"i-{'a' * 8}{number:09x}": pools[number % len(pools)]},
        )
        for number, fleet in enumerate(fleets[::3])
    )
    return Memory(
        failures=tuple(Failure(one, NOW - 90, "InsufficientInstanceCapacity") for one in failed),
        interruptions=tuple(Interruption(one, NOW - 900) for one in taken),
        asked=asked,
        idle={one.id: NOW - luck.randint(0, 2400) for one in there.values()},
    )
