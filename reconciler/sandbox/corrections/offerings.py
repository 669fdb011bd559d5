"""Which machines are to be had where: found by patterns too."""

from __future__ import annotations

from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS

from reconciler.sandbox.call import Call, Onward
from reconciler.sandbox.corrections.filters import matching
from reconciler.sandbox.wire import Answer, Parameters

_PATHS = {"location": "Location", "instance-type": "InstanceType"}


def offerings_are_found_by_patterns(call: Call, parameters: Parameters, _: Onward) -> Answer:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceTypeOfferings.html"""
    offered = INSTANCE_TYPE_OFFERINGS[parameters.get("LocationType") or "region"]
    found = matching(offered.get(call.region, ()), parameters, _PATHS)
    return {"InstanceTypeOfferings": found}
