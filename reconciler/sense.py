"""Read what is decided by beside what AWS holds of ours: queues, images, prices, notices.

What can't be read is said, and stops nothing else: each worker type has what it needs, or knows
what it lacks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from reconciler.aws import images, market
from reconciler.aws.errors import Refused, explained
from reconciler.aws.session import Accounts
from reconciler.derive import fleets
from reconciler.derive.images import Known, built
from reconciler.derive.memory import Memory, Price
from reconciler.derive.signals import Market, Resolved, Signals
from reconciler.derive.worker_types import queue_of
from reconciler.fields.launch import WhichImage
from reconciler.fields.marks import WORK
from reconciler.hear import Heard, announced, interrupted, listen
from reconciler.kinds.image import ImageSpec
from reconciler.kinds.kind import spec_of
from reconciler.kinds.worker import WorkerSpec
from reconciler.kinds.worker_type import WorkerTypeSpec
from reconciler.model import Estate, Key, Observed, Resource, Scope, Snapshot
from reconciler.observe import Tell, side_by_side
from reconciler.queues import SECONDS, TaskQueue, read
from reconciler.queues.answers import Unreadable
from reconciler.queues.demand import Demand


class _Needs(NamedTuple):
    """What the worker types of one region need to know."""

    scope: Scope
    types: frozenset[str]
    images: frozenset[WhichImage]
    on_demand: frozenset[str]
    """The types that may be bought on demand there."""


class Sensed(NamedTuple):
    """What was read, and which messages told it."""

    signals: Signals
    heard: tuple[Heard, ...] = ()


def sense(
    accounts: Accounts,
    estate: Estate,
    resources: Iterable[Resource],
    snapshot: Snapshot,
    memory: Memory,
    now: float,
    tell: Tell = lambda _: None,
) -> Sensed:
    """All that the declared worker types, and workers of former ones, are decided by."""
    resources = tuple(resources)
    types = {key: _spec(of) for key, of in fleets(resources).items()}
    memory = memory.at(now)
    queues = {**_former(snapshot, types), **{key: spec.queue for key, spec in types.items()}}
    if not queues:
        known = pictured(accounts, types, resources, snapshot)
        return Sensed(Signals(now, images=known, memory=memory))
    tell(f"reading {len(queues)} queues, and the market")
    demand = _demand(accounts, queues)
    signals = sold(accounts, types, resources, snapshot, memory, now)
    heard = listen(accounts, estate, resources, snapshot)
    told = announced(heard)
    signals = replace(
        signals,
        demand=demand,
        notices=told,
        memory=signals.memory.seen_idle(_idle(demand, snapshot), now).interrupted(
            interrupted(told, snapshot), now
        ),
    )
    return Sensed(signals, heard)


def sold(
    accounts: Accounts,
    types: Mapping[Key, WorkerTypeSpec],
    resources: Iterable[Resource],
    snapshot: Snapshot,
    memory: Memory,
    now: float,
) -> Signals:
    """What AWS has to sell for these worker types, for how much, and the images they run.

    Of `resources` the images count that are declared, and the documents that those lead to.
    """
    needs = [one for one in _needs(types) if snapshot.reached(one.scope)]
    known = pictured(accounts, types, resources, snapshot)
    markets = side_by_side(lambda need: _market(accounts, need, known, now), needs)
    memory = _priced(accounts, needs, memory, now)
    return Signals(
        now=now,
        images=known,
        markets={need.scope: one for need, one in zip(needs, markets, strict=True)},
        on_demand={what: price.usd for what, price in memory.prices.items()},
        memory=memory,
    )


def pictured(
    accounts: Accounts,
    types: Mapping[Key, WorkerTypeSpec],
    resources: Iterable[Resource],
    snapshot: Snapshot,
) -> Known:
    """The images that worker types run and that other images begin with."""
    resources = tuple(resources)
    wanted: dict[Scope, set[WhichImage]] = {}
    for need in _needs(types):
        wanted.setdefault(need.scope, set()).update(need.images)
    for one in resources:
        if isinstance(one.spec, ImageSpec):
            wanted.setdefault(one.key.scope, set()).add(one.spec.base)
    scopes = sorted(scope for scope in wanted if snapshot.reached(scope))
    found = side_by_side(lambda scope: _images(accounts, scope, wanted[scope]), scopes)
    known = {
        (scope, image): one
        for scope, of in zip(scopes, found, strict=True)
        for image, one in of.items()
    }
    return {**known, **built(resources, snapshot, known)}


def _spec(of: Sequence[Resource]) -> WorkerTypeSpec:
    spec = of[0].spec
    assert isinstance(spec, WorkerTypeSpec)
    return spec


def _former(snapshot: Snapshot, declared: Mapping[Key, object]) -> dict[Key, TaskQueue]:
    """The queues of workers whose worker type git no longer has, as far as they remember them."""
    workers: dict[Key, dict[str, tuple[Key, Observed]]] = {}
    for key, one in snapshot.ours.items():
        if key.kind == "Worker":
            name = spec_of(one, WorkerSpec).worker_type
            whole = Key("WorkerType", name, Scope(key.scope.account))
            if whole not in declared:
                workers.setdefault(whole, {})[one.id] = (key, one)
    found = {key: queue_of(there) for key, there in workers.items()}
    return {key: queue for key, queue in found.items() if queue}


def _demand(accounts: Accounts, queues: Mapping[Key, TaskQueue]) -> dict[Key, Demand | str]:
    def one(key: Key) -> Demand | str:
        try:
            return read(queues[key], accounts.at(Scope(key.scope.account)), SECONDS)
        except Unreadable as error:
            return str(error)

    keys = sorted(queues)
    return dict(zip(keys, side_by_side(one, keys), strict=True))


def _idle(demand: Mapping[Key, Demand | str], snapshot: Snapshot) -> list[str]:
    """Who is idle, as their queues or they themselves say."""
    own = [
        one.id
        for key, one in snapshot.ours.items()
        if key.kind == "Worker" and one.tags.get(WORK, "").startswith("idle")
    ]
    return own + [
        worker.id
        for one in demand.values()
        if isinstance(one, Demand)
        for worker in (one.workers or {}).values()
        if worker.state == "idle"
    ]


def _needs(types: Mapping[Key, WorkerTypeSpec]) -> list[_Needs]:
    wanted: dict[Scope, tuple[set[str], set[WhichImage], set[str]]] = {}
    for key, spec in types.items():
        names = [kind.type for kind in spec.instance_types]
        buys = spec.purchase.on_demand_percent or spec.purchase.on_demand_afterwards
        for region in spec.regions:
            scope = key.scope._replace(region=region.region)
            kinds, pictures, priced = wanted.setdefault(scope, (set(), set(), set()))
            kinds.update(names)
            said = (spec.image, region.image, *(kind.image for kind in spec.instance_types))
            pictures.update(image for image in said if image)
            priced.update(names if buys else ())
    return [
        _Needs(scope, frozenset(kinds), frozenset(pictures), frozenset(priced))
        for scope, (kinds, pictures, priced) in sorted(wanted.items())
    ]


def _images(
    accounts: Accounts, scope: Scope, asked: Iterable[WhichImage]
) -> dict[WhichImage, Resolved | str]:
    """Those that AWS knows, as no image of ours is meant."""
    aws = accounts.at(scope)
    wanted = sorted((one for one in asked if not one.built), key=lambda image: image.words())
    try:
        with explained():
            held = images.in_parameters(aws, [i.parameter for i in wanted if i.parameter])
            named = {i: i.id or held.get(i.parameter or "", "") for i in wanted if not i.name}
            there = images.by_id(aws, [id_ for id_ in named.values() if id_])
            latest = {
                i: images.newest(aws, i.name, i.owner or "self", i.architecture)
                for i in wanted
                if i.name
            }
    except Refused as refused:
        return dict.fromkeys(wanted, f"images can't be read: {refused}")
    found = {**{i: there.get(id_) for i, id_ in named.items()}, **latest}
    return {
        image: Resolved(*one) if one else f"there is no image {image.words()}"
        for image, one in found.items()
    }


def _market(
    accounts: Accounts,
    need: _Needs,
    known: Known,
    now: float,
) -> Market | str:
    aws, types = accounts.at(need.scope), sorted(need.types)
    images = (known.get((need.scope, image)) for image in need.images)
    products = {image.product for image in images if isinstance(image, Resolved)}
    try:
        with explained():
            there = market.offered(aws, types)
            points = market.spot_prices(aws, types, products, now) if products else ()
            return Market(there, points)
    except Refused as refused:
        return f"its market can't be read: {refused}"


def _priced(accounts: Accounts, needs: Sequence[_Needs], memory: Memory, now: float) -> Memory:
    """The memory with the prices on demand that are needed; unknown ones are asked for again."""
    wanted = sorted(
        {
            (need.scope.region, kind, need.scope.account)
            for need in needs
            for kind in need.on_demand
            if (need.scope.region, kind) not in memory.prices
        }
    )

    def price(one: tuple[str, str, str]) -> float | None:
        region, kind, account = one
        try:
            with explained():
                return market.on_demand(accounts.at(Scope(account)), region, kind)
        except Refused:
            # What has no price is not bought, and `why` says so.
            return None

    found = {
        one[:2]: Price(usd, now)
        for one, usd in zip(wanted, side_by_side(price, wanted), strict=True)
        if usd is not None
    }
    return replace(memory, prices={**memory.prices, **found})
