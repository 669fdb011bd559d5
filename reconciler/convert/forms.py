"""The forms that Taskcluster's definitions come in, and which one is at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from reconciler.convert import ci_config, provisioner, worker_manager
from reconciler.convert.part import Part, Path

# What nothing but a pool has in it or in its config.
_MARKS = {"provider_id", "providerId", "maxCapacity", "instance_types", "launchConfigs"}


class Pool(NamedTuple):
    """One definition: where it stands, and what makes a WorkerType's spec of it."""

    name: str
    task_queue: str
    path: Path
    value: Any
    spec: Callable[[Part, str], dict[str, Any]]


def pools(data: Any, path: Path = ()) -> Iterator[Pool]:
    """Each definition in a document; nothing where it holds none."""
    if isinstance(data, list):
        found = [list(pools(one, (*path, at))) for at, one in enumerate(data)]
        for at, (one, inside) in enumerate(zip(data, found, strict=True)):
            # Beside definitions, what is none has lost its name.
            yield from inside or ([_pool("", (*path, at), one)] if any(found) else [])
    elif not isinstance(data, Mapping):
        return
    elif _is_worker_type(data):
        name = _name(data.get("workerType"))
        yield Pool(name, f"{provisioner.ID}/{name}", path, data, provisioner.spec)
    elif _is_pool(data):
        yield _pool(_name(data.get("workerPoolId")), path, data)
    # Both services answer with lists under a word of their own.
    elif isinstance(data.get("workerPools"), list):
        yield from pools(data["workerPools"], (*path, "workerPools"))
    elif any(_is_pool(one) for one in data.values()):
        for name, one in data.items():
            yield _pool(str(name), (*path, name), one)


def _pool(name: str, path: Path, value: Any) -> Pool:
    config = value.get("config") if isinstance(value, Mapping) else None
    theirs = isinstance(config, Mapping) and "launchConfigs" in config
    return Pool(name, name, path, value, worker_manager.spec if theirs else ci_config.spec)


def _name(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _is_pool(value: Any) -> bool:
    config = value.get("config") if isinstance(value, Mapping) else None
    return isinstance(config, Mapping) and not _MARKS.isdisjoint({*value, *config})


def _is_worker_type(data: Mapping[str, Any]) -> bool:
    return "workerType" in data or isinstance(data.get("instanceTypes"), list)
