"""echo: answers in other words, which mean the same."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from reconciler.sandbox import Sandbox

SEEDS = range(12)


def under_echo(sandbox: Sandbox, look: Callable[[], Any]) -> list[Any]:
    """What a look shows under one seed after the other."""
    shown = []
    for seed in SEEDS:
        sandbox.weather("echo", seed)
        shown.append(look())
    sandbox.weather("fair")
    return shown


def variants(shown: list[Any]) -> int:
    return len({json.dumps(one, default=str) for one in shown})


def rules(permissions: list[dict[str, Any]]) -> set[tuple[Any, ...]]:
    """One by one, without ports where there are none."""
    return {
        (p["IpProtocol"], *map(_port, (p.get("FromPort"), p.get("ToPort"))), kind, *source.items())
        for p in permissions
        for kind in ("IpRanges", "Ipv6Ranges", "PrefixListIds", "UserIdGroupPairs")
        for source in p.get(kind, ())
    }


def _port(port: int | None) -> int | None:
    return None if port == -1 else port


@pytest.fixture
def group(client: Any, sandbox: Sandbox) -> Callable[[], dict[str, Any]]:
    ec2 = client("ec2")
    id_ = ec2.create_security_group(GroupName="g", Description="d")["GroupId"]
    ranges = [{"CidrIp": f"10.{n}.0.0/16", "Description": f"n{n}"} for n in range(4)]
    tcp = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": ranges}
    everything = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": id_}]}
    ec2.authorize_security_group_ingress(GroupId=id_, IpPermissions=[tcp, everything])
    return lambda: dict(ec2.describe_security_groups(GroupIds=[id_])["SecurityGroups"][0])


def test_rules_are_split_joined_and_in_any_order_and_the_same(group: Any, sandbox: Sandbox) -> None:
    fair = group()["IpPermissions"]
    shown = under_echo(sandbox, lambda: group()["IpPermissions"])
    assert all(rules(one) == rules(fair) for one in shown)
    assert len({len(one) for one in shown}) > 2
    assert {p.get("FromPort") for one in shown for p in one if p["IpProtocol"] == "-1"} == {
        None,
        -1,
    }


TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": ["111122223333", "arn:aws:iam::444455556666:root"]},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": "x"}},
        }
    ],
}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_policies_are_reworded_and_say_the_same(client: Any, sandbox: Sandbox) -> None:
    iam = client("iam")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))
    look = lambda: iam.get_role(RoleName="r")["Role"]["AssumeRolePolicyDocument"]  # noqa: E731
    shown = under_echo(sandbox, look)
    statements = [listed(one["Statement"])[0] for one in shown]
    assert {type(one["Statement"]) for one in shown} == {list, dict}
    assert {type(one["Action"]) for one in statements} == {list, str}
    assert {listed(one["Action"])[0] for one in statements} == {"sts:AssumeRole"}
    accounts = [sorted(re.findall("[0-9]{12}", str(one["Principal"]))) for one in statements]
    assert set(map(tuple, accounts)) == {("111122223333", "444455556666")}
    assert all("arn:aws:iam::111122223333:root" in s["Principal"]["AWS"] for s in statements)
    assert len({tuple(one) for one in statements}) > 3
    assert all(s["Condition"] == TRUST["Statement"][0]["Condition"] for s in statements)  # type: ignore[index]


def test_tags_are_in_any_order_with_some_of_aws_s_own(client: Any, sandbox: Sandbox) -> None:
    ssm, tags = client("ssm"), [{"Key": f"k{n}", "Value": "v"} for n in range(4)]
    ssm.put_parameter(Name="p", Type="String", Value="x", Tags=tags)
    shown = under_echo(
        sandbox,
        lambda: [
            tag["Key"]
            for tag in ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="p")[
                "TagList"
            ]
        ],
    )
    assert all({f"k{n}" for n in range(4)} <= set(keys) for keys in shown)
    assert {len(keys) for keys in shown} == {4, 5}
    assert variants(shown) > 5


def test_documents_are_serialised_anew(client: Any, sandbox: Sandbox) -> None:
    ssm = client("ssm")
    steps: list[dict[str, Any]] = [
        {"action": "aws:runShellScript", "name": n, "inputs": {}} for n in ("b", "a")
    ]
    content = {"schemaVersion": "2.2", "description": "d", "mainSteps": steps}
    ssm.create_document(Name="says", DocumentType="Command", Content=json.dumps(content))
    shown = under_echo(sandbox, lambda: ssm.get_document(Name="says")["Content"])
    assert all(json.loads(one) == content for one in shown)
    assert variants(shown) > 5


def test_defaults_are_told_where_nothing_was_said(client: Any, sandbox: Sandbox) -> None:
    ssm = client("ssm")
    ssm.put_parameter(Name="p", Type="String", Value="x")
    shown = under_echo(
        sandbox, lambda: ssm.describe_parameters()["Parameters"][0].get("Description")
    )
    assert set(shown) == {None, ""}


def test_providers_come_back_in_other_cases_and_orders(client: Any, sandbox: Sandbox) -> None:
    iam = client("iam")
    given = {"ThumbprintList": ["ab" * 20, "cd" * 20], "ClientIDList": ["x", "y"]}
    arn = iam.create_open_id_connect_provider(Url="https://ci.example.com", **given)[
        "OpenIDConnectProviderArn"
    ]
    shown = under_echo(
        sandbox,
        lambda: {
            name: iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)[name]
            for name in given
        },
    )
    for one in shown:
        assert sorted(map(str.lower, one["ThumbprintList"])) == given["ThumbprintList"]
        assert sorted(one["ClientIDList"]) == given["ClientIDList"]
    assert variants(shown) > 4


def test_what_was_written_is_not_touched(group: Any, sandbox: Sandbox) -> None:
    before = group()
    under_echo(sandbox, group)
    assert group() == before
