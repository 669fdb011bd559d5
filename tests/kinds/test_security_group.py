"""Security groups: rules change by the difference alone, and circles need no help."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.laws.cases import Clients, document
from tests.world import world

GROUP = "SecurityGroup"


def rules(aws: Clients, name: str) -> dict[str, dict[str, Any]]:
    group = world(aws)[GROUP][f"ci-{name}"]["GroupId"]
    own = [{"Name": "group-id", "Values": [group]}]
    found = aws("ec2").describe_security_group_rules(Filters=own)["SecurityGroupRules"]
    return {rule["SecurityGroupRuleId"]: rule for rule in found}


def test_what_stays_open_is_never_closed(aws: Clients, converge: Any) -> None:
    ssh = "{protocol: tcp, ports: 22, cidrs: [10.0.0.0/8, 10.1.0.0/16]}"
    web = "{protocol: tcp, ports: 443, cidrs: [0.0.0.0/0]}"
    converge((GROUP, "a", f"{{description: A, ingress: [{ssh}, {web}]}}"))
    before = rules(aws, "a")
    less = "{protocol: tcp, ports: 22, cidrs: [10.0.0.0/8, 10.2.0.0/16]}"
    converge((GROUP, "a", f"{{description: A, ingress: [{less}, {web}]}}"))
    after = rules(aws, "a")
    # A rule keeps its id for as long as it is open.
    kept = {before[rule]["CidrIpv4"] for rule in before.keys() & after.keys()}
    assert kept == {"10.0.0.0/8", "0.0.0.0/0"}
    assert {rule["CidrIpv4"] for rule in after.values()} == {*kept, "10.2.0.0/16"}


def test_a_new_description_closes_nothing(aws: Clients, converge: Any) -> None:
    spec = "{description: A, ingress: [{protocol: tcp, ports: 22, cidrs: [10.0.0.0/8]%s}]}"
    converge((GROUP, "a", spec % ", description: The office"))
    before = rules(aws, "a")
    converge((GROUP, "a", spec % ", description: The new office"))
    after = rules(aws, "a")
    assert before.keys() == after.keys()
    assert "The new office" in {rule.get("Description") for rule in after.values()}
    converge((GROUP, "a", spec % ""))
    assert not any(rule.get("Description") for rule in rules(aws, "a").values())


def test_groups_that_refer_to_each_other_come_and_go(aws: Clients, converge: Any) -> None:
    def circle(*names: str) -> list[tuple[str, str, str]]:
        friends = "{description: X, ingress: [{protocol: tcp, ports: 1-9, groups: [%s]}]}"
        return [(GROUP, name, friends % ", ".join(names)) for name in names]

    made = converge(*circle("a", "b", "c"))
    assert "3 created" in made.out
    assert len(rules(aws, "a")) == 4
    converge(*circle("a"))
    assert len(rules(aws, "a")) == 2
    converge()
    assert world(aws)[GROUP] == {}


def test_a_group_that_others_refer_to_can_be_replaced(aws: Clients, converge: Any) -> None:
    refers = "{description: B, ingress: [{protocol: tcp, ports: 22, groups: [a]}]}"
    converge((GROUP, "a", "{description: A}"), (GROUP, "b", refers))
    replaced = converge((GROUP, "a", "{description: Another A}"), (GROUP, "b", refers))
    assert "± replace SecurityGroup/a" in replaced.out
    assert "in use by security group ci-b" in replaced.out
    assert "lets go of SecurityGroup/a, which is replaced, and takes it back" in replaced.out


def test_a_replacement_names_the_machines_that_would_be_hurt(
    aws: Clients, converge: Any, desired: Callable[..., None], reconcile: Any
) -> None:
    converge((GROUP, "a", "{description: A}"))
    group = world(aws)[GROUP]["ci-a"]["GroupId"]
    image = aws("ec2").describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    ran = aws("ec2").run_instances(ImageId=image, MinCount=1, MaxCount=1, SecurityGroupIds=[group])
    desired(document(GROUP, "a", "{description: Another}"))
    planned = reconcile("plan")
    assert f"in use by instance {ran['Instances'][0]['InstanceId']}" in planned.out
    assert "description  A → Another  forces the replacement" in planned.out


def test_a_group_of_another_vpc_may_have_the_same_name(aws: Clients, converge: Any) -> None:
    vpc = aws("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    aws("ec2").create_security_group(GroupName="ci-a", Description="Not yours", VpcId=vpc)
    converge((GROUP, "a", "{description: A}"))
    groups = aws("ec2").describe_security_groups()["SecurityGroups"]
    assert sorted(g["Description"] for g in groups if g["GroupName"] == "ci-a") == [
        "A",
        "Not yours",
    ]


def test_a_vpc_that_is_not_there_or_not_the_only_one_is_told_before_anything_changes(
    aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    desired(document(GROUP, "a", "{description: A, vpc: {tags: {Name: ci}}}"))
    assert "no VPC with the tags Name=ci" in reconcile("plan").out
    for _ in range(2):
        vpc = aws("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        aws("ec2").create_tags(Resources=[vpc], Tags=[{"Key": "Name", "Value": "ci"}])
    refused = reconcile("apply", "--yes")
    assert refused.status == 1
    assert "more than one" in refused.out
    assert world(aws)[GROUP] == {}


def test_a_copy_that_carries_our_tags_is_told_of_and_left_alone(
    aws: Clients, converge: Any, reconcile: Any
) -> None:
    converge((GROUP, "a", "{description: A}"))
    tags = world(aws)[GROUP]["ci-a"]["Tags"]
    specification = [{"ResourceType": "security-group", "Tags": tags}]
    copy = aws("ec2").create_security_group(
        GroupName="copy", Description="Copied by hand", TagSpecifications=specification
    )
    planned = reconcile("plan", "--detailed-exitcode")
    assert planned.status == 0
    assert f"copy ({copy['GroupId']}) says it is SecurityGroup/a too" in planned.out
