"""What calls of ours need of IAM, as data: actions, on what, and when.

Which action knows which resources and conditions is told here:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from reconciler.fields.tags import ESTATE

Condition = Mapping[str, Mapping[str, tuple[str, ...]]]


class Grant(NamedTuple):
    """A part of a statement; all parts that have its name make up one."""

    sid: str
    actions: tuple[str, ...]
    on: tuple[str, ...] = ("*",)
    """ARNs. In braces stand words that the estate fills in, among them the kinds: for each, what
    AWS calls its resources."""
    when: Condition | None = None


def looks(*actions: str) -> Grant:
    """Actions that only look, at everything.

    Most can't be had for less. The others tell hardly more than the lists do, and an import has to
    see what is nobody's yet.
    """
    return Grant("Look", actions)


# Names of security groups are in no ARN, and key pairs are deleted and tagged by id: so both are
# known by the estate's tag, as in AWS's own example.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_ec2_securitygroups-vpc.html
_ON_IT, _ASKED_FOR = f"aws:ResourceTag/{ESTATE}", f"aws:RequestTag/{ESTATE}"
_OURS: Condition = {"StringEquals": {_ON_IT: ("{estate}",)}}
_BORN_OURS: Condition = {"StringEquals": {_ASKED_FOR: ("{estate}",)}}
_NOT_ANOTHERS: Condition = {
    "StringEqualsIfExists": {_ON_IT: ("{estate}",), _ASKED_FOR: ("{estate}",)}
}


def ec2_made(actions: tuple[str, ...], arn: str) -> Grant:
    """Make what carries the estate's tag from its beginning."""
    return Grant("Ec2Create", actions, (arn,), _BORN_OURS)


def ec2_changed(actions: tuple[str, ...], arn: str) -> tuple[Grant, ...]:
    """Change what carries the estate's tag, and tag it or what nobody's tag is on.

    A creation needs ec2:CreateTags as well, for the tags that come with it; an adoption needs it
    for what has no tag of ours. Neither can take what is another estate's.
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html
    """
    return (
        Grant("Ec2Change", (*actions, "ec2:DeleteTags"), (arn,), _OURS),
        Grant("Ec2Tag", ("ec2:CreateTags",), (arn,), _NOT_ANOTHERS),
    )


def regional(sid: str, what: str, *actions: str) -> Grant:
    """Make and change what its ARN names, told as `service:name`, tags of new ones included."""
    service, _, name = what.partition(":")
    return Grant(sid, actions, (f"arn:{{partition}}:{service}:{{region}}:{{account}}:{name}",))


def parameters(*names: str) -> Grant:
    """Write and delete parameters of SSM; tags of a new one need AddTagsToResource."""
    return Grant(
        "Parameters",
        (
            "ssm:AddTagsToResource",
            "ssm:DeleteParameter",
            "ssm:PutParameter",
            "ssm:RemoveTagsFromResource",
        ),
        tuple(f"arn:{{partition}}:ssm:{{region}}:{{account}}:parameter/{name}" for name in names),
    )


def encryption(keys: Iterable[str]) -> list[Grant]:
    """Have SSM encrypt and decrypt with these keys, each by its id, its ARN or its alias.

    SSM's own key lets in everybody who may use the parameter, so it needs nothing.
    https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html
    https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html
    https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
    """
    return [_encryption(key) for key in sorted(keys) if not key.endswith(_SSMS_OWN)]


_SSMS_OWN = "alias/aws/ssm"
_HERE = "arn:{partition}:kms:{region}:{account}:"


def _encryption(key: str) -> Grant:
    # Decrypt for values and, as GenerateDataKey, for advanced parameters; Encrypt for the others.
    actions = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey")
    # How the service's name ends depends on the partition.
    by_ssm: Condition = {"StringLike": {"kms:ViaService": ("ssm.*",)}}
    place, alias, name = key.rpartition("alias/")
    if alias:
        named = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": (f"alias/{name}",)}}
        return Grant("KmsAliases", actions, (f"{place or _HERE}key/*",), {**by_ssm, **named})
    arn = key if key.startswith("arn:") else f"{_HERE}key/{key}"
    return Grant("KmsKeys", actions, (arn,), by_ssm)


def iam(sid: str, what: str, *operations: str, paths: Iterable[str] = ("", "*/")) -> Grant:
    """Change one sort of things in IAM, under whatever path.

    Nothing narrows what they hold, since documents say that: to let somebody write them is to give
    what they can give.
    """
    sort, _, name = what.partition("/")
    arns = (f"arn:{{partition}}:iam::{{account}}:{sort}/{path}{name}" for path in paths)
    return Grant(sid, tuple(f"iam:{operation}" for operation in operations), tuple(arns))


PASS_ROLE = Grant(
    "PassRole",
    ("iam:PassRole",),
    ("arn:{partition}:iam::{account}:role/{Role}",),
    {"StringLike": {"iam:PassedToService": ("ec2.*",)}},
)
"""Launch instances that have a role of the estate's."""


def tag_launched(region: str, *calls: str) -> Grant:
    """Tag what these calls of EC2 make, as they make it."""
    return Grant(
        "TagLaunched",
        ("ec2:CreateTags",),
        (f"arn:{{partition}}:ec2:{region}:{{account}}:*/*",),
        {"StringEquals": {"ec2:CreateAction": calls}},
    )


def spot_role(*services: str) -> Grant:
    """Make the role by which these services of AWS buy spot instances, where there is none yet."""
    by: Condition = {"StringLike": {"iam:AWSServiceName": services}}
    return Grant("SpotServiceRole", ("iam:CreateServiceLinkedRole",), ("*",), by)
