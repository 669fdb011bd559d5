"""The tests' own shortcuts to an empty world: nothing of one world is in the next."""

from __future__ import annotations

from typing import Any

from reconciler.sandbox import Sandbox
from tests.sandbox.conftest import Client

OF_AWS = "arn:aws:iam::aws:policy/ReadOnlyAccess"
TRUST = '{"Version": "2012-10-17", "Statement": []}'


def _had(client: Client) -> Any:
    policy = client("iam").get_policy(PolicyArn=OF_AWS)["Policy"]
    names = [pair["KeyName"] for pair in client("ec2").describe_key_pairs()["KeyPairs"]]
    return names, policy["AttachmentCount"], len(client("iam").list_roles()["Roles"])


def test_a_world_has_what_aws_puts_there_and_nothing_of_the_last_one(
    client: Client, sandbox: Sandbox
) -> None:
    client("ec2").create_key_pair(KeyName="mine")
    client("iam").create_role(RoleName="mine", AssumeRolePolicyDocument=TRUST)
    client("iam").attach_role_policy(RoleName="mine", PolicyArn=OF_AWS)
    assert _had(client) == (["mine"], 1, 1)
    sandbox.reset()
    assert _had(client) == ([], 0, 0)
    assert len(client("ec2").describe_images(Owners=["amazon"])["Images"]) > 50
