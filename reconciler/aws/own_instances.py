"""The instances of an estate that have not ended, read once for all who look at them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from sys import intern
from typing import Any, Literal, NamedTuple

from reconciler.aws.session import Aws
from reconciler.fields.tags import ESTATE

_LIVE = ["pending", "running", "stopping", "stopped"]


class OwnInstance(NamedTuple):
    """Of an instance, no more than is decided by: there may be tens of thousands."""

    id: str
    type: str
    zone: str
    purchase: Literal["spot", "on-demand"]
    state: str
    """As AWS has it: pending, running, stopping or stopped."""
    launched: float
    """Seconds since 1970."""
    tags: Mapping[str, str]


def own_instances(aws: Aws, estate: str) -> list[OwnInstance]:
    def read(aws: Aws) -> list[OwnInstance]:
        reservations = aws.each(
            "ec2",
            "describe_instances",
            "Reservations",
            Filters=[
                {"Name": f"tag:{ESTATE}", "Values": [estate]},
                {"Name": "instance-state-name", "Values": _LIVE},
            ],
            MaxResults=1000,
        )
        return [_kept(one) for reservation in reservations for one in reservation["Instances"]]

    return aws.once(f"instances of {estate}", read)


def purchase(instance: Mapping[str, Any]) -> Literal["spot", "on-demand"]:
    """EC2 says the lifecycle of what is not on demand alone."""
    return "spot" if instance.get("InstanceLifecycle") == "spot" else "on-demand"


def _kept(instance: Mapping[str, Any]) -> OwnInstance:
    """What many have alike is kept once."""
    launched: datetime = instance["LaunchTime"]
    return OwnInstance(
        id=instance["InstanceId"],
        type=intern(instance["InstanceType"]),
        zone=intern(instance["Placement"]["AvailabilityZone"]),
        purchase=purchase(instance),
        state=intern(instance["State"]["Name"]),
        launched=launched.timestamp(),
        tags={intern(tag["Key"]): intern(tag["Value"]) for tag in instance.get("Tags") or ()},
    )
