"""Instances of an estate and of others, made by boto3 alone."""

from __future__ import annotations

from typing import Any

OURS = {"reconciler:estate": "acme"}
ANOTHERS = {"reconciler:estate": "acme-2"}


def of(worker_type: str) -> dict[str, str]:
    """The tags of an instance of this worker type."""
    return {**OURS, "reconciler:resource": f"WorkerType/{worker_type}"}


def pairs(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def tagged(sort: str, tags: dict[str, str]) -> list[dict[str, Any]]:
    return [{"ResourceType": sort, "Tags": pairs(tags)}] if tags else []


def instance(ec2: Any, tags: dict[str, str], **more: Any) -> str:
    """A new one, its volume tagged as it is."""
    labels = [*tagged("instance", tags), *tagged("volume", tags)]
    (made,) = ec2.run_instances(
        ImageId=base(ec2), MinCount=1, MaxCount=1, TagSpecifications=labels, **more
    )["Instances"]
    return str(made["InstanceId"])


def base(ec2: Any) -> str:
    """An image that is nobody's, made once."""
    named = [{"Name": "name", "Values": ["base"]}]
    found = ec2.describe_images(Owners=["self"], Filters=named)["Images"]
    return str(found[0]["ImageId"] if found else ec2.register_image(Name="base")["ImageId"])


def alive(ec2: Any) -> set[str]:
    """Those that have not ended."""
    states = [{"Name": "instance-state-name", "Values": ["pending", "running", "stopped"]}]
    return {
        one["InstanceId"]
        for several in ec2.describe_instances(Filters=states)["Reservations"]
        for one in several["Instances"]
    }
