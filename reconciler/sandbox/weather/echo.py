"""Answers that say the same in other words, as AWS's do: what was written comes back reworded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any
from urllib.parse import unquote

from reconciler.sandbox.call import Onward
from reconciler.sandbox.weather.documents import reserialised, reworded
from reconciler.sandbox.weather.rules import regrouped
from reconciler.sandbox.weather.sky import Moment
from reconciler.sandbox.wire import Answer, Parameters, structures

_Rewording = Callable[[Random, dict[str, Any]], None]
"""Rewords one part of an answer in its place; parts without the thing stay."""


def echo(moment: Moment, parameters: Parameters, onward: Onward) -> Answer:
    """Every answer of a call in words of its own."""
    answer, dice = onward(parameters), moment.luck("echo")
    rewordings = (*_ALWAYS, *_OF.get((moment.call.service, moment.call.operation), ()))
    for part in [*structures(answer)]:
        for reword in rewordings:
            reword(dice, part)
    return answer


def _tags(dice: Random, part: dict[str, Any]) -> None:
    """In any order, with tags that AWS itself has put there.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions
    """
    for name in ("Tags", "TagList"):
        tags = part.get(name)
        # SQS has them as a mapping.
        if isinstance(tags, list) and tags and "Key" in tags[0]:
            if dice.random() < 0.5:
                tags.append({"Key": "aws:cloudformation:stack-name", "Value": "elsewhere"})
            dice.shuffle(tags)


def _in_any_order(*names: str) -> _Rewording:
    def reword(dice: Random, part: dict[str, Any]) -> None:
        for name in names:
            if isinstance(part.get(name), list):
                dice.shuffle(part[name])

    return reword


def _defaults(**values: Any) -> _Rewording:
    """Told where nothing was said, now and then."""

    def reword(dice: Random, part: dict[str, Any]) -> None:
        if _MARKS & part.keys() and dice.random() < 0.5:
            part.update({name: value for name, value in values.items() if name not in part})

    return reword


# What tells the description of a resource from other structures in an answer.
_MARKS = {"RoleName", "PolicyName", "Type"}


def _policies(dice: Random, part: dict[str, Any]) -> None:
    for name in ("AssumeRolePolicyDocument", "PolicyDocument", "Document"):
        if isinstance(part.get(name), str):
            part[name] = reworded(dice, part[name])


def _attributes(dice: Random, part: dict[str, Any]) -> None:
    """A queue's policies, which are texts without IAM's encoding.

    Seen on AWS: https://github.com/hashicorp/terraform-provider-aws/issues/24046
    """
    if part.get("Policy"):
        part["Policy"] = unquote(reworded(dice, part["Policy"]))
    if part.get("RedrivePolicy"):
        part["RedrivePolicy"] = reserialised(dice, part["RedrivePolicy"])


def _rules(dice: Random, part: dict[str, Any]) -> None:
    for name in ("IpPermissions", "IpPermissionsEgress"):
        if name in part:
            part[name] = regrouped(dice, part[name])


def _content(dice: Random, part: dict[str, Any]) -> None:
    if "Content" in part:
        part["Content"] = reserialised(dice, part["Content"])


def _thumbprints(dice: Random, part: dict[str, Any]) -> None:
    """In a case of AWS's choice: https://github.com/crossplane-contrib/provider-upjet-aws/issues/1106"""
    part["ThumbprintList"] = [
        dice.choice([str.upper, str.lower])(one) for one in part.get("ThumbprintList", ())
    ]


_ALWAYS: Sequence[_Rewording] = (_tags,)

# Of lists no page promises an order but for those that say so.
_ROLES = (
    _policies,
    _in_any_order("Roles", "RoleDetailList", "AttachedManagedPolicies", "RolePolicyList"),
    _in_any_order("Policies", "PolicyVersionList"),
)
_OF: Mapping[tuple[str, str], Sequence[_Rewording]] = {
    ("ec2", "DescribeKeyPairs"): (_in_any_order("KeyPairs"),),
    ("ec2", "DescribeSecurityGroups"): (_rules, _in_any_order("SecurityGroups")),
    ("iam", "GetAccountAuthorizationDetails"): _ROLES,
    ("iam", "ListRoles"): (*_ROLES, _defaults(Description="", MaxSessionDuration=3600)),
    ("iam", "GetRole"): _ROLES,
    ("iam", "GetRolePolicy"): _ROLES,
    ("iam", "GetPolicyVersion"): _ROLES,
    ("iam", "GetPolicy"): (_defaults(Description=""),),
    ("iam", "ListAttachedRolePolicies"): (_in_any_order("AttachedPolicies"),),
    ("iam", "ListInstanceProfiles"): (_policies, _in_any_order("InstanceProfiles")),
    ("iam", "GetOpenIDConnectProvider"): (
        _thumbprints,
        _in_any_order("ThumbprintList", "ClientIDList"),
    ),
    ("events", "ListRules"): (_in_any_order("Rules"),),
    ("events", "ListTargetsByRule"): (_in_any_order("Targets"),),
    ("sqs", "GetQueueAttributes"): (_attributes,),
    ("sqs", "ListQueues"): (_in_any_order("QueueUrls"),),
    ("resourcegroupstaggingapi", "GetResources"): (_in_any_order("ResourceTagMappingList"),),
    ("ssm", "DescribeParameters"): (
        _in_any_order("Parameters"),
        _defaults(Description="", Policies=[], DataType="text", Tier="Standard"),
    ),
    ("ssm", "GetParameters"): (_in_any_order("Parameters"),),
    ("ssm", "GetDocument"): (_content,),
    ("ssm", "ListDocuments"): (_in_any_order("DocumentIdentifiers"),),
}
