"""Which members of EC2's longest answers the program uses; of all other answers, it gets them all.

Whoever reads another member of one of these names it here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Members = Mapping[str, "Members"]
"""Members by their names, each with those within it that are used; none means all of it."""

EVERYTHING: Members = {}

USED: Mapping[str, tuple[str, ...]] = {
    "DescribeImagesResult": (
        "NextToken",
        "Images.BlockDeviceMappings.Ebs.SnapshotId",
        "Images.CreationDate",
        "Images.ImageId",
        "Images.Name",
        "Images.PlatformDetails",
        "Images.State",
        "Images.StateReason.Message",
        "Images.Tags",
    ),
    "DescribeInstancesResult": (
        "NextToken",
        "Reservations.Instances.IamInstanceProfile.Arn",
        "Reservations.Instances.InstanceId",
        "Reservations.Instances.InstanceLifecycle",
        "Reservations.Instances.InstanceType",
        "Reservations.Instances.KeyName",
        "Reservations.Instances.LaunchTime",
        "Reservations.Instances.Placement.AvailabilityZone",
        "Reservations.Instances.State.Name",
        "Reservations.Instances.StateReason.Message",
        "Reservations.Instances.Tags",
    ),
    "DescribeNetworkInterfacesResult": (
        "NextToken",
        "NetworkInterfaces.Attachment.InstanceId",
        "NetworkInterfaces.Groups.GroupId",
        "NetworkInterfaces.NetworkInterfaceId",
    ),
}
"""By what EC2's model in botocore calls the answers."""


def used(answer: str) -> Members:
    """The members of an answer that are used."""
    return tree(USED.get(answer, ()))


def tree(paths: Iterable[str]) -> Members:
    """Members by their names, of paths with dots."""
    found: dict[str, Members] = {}
    for path in paths:
        here = found
        for name in path.split("."):
            here = here.setdefault(name, {})  # type: ignore[assignment]
    return found
