"""pages: cut in two, and nothing lost or doubled for who follows the tokens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reconciler.sandbox import Sandbox

SEEDS = range(10)
TRUST = '{"Version": "2012-10-17", "Statement": []}'

Pages = list[dict[str, Any]]


def listed(client: Any, operation: str, **asked: Any) -> Pages:
    return [*client.get_paginator(operation).paginate(**asked)]


def roles(client: Any) -> Callable[[], list[list[str]]]:
    for number in range(5):
        client("iam").create_role(RoleName=f"r{number}", AssumeRolePolicyDocument=TRUST)
    return lambda: [
        [role["RoleName"] for role in page["Roles"]]
        for page in listed(client("iam"), "list_roles", PaginationConfig={"PageSize": 3})
    ]


WHOLE = [f"p{number}" for number in range(5)]


def parameters(client: Any) -> Callable[[], list[list[str]]]:
    for number in range(5):
        client("ssm").put_parameter(Name=f"p{number}", Type="String", Value="x")
    return lambda: [
        [parameter["Name"] for parameter in page["Parameters"]]
        for page in listed(client("ssm"), "describe_parameters", PaginationConfig={"PageSize": 3})
    ]


def groups(client: Any) -> Callable[[], list[list[str]]]:
    for number in range(5):
        client("ec2").create_security_group(GroupName=f"g{number}", Description="d")
    return lambda: [
        [group["GroupName"] for group in page["SecurityGroups"]]
        for page in listed(
            client("ec2"), "describe_security_groups", PaginationConfig={"PageSize": 5}
        )
    ]


def tagged(client: Any) -> Callable[[], list[list[str]]]:
    for number in range(5):
        client("ssm").put_parameter(
            Name=f"p{number}", Type="String", Value="x", Tags=[{"Key": "k", "Value": "v"}]
        )
    return lambda: [
        [entry["ResourceARN"] for entry in page["ResourceTagMappingList"]]
        for page in listed(client("resourcegroupstaggingapi"), "get_resources")
    ]


def details(client: Any) -> Callable[[], list[list[str]]]:
    for number in range(3):
        client("iam").create_role(RoleName=f"r{number}", AssumeRolePolicyDocument=TRUST)
        client("iam").create_user(UserName=f"u{number}")
    return lambda: [
        [entry["Arn"] for name in ("UserDetailList", "RoleDetailList") for entry in page[name]]
        for page in listed(
            client("iam"), "get_account_authorization_details", Filter=["User", "Role"]
        )
    ]


@pytest.mark.parametrize("listing", [roles, parameters, groups, tagged, details])
def test_who_follows_the_tokens_gets_everything_once(
    listing: Any, client: Any, sandbox: Sandbox
) -> None:
    look = listing(client)
    fair = look()
    whole = [name for page in fair for name in page]
    assert whole
    cut = []
    for seed in SEEDS:
        sandbox.weather("pages", seed)
        pages = look()
        assert [name for page in pages for name in page] == whole
        cut.append(len(pages) > len(fair))
    assert sum(cut) > len(cut) / 2


def test_in_which_order_weathers_are_named_makes_no_difference(
    client: Any, sandbox: Sandbox
) -> None:
    look, ssm = parameters(client), client("ssm")
    for seed in SEEDS:
        shown = []
        for name in ("pages,late", "late,pages"):
            sandbox.weather(name, seed)
            ssm.put_parameter(Name="p9", Type="String", Value="x")
            shown.append([look() for _ in range(4)])
            sandbox.turn(90)
            assert [name for page in look() for name in page] == [*WHOLE, "p9"]
            sandbox.weather("fair")
            ssm.delete_parameter(Name="p9")
        assert shown[0] == shown[1]


def test_some_pages_are_empty_and_go_on(client: Any, sandbox: Sandbox) -> None:
    look = parameters(client)
    empty = []
    for seed in SEEDS:
        sandbox.weather("pages", seed)
        empty += [page for page in look()[:-1] if not page]
    assert empty


def test_ec2_tells_all_at_once_who_does_not_ask_for_pages(client: Any, sandbox: Sandbox) -> None:
    groups(client)
    for seed in SEEDS:
        sandbox.weather("pages", seed)
        answer = client("ec2").describe_security_groups()
        assert "NextToken" not in answer
        assert len(answer["SecurityGroups"]) == 6
