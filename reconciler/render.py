"""Resources written out as documents again: every default said, every reference by AWS's name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import yaml

from reconciler.documents import API_VERSION
from reconciler.kinds import target
from reconciler.model import Key, Resource
from reconciler.references import exchanged, is_aws_id, references
from reconciler.spec import Refers


def rendered(resources: Iterable[Resource]) -> str:
    """YAML of all the resources, in the order of their keys: for a reader, and for a diff."""
    found = sorted(resources, key=lambda resource: resource.key)
    names = {resource.key: resource.name for resource in found}
    return yaml.safe_dump_all(
        (_document(resource, names) for resource in found), sort_keys=False, allow_unicode=True
    )


def edges(resources: Iterable[Resource]) -> Iterator[tuple[Key, Key]]:
    """Which declared resource refers to which other, each pair once and in order."""
    found = {
        (resource.key, target(resource.key, reference.refers, reference.target))
        for resource in resources
        for reference in references(resource.spec)
        if not is_aws_id(reference.target)
    }
    yield from sorted(pair for pair in found if pair[0] != pair[1])


def _document(resource: Resource, names: dict[Key, str]) -> dict[str, Any]:
    def named(refers: Refers, text: str) -> str:
        return text if is_aws_id(text) else names[target(resource.key, refers, text)]

    spec = exchanged(resource.spec, named)
    scope = resource.key.scope
    place = {"accounts": [scope.account]} | ({"regions": [scope.region]} if scope.region else {})
    return {
        "apiVersion": API_VERSION,
        "kind": resource.key.kind,
        "metadata": {"name": resource.name, **place, "tags": dict(resource.tags)},
        "spec": spec.model_dump(mode="json", by_alias=True, exclude_none=True),
    }
