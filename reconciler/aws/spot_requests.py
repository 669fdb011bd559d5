"""What EC2 itself says of spot instances that it is about to take back."""

from __future__ import annotations

from reconciler.aws.notices import Notice, What
from reconciler.aws.session import Aws


def marked(aws: Aws) -> list[Notice]:
    """The instances that end within two minutes.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-request-status.html
    """
    requests = aws.pages(
        "ec2",
        "describe_spot_instance_requests",
        "SpotInstanceRequests",
        Filters=[
            {"Name": "status-code", "Values": ["marked-for-termination"]},
            {"Name": "state", "Values": ["active"]},
        ],
    )
    return [
        Notice(one["InstanceId"], What.INTERRUPTION, one["Status"]["UpdateTime"].timestamp(), "")
        for one in requests
        if "InstanceId" in one
    ]
