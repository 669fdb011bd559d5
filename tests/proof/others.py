"""What others have in the account: some of it is referred to, and none of it is to be touched."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

from tests.proof.specs import Around
from tests.world import Clients, world

_NAME = "theirs"


def _policy(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Deny", **statement}})


_MADE: Mapping[str, Callable[[Clients], Any]] = {
    "KeyPair": lambda aws: aws("ec2").create_key_pair(KeyName=_NAME, KeyType="ed25519"),
    "SecurityGroup": lambda aws: aws("ec2").create_security_group(
        GroupName=_NAME, Description="Not yours"
    ),
    "Policy": lambda aws: aws("iam").create_policy(
        PolicyName=_NAME, PolicyDocument=_policy(Action="*", Resource="*")
    ),
    "Role": lambda aws: aws("iam").create_role(
        RoleName=_NAME,
        AssumeRolePolicyDocument=_policy(Action="sts:AssumeRole", Principal="*"),
    ),
    "Parameter": lambda aws: aws("ssm").put_parameter(Name=_NAME, Type="String", Value="x"),
    "Queue": lambda aws: aws("sqs").create_queue(QueueName=_NAME),
    "EventRule": lambda aws: aws("events").put_rule(
        Name=_NAME, EventPattern='{"source": ["theirs"]}'
    ),
}


def settle(aws: Clients, kinds: Collection[str]) -> Around:
    """Make something of each of these kinds, and a second VPC, in an empty account."""
    made = {kind: make(aws) for kind, make in _MADE.items() if kind in kinds}
    if "SecurityGroup" not in made:
        return Around("", "")
    vpc = aws("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    aws("ec2").create_tags(Resources=[vpc], Tags=[{"Key": "Name", "Value": "second"}])
    return Around(vpc, made["SecurityGroup"]["GroupId"])


def theirs(aws: Clients, kinds: Collection[str]) -> dict[str, Any]:
    """All that is theirs of these kinds; how often we use it is ours to say."""
    return {
        kind: {word: one for word, one in held.get(_NAME, {}).items() if word not in _USE}
        for kind, held in world(aws, kinds).items()
    }


_USE = ("AttachmentCount", "PermissionsBoundaryUsageCount")
