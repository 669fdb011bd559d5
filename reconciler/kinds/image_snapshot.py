"""ImageSnapshot: a snapshot of ours that was an image's, and that no image is kept in any more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.aws.ec2 import retag
from reconciler.aws.errors import gone_is_fine
from reconciler.aws.grants import ec2_changed, looks
from reconciler.aws.own_images import OwnImage, own_images
from reconciler.aws.session import Aws
from reconciler.aws.tagging import as_mapping
from reconciler.fields.tags import ESTATE, RESOURCE, TagChange
from reconciler.kinds.by_id import ById
from reconciler.kinds.kind import Sought
from reconciler.model import Observed
from reconciler.spec import Spec

_GONE = "InvalidSnapshot.NotFound"
# An image that does not show yet holds it, and keeps it.
_HELD = "InvalidSnapshot.InUse"


class ImageSnapshotSpec(Spec):
    """Of which image version it was."""

    of: str


class ImageSnapshot(ById[ImageSnapshotSpec]):
    name = "ImageSnapshot"
    spec = ImageSnapshotSpec
    fleeting = True
    mutable = False
    names = r"^snap-[0-9a-f]+$"
    longest = 22
    reads = (looks("ec2:DescribeImages", "ec2:DescribeSnapshots"),)
    # No account is in a snapshot's ARN.
    writes = ec2_changed(("ec2:DeleteSnapshot",), "arn:{partition}:ec2:{region}::snapshot/*")

    def origin(self, name: str, spec: ImageSnapshotSpec) -> str:  # noqa: ARG002
        return f"Image/{spec.of.rpartition('.')[0]}"

    def observe(self, aws: Aws, sought: Sought[ImageSnapshotSpec]) -> Iterable[Observed]:
        snapshots = aws.pages(
            "ec2",
            "describe_snapshots",
            "Snapshots",
            OwnerIds=["self"],
            Filters=[{"Name": f"tag:{ESTATE}", "Values": [sought.estate]}],
        )
        images = own_images(aws, sought.estate) if snapshots else []
        for one in snapshots:
            tags, id_ = as_mapping(one.get("Tags")), one["SnapshotId"]
            kind, _, version = tags.get(RESOURCE, "").partition("/")
            held = any(_holds(image, one) for image in images)
            if kind == "ImageVersion" and not held and aws.settled(one["StartTime"]):
                yield Observed(id_, id_, ImageSnapshotSpec(of=version), tags)

    def create(self, aws: Aws, name: str, spec: ImageSnapshotSpec, tags: Mapping[str, str]) -> str:
        raise NotImplementedError("snapshots come with images")

    def tag(self, aws: Aws, observed: Observed, change: TagChange) -> None:
        with gone_is_fine(_GONE):
            retag(aws, observed.id, change)

    def delete(self, aws: Aws, observed: Observed) -> None:
        with gone_is_fine(_GONE, _HELD):
            aws.client("ec2").delete_snapshot(SnapshotId=observed.id)


def _holds(image: OwnImage, snapshot: Mapping[str, Any]) -> bool:
    """Whether it is the image's; one that AWS still makes may not tell of its snapshots yet.

    The snapshot's description tells it then: Created by CreateImage(i-…) for ami-….
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/deregister-ami.html
    """
    named = image.id in snapshot.get("Description", "").split()
    return named or snapshot["SnapshotId"] in image.snapshots
