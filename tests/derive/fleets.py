"""Worker types and worlds for what is derived, made up in few words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from reconciler.derive import Derived, derive
from reconciler.derive.memory import Memory
from reconciler.derive.signals import Market, Resolved, Signals
from reconciler.fields.launch import WhichImage
from reconciler.fields.marks import CAPACITY, LEAVING
from reconciler.fields.tags import ESTATE, RESOURCE
from reconciler.fleet.offering import Offering, PricePoint, Purchase
from reconciler.kinds.worker import WorkerSpec
from reconciler.kinds.worker_type import WorkerTypeSpec
from reconciler.model import Account, Estate, Key, Location, Observed, Resource, Scope, Snapshot
from reconciler.queues.demand import Demand

ACCOUNT = "123456789012"
REGION = "eu-central-1"
HERE = Scope(ACCOUNT, REGION)
ESTATE_OF = Estate("acme", "ci-", (Account(ACCOUNT),), (REGION,))
LINUX = Key("WorkerType", "linux", Scope(ACCOUNT))
IMAGE = WhichImage(id="ami-0123456789abcdef0")
ZONES = ("eu-central-1a", "eu-central-1b", "eu-central-1c")
NOW = 1_800_000_000.0

WORDS: Mapping[str, Any] = {
    "description": "builds",
    "owner": "ci@example.org",
    "queue": {"static": {"pending": 0}},
    "capacity": {"max": 20},
    "instanceTypes": [{"type": "c5.large"}, {"type": "m5.large"}],
    "regions": [{"region": REGION}],
    "image": {"id": IMAGE.id},
}


def worker_type(**words: Any) -> list[Resource]:
    """A worker type as it is loaded, with these words in place of the ordinary ones."""
    # The workers here come from no template that is there, which is not what most tests are about.
    lifecycle = {"changed": "keep", **words.get("lifecycle", {})}
    spec = WorkerTypeSpec.model_validate({**WORDS, **words, "lifecycle": lifecycle})
    return [
        Resource(
            Key("WorkerType", "linux", HERE._replace(region=region.region)),
            "ci-linux",
            spec,
            {},
            Location("all.yml", 1, 1),
        )
        for region in spec.regions
    ]


def market(types: Iterable[str] = ("c5.large", "m5.large"), now: float = NOW) -> Market:
    """Every type in every zone, each a little dearer than the one before."""
    offerings = [Offering(REGION, zone, kind, Purchase.SPOT) for kind in types for zone in ZONES]
    points = tuple(
        PricePoint(offering, "Linux/UNIX", now - 600, 0.04 + 0.001 * at)
        for at, offering in enumerate(offerings)
    )
    return Market(frozenset((one.zone, one.instance_type) for one in offerings), points)


def signals(
    demand: Demand | str, memory: Memory | None = None, now: float = NOW, **more: Any
) -> Signals:
    return Signals(
        **{
            "now": now,
            "demand": {LINUX: demand},
            "images": {(HERE, IMAGE): Resolved(str(IMAGE.id), "Linux/UNIX")},
            "markets": {HERE: market(now=now)},
            "memory": (memory or Memory()).at(now),
            **more,
        }
    )


def worker(
    number: int,
    tags: Mapping[str, str] = MappingProxyType({}),
    state: str = "running",
    age: float = 3600.0,
) -> Observed:
    """An instance of the worker type, with these tags beside its own."""
    id_ = f"i-{number:017x}"
    all_tags = {ESTATE: "acme", RESOURCE: "WorkerType/linux", CAPACITY: "1", **tags}
    spec = WorkerSpec(
        worker_type="linux",
        instance_type="c5.large",
        zone="eu-central-1a",
        purchase="spot",
        state=state,
        launched=NOW - age,
        leaving=all_tags.get(LEAVING, "").partition(" ")[2],
    )
    return Observed(id_, id_, spec, all_tags)


def snapshot(*there: Observed, **more: Any) -> Snapshot:
    return Snapshot({Key("Worker", one.id, HERE): one for one in there}, **more)


def derived(
    resources: Iterable[Resource], there: Snapshot, given: Signals, estate: Estate = ESTATE_OF
) -> Derived:
    return derive(estate, resources, there, given)


def launches(found: Derived) -> list[Resource]:
    return [one for one in found.resources if one.key.kind == "Launch"]


def launched(found: Derived) -> int:
    """How many instances are to be launched."""
    return sum(one.spec.instances for one in launches(found))  # type: ignore[attr-defined]
