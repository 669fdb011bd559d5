"""What kinds of instances have in common, whatever those do."""

from __future__ import annotations

from reconciler.aws.ec2 import retag
from reconciler.aws.errors import gone_is_fine
from reconciler.aws.grants import ec2_changed, looks
from reconciler.aws.session import Aws
from reconciler.fields.tags import TagChange
from reconciler.kinds.by_id import ById
from reconciler.kinds.kind import S
from reconciler.model import Observed

ARN = "arn:{partition}:ec2:{region}:{account}:instance/*"
_GONE = "InvalidInstanceID.NotFound"


class Instance(ById[S]):
    names = r"^i-[0-9a-f]+$"
    longest = 19
    reads = (looks("ec2:DescribeInstances"),)
    writes = ec2_changed(("ec2:TerminateInstances",), ARN)

    def tag(self, aws: Aws, observed: Observed, change: TagChange) -> None:
        with gone_is_fine(_GONE):
            retag(aws, observed.id, change)

    def delete(self, aws: Aws, observed: Observed) -> None:
        with gone_is_fine(_GONE):
            aws.client("ec2").terminate_instances(InstanceIds=[observed.id])
