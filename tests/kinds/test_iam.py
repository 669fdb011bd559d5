"""Roles, policies and instance profiles: never more power than either state, and AWS's limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.laws.cases import BYSTANDER, Clients, document
from tests.world import world

TRUST = (
    '{Version: "2012-10-17", Statement: [{Effect: Allow, Action: "sts:AssumeRole", '
    "Principal: {%s}}]}"
)
EC2 = TRUST % "Service: ec2.amazonaws.com"


def policy(*actions: str) -> str:
    return (
        f'{{Version: "2012-10-17", Statement: {{Effect: Allow, Action: {list(actions)}, '
        "Resource: '*'}}"
    )


def test_a_policy_changes_more_often_than_aws_keeps_versions(aws: Clients, converge: Any) -> None:
    for number in range(8):
        converge(("Policy", "a", f"{{document: {policy(f's3:Get{number}')}}}"))
    versions = world(aws)["Policy"]["ci-a"]["Versions"]
    assert len(versions) == 5
    current = next(version for version in versions if version["IsDefaultVersion"])
    assert current["Document"]["Statement"]["Action"] == "s3:Get7"


@pytest.mark.parametrize(
    "other",
    [
        '{Version: "2012-10-17", Statement: [{Effect: Allow, Action: ["s3:Get", "s3:Put"], '
        "Resource: ['*']}]}",
        '{Statement: {Resource: "*", Action: ["s3:Put", "s3:Get"], Effect: Allow}, '
        'Version: "2012-10-17"}',
    ],
)
def test_the_same_policy_in_other_words_is_no_difference(
    other: str, converge: Any, desired: Callable[..., None], reconcile: Any
) -> None:
    converge(("Policy", "a", f"{{document: {policy('s3:Get', 's3:Put')}}}"))
    desired(document("Policy", "a", f"{{document: {other}}}"))
    assert reconcile("plan", "--detailed-exitcode").status == 0


def test_an_account_and_the_arn_of_its_root_are_the_same_principal(
    converge: Any, desired: Callable[..., None], reconcile: Any
) -> None:
    account = TRUST % "AWS: '123456789012'"
    converge(("Role", "a", f"{{trustPolicy: {account}}}"))
    root = TRUST % "AWS: 'arn:aws:iam::123456789012:root'"
    desired(document("Role", "a", f"{{trustPolicy: {root}}}"))
    assert reconcile("plan", "--detailed-exitcode").status == 0


def test_a_policy_shows_by_statement(
    converge: Any, desired: Callable[..., None], reconcile: Any
) -> None:
    two = (
        '{Version: "2012-10-17", Statement: [{Sid: Read, Effect: Allow, Action: "s3:Get*", '
        'Resource: "*"}, {Sid: Write, Effect: Allow, Action: "%s", Resource: "*"}]}'
    )
    converge(("Policy", "a", f"{{document: {two % 's3:Put*'}}}"))
    desired(document("Policy", "a", f"{{document: {two % 's3:PutObject'}}}"))
    planned = reconcile("plan").out
    assert "document.Write.Action" in planned
    assert "Read" not in planned


def test_a_role_whose_boundary_is_replaced_keeps_no_power_meanwhile(
    aws: Clients, converge: Any
) -> None:
    role = (
        f"{{trustPolicy: {EC2}, permissionsBoundary: bound, managedPolicies: [bound], "
        f"inlinePolicies: {{a: {policy('s3:*')}}}}}"
    )
    bound = f"{{document: {policy('s3:*')}, description: %s}}"
    converge(("Policy", "bound", bound % "Old"), ("Role", "a", role))
    replaced = converge(("Policy", "bound", bound % "New"), ("Role", "a", role))
    assert "± replace Policy/bound" in replaced.out
    assert "in use by role ci-a" in replaced.out
    there = world(aws)["Role"]["ci-a"]
    assert there["PermissionsBoundary"]["PermissionsBoundaryArn"].endswith("policy/ci-bound")
    assert list(there["Inline"]) == ["a"]


def test_a_role_held_by_somebody_elses_profile_is_told_and_the_rest_goes_on(
    aws: Clients, converge: Any, desired: Callable[..., None], reconcile: Any
) -> None:
    converge(("Role", "a", f"{{trustPolicy: {EC2}}}"), ("Role", "b", f"{{trustPolicy: {EC2}}}"))
    aws("iam").create_instance_profile(InstanceProfileName="theirs")
    aws("iam").add_role_to_instance_profile(InstanceProfileName="theirs", RoleName="ci-a")
    desired(BYSTANDER)
    applied = reconcile("apply", "--yes")
    assert applied.status == 1
    assert "in use by instance profile theirs" in applied.out
    assert "✗ Role/a failed" in applied.out
    assert "DeleteConflict" in applied.out
    assert list(world(aws)["Role"]) == ["ci-a"]


def test_what_needs_a_failed_thing_is_skipped_and_told_and_comes_later(
    aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    gone = "arn:aws:iam::123456789012:policy/gone"
    documents = [
        document("Role", "a", f"{{trustPolicy: {EC2}, managedPolicies: ['{gone}']}}"),
        document("InstanceProfile", "a", "{role: a}"),
        document("InstanceProfile", "b", "{}"),
    ]
    desired(*documents)
    applied = reconcile("apply", "--yes")
    assert applied.status == 1
    assert "✗ Role/a failed" in applied.out
    assert "· InstanceProfile/a skipped" in applied.out
    assert "it needs Role/a" in applied.out
    assert "✓ InstanceProfile/b created" in applied.out
    allowed = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}'
    aws("iam").create_policy(PolicyName="gone", PolicyDocument=allowed)
    assert reconcile("apply", "--yes").status == 0
    assert reconcile("plan", "--detailed-exitcode").status == 0


def test_a_role_that_trusts_another_trusts_the_one_that_comes_in_its_place(
    aws: Clients, converge: Any, desired: Callable[..., None], reconcile: Any
) -> None:
    other = TRUST % "AWS: 'arn:aws:iam::123456789012:role/ci-b'"
    b = ("Role", "b", f"{{trustPolicy: {EC2}}}")
    converge(b)
    converge(("Role", "a", f"{{trustPolicy: {other}}}"), b)
    aws("iam").delete_role(RoleName="ci-b")
    # IAM keeps whom the other trusted, who is gone.
    planned = reconcile("plan").out
    assert "create Role/b" in planned
    assert "update Role/a" in planned
    # Where the one is told of the other before that is there, the next pass tells it.
    reconcile("apply", "--yes")
    assert reconcile("apply", "--yes").status == 0
    assert reconcile("plan", "--detailed-exitcode").status == 0
    trusted = world(aws)["Role"]["ci-a"]["AssumeRolePolicyDocument"]["Statement"]["Principal"]
    assert trusted == {"AWS": "arn:aws:iam::123456789012:role/ci-b"}
