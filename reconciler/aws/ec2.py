"""What the kinds that live in EC2 share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
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


def instances_by(
    aws: Aws, filter_name: str, values: Sequence[str], holds: Callable[[Mapping[str, Any]], str]
) -> list[tuple[str, str]]:
    """Which of the values each instance holds that is not on its way out, and its id for a reader.

    `holds` finds in an instance what the filter looked for.
    """
    states = ["pending", "running", "stopping", "stopped"]
    reservations = [
        reservation
        for some in in_filters(values)
        for reservation in aws.pages(
            "ec2",
            "describe_instances",
            "Reservations",
            Filters=[
                {"Name": filter_name, "Values": some},
                {"Name": "instance-state-name", "Values": states},
            ],
        )
    ]
    instances = [i for reservation in reservations for i in reservation["Instances"]]
    return [(holds(instance), f"instance {instance['InstanceId']}") for instance in instances]


def in_filters(values: Sequence[str]) -> Iterator[list[str]]:
    """The values by as many as one of EC2's filters takes.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html
    """
    for start in range(0, len(values), _VALUES_A_FILTER):
        yield list(values[start : start + _VALUES_A_FILTER])


_VALUES_A_FILTER = 200


def ended(aws: Aws, tag: str, value: str) -> int:
    """How many instances with such a tag have ended lately.

    AWS shows an instance for about an hour after its end.
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/terminating-instances.html
    """
    found = aws.pages(
        "ec2",
        "describe_instances",
        "Reservations",
        Filters=[
            {"Name": f"tag:{tag}", "Values": [value]},
            {"Name": "instance-state-name", "Values": ["shutting-down", "terminated"]},
        ],
    )
    return sum(len(reservation["Instances"]) for reservation in found)
