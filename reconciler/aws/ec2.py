"""What the kinds that live in EC2 share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.aws.session import Aws
from reconciler.aws.tagging import as_pairs
from reconciler.fields.tags import TagChange


def tag_specifications(resource_type: str, tags: Mapping[str, str]) -> list[dict[str, Any]]:
    """Tags as EC2's creating calls take them."""
    return [{"ResourceType": resource_type, "Tags": as_pairs(tags)}]


def retag(aws: Aws, resource_id: str, change: TagChange) -> None:
    """Write and take away tags of anything in EC2."""
    ec2 = aws.client("ec2")
    if change.write:
        ec2.create_tags(Resources=[resource_id], Tags=as_pairs(change.write))
    if change.drop:
        ec2.delete_tags(Resources=[resource_id], Tags=[{"Key": key} for key in change.drop])


def instances_with(aws: Aws, filter_name: str, value: str) -> list[str]:
    """Instances that are not on their way out and match one of EC2's filters, for a reader."""
    reservations = aws.pages(
        "ec2",
        "describe_instances",
        "Reservations",
        Filters=[
            {"Name": filter_name, "Values": [value]},
            {
                "Name": "instance-state-name",
                "Values": ["pending", "running", "stopping", "stopped"],
            },
        ],
    )
    return [
        f"instance {i['InstanceId']}"
        for reservation in reservations
        for i in reservation["Instances"]
    ]
