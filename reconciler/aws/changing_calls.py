"""Which calls change a resource of each kind, and which resource CloudTrail says that one changed.

Other calls name a resource and leave it as it is: a launch its security groups and key pair, and
what attaches a policy to a role changes the role.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

Event = Mapping[str, Any]
"""One event as CloudTrail's JSON has it.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""


class Calls(NamedTuple):
    """The calls that change resources of a kind."""

    source: str
    subjects: tuple[str, ...]
    """The parameters that name the resource, as CloudTrail spells them."""
    names: tuple[str, ...]


EC2, IAM, SSM = "ec2.amazonaws.com", "iam.amazonaws.com", "ssm.amazonaws.com"
SQS, EVENTS = "sqs.amazonaws.com", "events.amazonaws.com"
_EC2_TAGS = ("CreateTags", "DeleteTags")
_SSM_TAGS = ("AddTagsToResource", "RemoveTagsFromResource")

CALLS = {
    "KeyPair": Calls(
        EC2,
        ("keyName", "keyPairId", "resourceId"),
        ("CreateKeyPair", "ImportKeyPair", "DeleteKeyPair", *_EC2_TAGS),
    ),
    # Not by groupName, which a group of another VPC may have too: answers tell the id.
    "SecurityGroup": Calls(
        EC2,
        ("groupId", "resourceId"),
        (
            "CreateSecurityGroup",
            "DeleteSecurityGroup",
            "AuthorizeSecurityGroupIngress",
            "AuthorizeSecurityGroupEgress",
            "RevokeSecurityGroupIngress",
            "RevokeSecurityGroupEgress",
            "ModifySecurityGroupRules",
            "UpdateSecurityGroupRuleDescriptionsIngress",
            "UpdateSecurityGroupRuleDescriptionsEgress",
            *_EC2_TAGS,
        ),
    ),
    "Policy": Calls(
        IAM,
        ("policyArn", "policyName"),
        (
            "CreatePolicy",
            "DeletePolicy",
            "CreatePolicyVersion",
            "DeletePolicyVersion",
            "SetDefaultPolicyVersion",
            "TagPolicy",
            "UntagPolicy",
        ),
    ),
    "Role": Calls(
        IAM,
        ("roleName",),
        (
            "CreateRole",
            "DeleteRole",
            "UpdateRole",
            "UpdateRoleDescription",
            "UpdateAssumeRolePolicy",
            "AttachRolePolicy",
            "DetachRolePolicy",
            "PutRolePolicy",
            "DeleteRolePolicy",
            "PutRolePermissionsBoundary",
            "DeleteRolePermissionsBoundary",
            "TagRole",
            "UntagRole",
        ),
    ),
    "InstanceProfile": Calls(
        IAM,
        ("instanceProfileName",),
        (
            "CreateInstanceProfile",
            "DeleteInstanceProfile",
            "AddRoleToInstanceProfile",
            "RemoveRoleFromInstanceProfile",
            "TagInstanceProfile",
            "UntagInstanceProfile",
        ),
    ),
    "OIDCProvider": Calls(
        IAM,
        ("openIDConnectProviderArn",),
        (
            "CreateOpenIDConnectProvider",
            "DeleteOpenIDConnectProvider",
            "AddClientIDToOpenIDConnectProvider",
            "RemoveClientIDFromOpenIDConnectProvider",
            "UpdateOpenIDConnectProviderThumbprint",
            "TagOpenIDConnectProvider",
            "UntagOpenIDConnectProvider",
        ),
    ),
    "Parameter": Calls(
        SSM,
        ("name", "names", "resourceId"),
        ("PutParameter", "DeleteParameter", "DeleteParameters", *_SSM_TAGS),
    ),
    "Document": Calls(
        SSM,
        ("name", "resourceId"),
        (
            "CreateDocument",
            "DeleteDocument",
            "UpdateDocument",
            "UpdateDocumentDefaultVersion",
            *_SSM_TAGS,
        ),
    ),
    "Queue": Calls(
        SQS,
        ("queueName", "queueUrl"),
        (
            "CreateQueue",
            "DeleteQueue",
            "SetQueueAttributes",
            "AddPermission",
            "RemovePermission",
            "TagQueue",
            "UntagQueue",
        ),
    ),
    "EventRule": Calls(
        EVENTS,
        ("name", "rule", "resourceARN"),
        (
            "PutRule",
            "DeleteRule",
            "EnableRule",
            "DisableRule",
            "PutTargets",
            "RemoveTargets",
            "TagResource",
            "UntagResource",
        ),
    ),
}


def changed(event: Event, kind: str, *names: str) -> bool:
    """Whether one of the kind's calls has changed what goes by one of the names.

    A call that was refused, or only tried, has an errorCode.
    """
    calls, asked = CALLS[kind], event.get("requestParameters") or {}
    return (
        event["eventSource"] == calls.source
        and not event.get("errorCode")
        # SSM tags parameters and documents by one call, and they may be namesakes.
        and asked.get("resourceType", kind) == kind
        and any(name in names for name in _subjects(event, calls.subjects))
    )


def _subjects(event: Event, parameters: tuple[str, ...]) -> Iterator[str]:
    for name, value in _told(event):
        if name[:1].lower() + name[1:] in parameters:
            for subject in value if isinstance(value, list) else [value]:
                # A queue's URL ends with its name.
                yield subject.rpartition("/")[2] if name == "queueUrl" else subject


def _told(event: Event) -> Iterator[tuple[str, Any]]:
    """What was asked and answered, without what lies deeper than a resource's own name.

    EC2's sets are opened, and so are the requests of its newer calls, which are wrapped and have
    capital letters: https://github.com/wazuh/wazuh/issues/17814
    """
    for part in ("requestParameters", "responseElements"):
        for name, value in (event.get(part) or {}).items():
            yield name, value
            if name.endswith("Request") and value:
                yield from value.items()
            elif name.endswith("Set") and value:
                yield from (told for item in value.get("items", ()) for told in item.items())
