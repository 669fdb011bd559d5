"""What AWS answers where it can't sell an instance now, and may later or elsewhere."""

from __future__ import annotations

# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/troubleshooting-launch.html
SHORT = frozenset(
    {
        "InsufficientAddressCapacity",
        "InsufficientCapacity",
        "InsufficientFreeAddressesInSubnet",
        "InsufficientInstanceCapacity",
        "InstanceLimitExceeded",
        # Above all, that a zone does not have the type.
        "InvalidFleetConfiguration",
        "MaxSpotInstanceCountExceeded",
        "SpotMaxPriceTooLow",
        "UnfulfillableCapacity",
        "Unsupported",
        "VcpuLimitExceeded",
    }
)
# That AWS had no time says nothing of its offerings; it stands among the errors of a fleet, too.
# https://github.com/aws/aws-parallelcluster-node/pull/734
BUSY = frozenset(
    {
        "InternalError",
        "InternalFailure",
        "RequestLimitExceeded",
        "RequestResourceCountExceeded",
        "ServiceUnavailable",
        "Unavailable",
    }
)
