"""What is to be launched: what is asked for, and everything that it refers to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.sandbox.call import Call
from reconciler.sandbox.corrections import found
from reconciler.sandbox.corrections.found import USUAL_TYPE, Data
from reconciler.sandbox.errors import AwsError
from reconciler.sandbox.supply import Pool, Purchase


@dataclass(frozen=True)
class Launch:
    """An instance to be, and of what: moto's own image, subnet, groups and profile."""

    data: Data
    pool: Pool
    image: Any
    subnet: Any
    groups: Sequence[Any]
    profile: Any
    max_price: float | None


def tags_by_type(specifications: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    by_type: dict[str, dict[str, str]] = {}
    for one in specifications:
        tags = {tag["Key"]: tag.get("Value", "") for tag in one.get("Tags") or ()}
        by_type.setdefault(one["ResourceType"], {}).update(tags)
    return by_type


def merged(template: Mapping[str, Any], asked: Mapping[str, Any]) -> Data:
    """What is asked in place of what the template says; of tags, both.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-launch-templates.html
    """
    both = [*(template.get("TagSpecifications") or ()), *(asked.get("TagSpecifications") or ())]
    tags = [
        {"ResourceType": of, "Tags": [{"Key": k, "Value": v} for k, v in some.items()]}
        for of, some in tags_by_type(both).items()
    ]
    said = {name: part for name, part in asked.items() if part is not None}
    return {**template, **said, "TagSpecifications": tags}


def to_launch(call: Call, data: Data, purchase: Purchase, max_price: str | None) -> Launch:
    """Raises the AwsError of the first thing that is not there."""
    subnet = found.subnet(call, data)
    found.check_key(call, data.get("KeyName"))
    if purchase == "on-demand" and "spot-instances-request" in tags_by_type(
        data["TagSpecifications"]
    ):
        # Seen on AWS: https://github.com/aws/karpenter-provider-aws/issues/5850
        told = "You cannot specify tags for Spot instances requests if there are none."
        raise AwsError("InvalidParameterValue", told)
    return Launch(
        data=data,
        pool=Pool(subnet.availability_zone, data.get("InstanceType", USUAL_TYPE), purchase),
        image=found.image(call, data.get("ImageId")),
        subnet=subnet,
        groups=found.groups(call, data, subnet.vpc_id),
        profile=found.profile(call, data.get("IamInstanceProfile") or {}),
        max_price=float(max_price) if max_price else None,
    )
