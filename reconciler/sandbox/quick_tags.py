"""The tags of one EC2 resource, without going through those of all others.

moto does that for each resource that it describes, so that a fleet took the square of its size.
"""

from __future__ import annotations

from typing import Any, cast

from moto.ec2.models.core import TaggedEC2Resource
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE, get_prefix


def provide() -> None:
    cast(Any, TaggedEC2Resource).get_tags = _tags


def _tags(resource: Any) -> list[dict[str, str]]:
    # Not to look one up in moto's defaultdict: that would make an entry.
    tags = resource.ec2_backend.tags.get(resource.id, {})
    kind = EC2_PREFIX_TO_RESOURCE.get(get_prefix(resource.id), "")
    return [
        {"resource_id": resource.id, "key": key, "value": value, "resource_type": kind}
        for key, value in tags.items()
    ]
