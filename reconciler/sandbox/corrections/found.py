"""What a launch refers to: moto's own, or what AWS says where it is not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.sandbox import market
from reconciler.sandbox.call import Call
from reconciler.sandbox.errors import AwsError
from reconciler.sandbox.supply import Pool

USUAL_TYPE = "m1.small"

_SSM = "resolve:ssm:"

Data = dict[str, Any]
"""What is said of an instance in RunInstances' words, which launch templates use too."""


def unsupported(call: Call, pool: Pool) -> str | None:
    """How AWS says that it has no such machines there, a misspelled type or not.

    Seen on AWS: https://github.com/c6fc/npk/issues/70
    """
    if market.known(pool.instance_type) and market.offered(
        call.region, pool.zone, pool.instance_type
    ):
        return None
    return (
        f"Your requested instance type ({pool.instance_type}) is not supported in your requested "
        f"Availability Zone ({pool.zone})."
    )


def check_key(call: Call, name: str | None) -> None:
    if name and name not in call.world("ec2").key_pairs:
        raise AwsError("InvalidKeyPair.NotFound", f"The key pair '{name}' does not exist")


def interface(data: Data) -> Data:
    """The primary network interface, as far as it is described."""
    described: list[Data] = data.get("NetworkInterfaces") or [{}]
    if len(described) > 1 or "NetworkInterfaceId" in described[0]:
        raise NotImplementedError("several network interfaces, or one that is there already")
    return described[0]


def image(call: Call, name: str | None) -> Any:
    if not name:
        raise AwsError("MissingParameter", "The request must contain the parameter ImageId")
    id_ = _resolved(call, name.removeprefix(_SSM)) if name.startswith(_SSM) else name
    if not id_.startswith("ami-"):
        raise AwsError("InvalidAMIID.Malformed", f'Invalid id: "{id_}" (expecting "ami-...")')
    there = call.world("ec2").amis
    if id_ not in there:
        raise no_image(id_)
    if there[id_].state != "available":
        # Seen on AWS: https://github.com/hashicorp/packer/issues/12162
        told = f"AMI '{id_}' is {there[id_].state}, and cannot be run"
        raise AwsError("InvalidAMIID.Unavailable", told)
    return there[id_]


def no_image(id_: str) -> AwsError:
    return AwsError("InvalidAMIID.NotFound", f"The image id '[{id_}]' does not exist")


def _resolved(call: Call, parameter: str) -> str:
    found = call.world("ssm").get_parameter(parameter)
    if found is None:
        told = f"The parameter {parameter} does not exist"
        raise AwsError("InvalidParameterValue", told)
    return str(found.value)


def subnet(call: Call, data: Data) -> Any:
    """Where it is said, or the default subnet of the zone that is said, or else of any."""
    ec2 = call.world("ec2")
    id_ = data.get("SubnetId") or interface(data).get("SubnetId")
    if id_:
        return _subnet_with(ec2, id_)
    zone = (data.get("Placement") or {}).get("AvailabilityZone")
    defaults = ec2.get_default_subnets()
    if not defaults:
        raise AwsError("VPCIdNotSpecified", "No default VPC for this user")
    if zone and zone not in defaults:
        told = f"Value ({zone}) for parameter availabilityZone is invalid."
        raise AwsError("InvalidParameterValue", told)
    suits = [z for z in sorted(defaults) if not unsupported(call, _pool(z, data))]
    return defaults[zone or (suits or sorted(defaults))[0]]


def _pool(zone: str, data: Data) -> Pool:
    return Pool(zone, data.get("InstanceType", USUAL_TYPE), "on-demand")


def _subnet_with(ec2: Any, id_: str) -> Any:
    for subnets in ec2.subnets.values():
        if id_ in subnets:
            return subnets[id_]
    raise AwsError("InvalidSubnetID.NotFound", f"The subnet ID '{id_}' does not exist")


def groups(call: Call, data: Data, vpc: str) -> list[Any]:
    """The VPC's own group where none is said."""
    there = call.world("ec2").groups
    all_groups = {id_: group for of_vpc in there.values() for id_, group in of_vpc.items()}
    ids = [*(data.get("SecurityGroupIds") or ()), *(interface(data).get("Groups") or ())]
    ids += _ids(there[vpc], data.get("SecurityGroups") or ())
    for id_ in ids:
        if id_ not in all_groups:
            raise _no_group(id_)
        if all_groups[id_].vpc_id != vpc:
            told = f"Security group {id_} and the subnet belong to different networks."
            raise AwsError("InvalidParameter", told)
    default = [group for group in there[vpc].values() if group.name == "default"]
    return [all_groups[id_] for id_ in ids] or default


def _ids(there: Mapping[str, Any], names: Sequence[str]) -> Iterator[str]:
    by_name = {group.name: id_ for id_, group in there.items()}
    for name in names:
        if name not in by_name:
            raise _no_group(name)
        yield by_name[name]


def _no_group(name: str) -> AwsError:
    return AwsError("InvalidGroup.NotFound", f"The security group '{name}' does not exist")


def profile(call: Call, said: Mapping[str, str]) -> Any:
    """Seen on AWS: https://github.com/hashicorp/terraform-provider-aws/issues/27516"""
    if not said:
        return None
    for one in call.world("iam").instance_profiles.values():
        if said.get("Name") == one.name or said.get("Arn") == one.arn:
            return one
    word, value = ("name", said["Name"]) if "Name" in said else ("arn", said.get("Arn"))
    told = f"Value ({value}) for parameter iamInstanceProfile.{word} is invalid."
    raise AwsError("InvalidParameterValue", f"{told} Invalid IAM Instance Profile {word}")
