"""AWS's own policies, which are in every account."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, cast

from moto.iam import models
from moto.iam.aws_managed_policies import aws_managed_policies_data


def provide() -> None:
    """moto can make them, but makes all six partitions' whenever it looks up an access key.

    That would be half a second of work at the start and as much at every reset.
    """
    cast(Any, models.IAMBackend)._init_aws_policies = _of_the_usual_partition


def _of_the_usual_partition(iam: models.IAMBackend) -> list[models.ManagedPolicy]:
    if iam.region_name != "aws":
        return []
    return [
        models.AWSManagedPolicy.from_data(name, iam.account_id, iam.region_name, content)
        for name, content in _contents().items()
    ]


@cache
def _contents() -> dict[str, Any]:
    contents: dict[str, Any] = json.loads(aws_managed_policies_data)
    return contents
