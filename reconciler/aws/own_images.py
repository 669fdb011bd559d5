"""The images of an estate, read once for all who look at them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from reconciler.aws.session import Aws
from reconciler.aws.tagging import as_mapping
from reconciler.fields.tags import ESTATE


class OwnImage(NamedTuple):
    """An image as EC2 describes it, and its tags."""

    told: Mapping[str, Any]
    tags: Mapping[str, str]

    @property
    def id(self) -> str:
        return str(self.told["ImageId"])

    @property
    def snapshots(self) -> frozenset[str]:
        """The ids of those that it is kept in, as far as EC2 tells them yet."""
        disks = (disk.get("Ebs", {}) for disk in self.told.get("BlockDeviceMappings", ()))
        return frozenset(disk["SnapshotId"] for disk in disks if disk.get("SnapshotId"))


def own_images(aws: Aws, estate: str) -> list[OwnImage]:
    """All of them, whatever became of them."""

    def read(aws: Aws) -> list[OwnImage]:
        images = aws.pages(
            "ec2",
            "describe_images",
            "Images",
            Owners=["self"],
            Filters=[{"Name": f"tag:{ESTATE}", "Values": [estate]}],
            IncludeDeprecated=True,
            IncludeDisabled=True,
        )
        return [OwnImage(image, as_mapping(image.get("Tags"))) for image in images]

    return aws.once(f"images of {estate}", read)
