"""Definitions in each form, whole but for what a test gives."""

from __future__ import annotations

from typing import Any

from reconciler.convert.words import over

TYPE = {"instanceType": "m5.large"}
IMAGE = "ami-0123456789abcdef0"


def pool(config: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A pool of ci-config's, whole but for what is given."""
    least = {"image": IMAGE, "maxCapacity": 5, "instance_types": [TYPE], "regions": ["us-west-2"]}
    said = {"description": "Builds", "owner": "ci@example.org", "provider_id": "aws"}
    return {"proj/build": {**said, "config": {**least, **config}, **more}}


def worker_type(**more: Any) -> dict[str, Any]:
    """A worker type of the Provisioner's, whole but for what is given."""
    return {
        "workerType": "build",
        "description": "Builds",
        "owner": "ci@example.org",
        "minCapacity": 0,
        "maxCapacity": 5,
        "scalingRatio": 0,
        "instanceTypes": [{**TYPE, "capacity": 1, "utility": 1}],
        "regions": [{"region": "us-west-2", "launchSpec": {"ImageId": IMAGE}}],
        **more,
    }


def launch(kind: str, zone: str, **more: Any) -> dict[str, Any]:
    """A launch configuration of worker-manager's."""
    own = {
        "ImageId": f"ami-0000000{len(zone)}",
        "InstanceType": kind,
        "Placement": {"AvailabilityZone": zone},
        "InstanceMarketOptions": {"MarketType": "spot"},
    }
    made: dict[str, Any] = over(
        {"region": zone[:-1], "capacityPerInstance": 1, "launchConfig": own}, more
    )
    return made


def manager(*launches: dict[str, Any], **config: Any) -> dict[str, Any]:
    """A pool as worker-manager answers with it."""
    return {
        "workerPoolId": "proj/build",
        "providerId": "aws",
        "description": "Builds",
        "owner": "ci@example.org",
        "emailOnError": False,
        "created": "2020-03-17T00:00:00Z",
        "config": {"minCapacity": 0, "maxCapacity": 5, "launchConfigs": [*launches], **config},
    }
