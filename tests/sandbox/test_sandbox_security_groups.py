"""What AWS does with security groups and their rules."""

from __future__ import annotations

from typing import Any

import pytest

ANYWHERE = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}


@pytest.fixture
def ec2(client: Any) -> Any:
    return client("ec2")


@pytest.fixture
def vpc(ec2: Any) -> str:
    """A VPC that is not the default one."""
    return str(ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])


@pytest.fixture
def group(ec2: Any, vpc: str) -> str:
    return made(ec2, "group", vpc)


def made(ec2: Any, name: str, vpc: str) -> str:
    answer = ec2.create_security_group(GroupName=name, Description="a test", VpcId=vpc)
    return str(answer["GroupId"])


def ssh(**source: Any) -> list[dict[str, Any]]:
    return [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, **source}]


def range_(cidr: str, description: str = "") -> dict[str, Any]:
    told = {"Description": description} if description else {}
    return {"IpRanges": [{"CidrIp": cidr, **told}]}


def ingress(ec2: Any, group: str) -> Any:
    """The ingress permissions, without the lists that are empty."""
    shown = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
    return [{k: v for k, v in one.items() if v != []} for one in shown["IpPermissions"]]


def test_addresses_are_kept_in_their_canonical_form(ec2: Any, group: str) -> None:
    answer = ec2.authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=ssh(**range_("10.1.2.3/8"), Ipv6Ranges=[{"CidrIpv6": "2001:DB8:0:0::1/32"}]),
    )
    told = [(r.get("CidrIpv4"), r.get("CidrIpv6")) for r in answer["SecurityGroupRules"]]
    assert told == [("10.0.0.0/8", None), (None, "2001:db8::/32")]
    (shown,) = ingress(ec2, group)
    assert shown["IpRanges"] == [{"CidrIp": "10.0.0.0/8"}]
    assert shown["Ipv6Ranges"] == [{"CidrIpv6": "2001:db8::/32"}]


def test_what_is_no_address_is_refused(ec2: Any, group: str, refused: Any) -> None:
    with refused("InvalidParameterValue"):
        ec2.authorize_security_group_ingress(
            GroupId=group, IpPermissions=ssh(**range_("300.0.0.0/8"))
        )


@pytest.mark.parametrize(
    ("first", "again"),
    [
        (range_("10.0.0.0/8"), range_("10.1.2.3/8")),
        (range_("10.0.0.0/8", "one"), range_("10.0.0.0/8", "other")),
        (
            {"PrefixListIds": [{"PrefixListId": "pl-12345678", "Description": "one"}]},
            {"PrefixListIds": [{"PrefixListId": "pl-12345678"}]},
        ),
    ],
)
def test_the_same_rule_is_refused_whatever_its_spelling_and_description(
    ec2: Any, group: str, refused: Any, first: Any, again: Any
) -> None:
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=ssh(**first))
    with refused("InvalidPermission.Duplicate"):
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=ssh(**again))


def test_the_same_group_is_the_same_rule_with_another_description(
    ec2: Any, group: str, refused: Any
) -> None:
    for description in ("one", "other"):
        pair = {"GroupId": group, "Description": description}
        call = {"GroupId": group, "IpPermissions": ssh(UserIdGroupPairs=[pair])}
        if description == "one":
            ec2.authorize_security_group_ingress(**call)
    with refused("InvalidPermission.Duplicate"):
        ec2.authorize_security_group_ingress(**call)


def test_a_duplicate_is_told_in_aws_s_words(ec2: Any, group: str) -> None:
    with pytest.raises(ec2.exceptions.ClientError) as caught:
        ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[ANYWHERE])
    told = 'the specified rule "peer: 0.0.0.0/0, ALL, ALLOW" already exists'
    assert caught.value.response["Error"]["Message"] == told


def test_rules_are_authorized_all_or_none(ec2: Any, group: str, refused: Any) -> None:
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=ssh(**range_("10.0.0.0/8")))
    with refused("InvalidPermission.Duplicate"):
        ec2.authorize_security_group_ingress(
            GroupId=group,
            IpPermissions=ssh(**range_("11.0.0.0/8")) + ssh(**range_("10.0.0.0/8")),
        )
    assert ingress(ec2, group)[0]["IpRanges"] == [{"CidrIp": "10.0.0.0/8"}]


def test_protocols_are_shown_by_name_where_aws_has_one(ec2: Any, group: str) -> None:
    asked = ("6", "17", "1", "58", "50", "-1")
    ec2.authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=[
            {"IpProtocol": protocol, "FromPort": 3, "ToPort": 4, **range_("10.0.0.0/8")}
            for protocol in asked
        ],
    )
    ported = [(one["IpProtocol"], one.get("FromPort")) for one in ingress(ec2, group)]
    named = [("tcp", 3), ("udp", 3), ("icmp", 3), ("icmpv6", 3)]
    assert ported == [*named, ("50", None), ("-1", None)]


def test_more_than_sixty_rules_are_refused_for_each_kind_of_address(
    ec2: Any, group: str, refused: Any
) -> None:
    many = {"IpRanges": [{"CidrIp": f"10.0.{n}.0/24"} for n in range(60)]}
    other = {"Ipv6Ranges": [{"CidrIpv6": f"2001:db8:{n:x}::/48"} for n in range(60)]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=ssh(**many))
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=ssh(**other))
    with refused("RulesPerSecurityGroupLimitExceeded"):
        ec2.authorize_security_group_ingress(
            GroupId=group, IpPermissions=ssh(**range_("11.0.0.0/8"))
        )


def test_a_rule_is_revoked_without_its_description_and_in_another_spelling(
    ec2: Any, group: str
) -> None:
    pair = {"GroupId": group, "Description": "itself"}
    ec2.authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=ssh(**range_("10.0.0.0/8", "office"), UserIdGroupPairs=[pair]),
    )
    ec2.revoke_security_group_ingress(
        GroupId=group,
        IpPermissions=ssh(**range_("10.1.2.3/8"), UserIdGroupPairs=[{"GroupId": group}]),
    )
    assert ingress(ec2, group) == []


def test_egress_over_ipv6_is_revoked_too(ec2: Any, group: str) -> None:
    everywhere = [{"IpProtocol": "-1", "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}]
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=everywhere)
    ec2.revoke_security_group_egress(GroupId=group, IpPermissions=everywhere)
    shown = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
    assert [one["Ipv6Ranges"] for one in shown["IpPermissionsEgress"]] == [[]]


def test_revoking_an_unknown_rule_is_refused_outside_the_default_vpc(
    ec2: Any, group: str, refused: Any
) -> None:
    with refused("InvalidPermission.NotFound"):
        ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=ssh(**range_("10.0.0.0/8")))


def test_revoking_an_unknown_rule_is_only_told_in_the_default_vpc(ec2: Any) -> None:
    group = ec2.create_security_group(GroupName="home", Description="a test")["GroupId"]
    answer = ec2.revoke_security_group_ingress(
        GroupId=group, IpPermissions=ssh(**range_("10.0.0.0/8"))
    )
    assert answer["UnknownIpPermissions"][0]["IpRanges"] == [{"CidrIp": "10.0.0.0/8"}]


def test_descriptions_of_every_kind_of_rule_are_shown_changed_and_taken_away(
    ec2: Any, group: str
) -> None:
    def sources(**told: str) -> list[dict[str, Any]]:
        return ssh(
            IpRanges=[{"CidrIp": "10.0.0.0/8", **told}],
            Ipv6Ranges=[{"CidrIpv6": "2001:db8::/32", **told}],
            PrefixListIds=[{"PrefixListId": "pl-12345678", **told}],
            UserIdGroupPairs=[{"GroupId": group, **told}],
        )

    def shown() -> list[str | None]:
        (one,) = ingress(ec2, group)
        return [source.get("Description") for v in one.values() if type(v) is list for source in v]

    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=sources(Description="first"))
    assert shown() == ["first"] * 4
    change = ec2.update_security_group_rule_descriptions_ingress
    change(GroupId=group, IpPermissions=sources(Description="second"))
    assert shown() == ["second"] * 4
    rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])[
        "SecurityGroupRules"
    ]
    assert {r.get("Description") for r in rules if not r["IsEgress"]} == {"second"}
    change(GroupId=group, IpPermissions=sources())
    assert shown() == [None] * 4


def test_a_description_is_changed_by_the_rule_s_id(ec2: Any, group: str, refused: Any) -> None:
    answer = ec2.authorize_security_group_ingress(
        GroupId=group, IpPermissions=ssh(**range_("10.0.0.0/8"))
    )
    id_ = answer["SecurityGroupRules"][0]["SecurityGroupRuleId"]
    change = ec2.update_security_group_rule_descriptions_ingress
    told = {"SecurityGroupRuleId": id_, "Description": "office"}
    change(GroupId=group, SecurityGroupRuleDescriptions=[told])
    assert ingress(ec2, group)[0]["IpRanges"][0]["Description"] == "office"
    with refused("InvalidSecurityGroupRuleId.NotFound"):
        change(
            GroupId=group,
            SecurityGroupRuleDescriptions=[
                {**told, "SecurityGroupRuleId": "sgr-0123456789abcdef0"}
            ],
        )


def test_describing_an_unknown_rule_anew_is_refused(ec2: Any, group: str, refused: Any) -> None:
    with refused("InvalidPermission.NotFound"):
        ec2.update_security_group_rule_descriptions_ingress(
            GroupId=group, IpPermissions=ssh(**range_("10.0.0.0/8", "office"))
        )


def test_ports_of_a_protocol_without_ports_are_refused_with_a_description(
    ec2: Any, group: str, refused: Any
) -> None:
    esp = [{"IpProtocol": "50", **range_("10.0.0.0/8", "tunnel")}]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=esp)
    with refused("InvalidParameterValue"):
        ec2.update_security_group_rule_descriptions_ingress(
            GroupId=group, IpPermissions=[{**esp[0], "FromPort": 0, "ToPort": 0}]
        )


def test_tags_of_a_rule_are_set_when_it_is_authorized(ec2: Any, group: str) -> None:
    answer = ec2.authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=ssh(**range_("10.0.0.0/8")),
        TagSpecifications=[
            {"ResourceType": "security-group-rule", "Tags": [{"Key": "a", "Value": "b"}]}
        ],
    )
    assert answer["SecurityGroupRules"][0]["Tags"] == [{"Key": "a", "Value": "b"}]


def test_a_group_that_another_refers_to_is_not_deleted(
    ec2: Any, vpc: str, group: str, refused: Any
) -> None:
    other = made(ec2, "other", vpc)
    rule = ssh(UserIdGroupPairs=[{"GroupId": group}])
    ec2.authorize_security_group_egress(GroupId=other, IpPermissions=rule)
    with refused("DependencyViolation"):
        ec2.delete_security_group(GroupId=group)
    ec2.revoke_security_group_egress(GroupId=other, IpPermissions=rule)
    ec2.delete_security_group(GroupId=group)


def test_a_group_that_refers_to_itself_is_deleted(ec2: Any, group: str) -> None:
    ec2.authorize_security_group_ingress(
        GroupId=group, IpPermissions=ssh(UserIdGroupPairs=[{"GroupId": group}])
    )
    ec2.delete_security_group(GroupId=group)


def test_a_group_of_an_instance_is_not_deleted_before_the_instance_ends(
    ec2: Any, refused: Any
) -> None:
    group = ec2.create_security_group(GroupName="home", Description="a test")["GroupId"]
    launched = ec2.run_instances(
        ImageId="ami-12c6146b", MinCount=1, MaxCount=1, SecurityGroupIds=[group]
    )
    with refused("DependencyViolation"):
        ec2.delete_security_group(GroupId=group)
    ec2.terminate_instances(InstanceIds=[launched["Instances"][0]["InstanceId"]])
    ec2.delete_security_group(GroupId=group)


def test_a_group_of_a_network_interface_is_not_deleted(ec2: Any, vpc: str, refused: Any) -> None:
    group = made(ec2, "group", vpc)
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    ec2.create_network_interface(SubnetId=subnet, Groups=[group])
    with refused("DependencyViolation"):
        ec2.delete_security_group(GroupId=group)


def test_the_default_group_of_a_vpc_is_not_deleted(ec2: Any, vpc: str, refused: Any) -> None:
    here = [{"Name": "vpc-id", "Values": [vpc]}]
    default = ec2.describe_security_groups(Filters=here)["SecurityGroups"][0]["GroupId"]
    with refused("CannotDelete"):
        ec2.delete_security_group(GroupId=default)


def test_groups_are_found_by_the_groups_that_they_refer_to(ec2: Any, vpc: str, group: str) -> None:
    other = made(ec2, "other", vpc)
    ec2.authorize_security_group_ingress(
        GroupId=other, IpPermissions=ssh(UserIdGroupPairs=[{"GroupId": group}])
    )
    refers = [{"Name": "ip-permission.group-id", "Values": [group]}]
    found = ec2.describe_security_groups(Filters=refers)["SecurityGroups"]
    assert [one["GroupName"] for one in found] == ["other"]


def test_groups_and_rules_come_in_pages_of_the_size_asked_for(ec2: Any, vpc: str) -> None:
    for n in range(10):
        made(ec2, f"group-{n}", vpc)
    for operation, key in (
        ("describe_security_groups", "SecurityGroups"),
        ("describe_security_group_rules", "SecurityGroupRules"),
    ):
        whole = getattr(ec2, operation)()[key]
        pages = ec2.get_paginator(operation).paginate(PaginationConfig={"PageSize": 5})
        sizes = [len(page[key]) for page in pages]
        assert sizes[:2] == [5, 5]
        assert max(sizes) == 5
        assert sum(sizes) == len(whole)


def test_a_token_that_was_never_given_is_refused(ec2: Any, refused: Any) -> None:
    with refused("InvalidNextToken"):
        ec2.describe_security_groups(MaxResults=5, NextToken="mine")


def test_instances_are_found_by_their_profile(client: Any, ec2: Any) -> None:
    iam = client("iam")
    for name in ("one", "two"):
        iam.create_instance_profile(InstanceProfileName=name)
        ec2.run_instances(
            ImageId="ami-12c6146b", MinCount=1, MaxCount=1, IamInstanceProfile={"Name": name}
        )
    arn = iam.get_instance_profile(InstanceProfileName="one")["InstanceProfile"]["Arn"]
    found = ec2.describe_instances(Filters=[{"Name": "iam-instance-profile.arn", "Values": [arn]}])[
        "Reservations"
    ]
    profiles = [i["IamInstanceProfile"]["Arn"] for r in found for i in r["Instances"]]
    assert profiles == [arn]
