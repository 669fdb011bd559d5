"""Instances: a filter that moto lacks, and what ends with them."""

from __future__ import annotations

from reconciler.sandbox.call import Call, Onward
from reconciler.sandbox.wire import Answer, Parameters

_PROFILE = "iam-instance-profile.arn"
# How moto describes an interface that it made for an instance; others are not the instance's own.
_MADE_WITH_IT = "Primary network interface"


def instances_are_found_by_their_profile(_: Call, parameters: Parameters, onward: Onward) -> Answer:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html"""
    filters = parameters.get("Filters") or []
    wanted = [f["Values"] for f in filters if f["Name"] == _PROFILE]
    if not wanted:
        return onward(parameters)
    answer = onward({**parameters, "Filters": [f for f in filters if f["Name"] != _PROFILE]})
    for reservation in answer["Reservations"]:
        reservation["Instances"] = [
            instance
            for instance in reservation["Instances"]
            if all(instance.get("IamInstanceProfile", {}).get("Arn") in arns for arns in wanted)
        ]
    return {**answer, "Reservations": [r for r in answer["Reservations"] if r["Instances"]]}


def the_primary_interface_ends_with_its_instance(
    call: Call, parameters: Parameters, onward: Onward
) -> Answer:
    """moto leaves it behind, and with it its hold on security groups.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/modify-network-interface-attributes.html
    """
    answer, ec2 = onward(parameters), call.world("ec2")
    for instance in ec2.get_multi_instances_by_id(parameters["InstanceIds"]):
        for interface in instance.nics.values():
            if interface.description == _MADE_WITH_IT:
                ec2.enis.pop(interface.id, None)
    return answer
