"""What worker types and images ask for now: launch templates, launches, which workers stay, and
which versions of images. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from reconciler.derive.decided import Decided
from reconciler.derive.images import images
from reconciler.derive.jobs import jobs
from reconciler.derive.signals import Signals
from reconciler.derive.views import Views
from reconciler.derive.worker_types import Passed, declared, forgotten
from reconciler.kinds.kind import spec_of
from reconciler.kinds.worker import WorkerSpec
from reconciler.model import Estate, Key, Observed, Resource, Scope, Snapshot

__all__ = ["Decided", "Derived", "Signals", "derive", "fleets"]


class Derived(NamedTuple):
    """What should be now, as far as it follows from git, AWS, the queues and the market."""

    resources: tuple[Resource, ...]
    why: Mapping[Key, str]
    """Why each of those ends that are there and should not be, and why images are built."""
    decided: tuple[Decided, ...] = ()
    unbuilt: Mapping[Key, str] = MappingProxyType({})
    """By image, why nothing can be built of it."""


def derive(
    estate: Estate, resources: Iterable[Resource], snapshot: Snapshot, signals: Signals
) -> Derived:
    """The resources with what is derived of worker types and images in their stead."""
    resources = tuple(resources)
    standing = tuple(one for one in resources if one.key.kind not in ("Image", "WorkerType"))
    groups = fleets(resources)
    workers, templates = _there(snapshot)
    passed = Passed(estate, snapshot, signals, Views(signals))
    parts = [
        declared(passed, key, of, workers.get(key, {}), templates.get(key, []))
        for key, of in sorted(groups.items())
    ]
    lost = sorted((workers.keys() | templates.keys()) - groups.keys())
    parts += [forgotten(passed, key, workers.get(key, {}), templates.get(key, [])) for key in lost]
    going_on, over = jobs(snapshot, signals)
    pictured = images(resources, snapshot, signals.images)
    derived = (one for part in parts for one in part.resources)
    why = {key: why for part in parts for key, why in part.why.items()}
    return Derived(
        (*standing, *going_on, *pictured.resources, *derived),
        {**over, **pictured.why, **why},
        tuple(part.decided for part in parts),
        pictured.notes,
    )


def fleets(resources: Iterable[Resource]) -> dict[Key, list[Resource]]:
    """The declared worker types, each with its resources: one for each region."""
    found: dict[Key, list[Resource]] = {}
    for one in resources:
        if one.key.kind == "WorkerType":
            found.setdefault(_whole(one.key), []).append(one)
    return found


def _whole(key: Key) -> Key:
    return key._replace(scope=Scope(key.scope.account))


def _there(
    snapshot: Snapshot,
) -> tuple[dict[Key, dict[str, tuple[Key, Observed]]], dict[Key, list[Key]]]:
    """The workers by id and the templates, each by the worker type that they are of."""
    workers: dict[Key, dict[str, tuple[Key, Observed]]] = {}
    templates: dict[Key, list[Key]] = {}
    for key, one in snapshot.ours.items():
        scope = Scope(key.scope.account)
        if key.kind == "Worker":
            of = Key("WorkerType", spec_of(one, WorkerSpec).worker_type, scope)
            workers.setdefault(of, {})[one.id] = (key, one)
        elif key.kind == "LaunchTemplate":
            of = Key("WorkerType", key.name.rpartition(".")[0], scope)
            templates.setdefault(of, []).append(key)
    return workers, templates
