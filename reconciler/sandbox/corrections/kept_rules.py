"""How moto keeps a security group's rule, which is not how it is told from others."""

from __future__ import annotations

from typing import Any

from reconciler.sandbox.corrections.rules import Rule


def keep(
    group: Any, rule: Rule, description: str | None, egress: bool, tags: dict[str, str]
) -> Any:
    """A rule for moto, its description where moto looks for one: beside the address, if any."""
    from moto.ec2.models.security_groups import SecurityGroupRule

    of: dict[str, Any] = {rule.kind: rule.source}
    address: dict[str, Any] = of if rule.kind.startswith("Cidr") else {}
    made = SecurityGroupRule(
        group.ec2_backend,
        rule.protocol,
        group.id,
        "0",
        "0",
        ip_range=address | {"Description": description},
        source_group={**of, "UserId": group.owner_id} if rule.kind == "GroupId" else None,
        prefix_list_id=of if rule.kind == "PrefixListId" else None,
        is_egress=egress,
        tags=tags,
    )
    # Its constructor wants ports of every protocol.
    made.from_port, made.to_port = rule.first, rule.last
    return made


def kept(one: Any) -> Rule:
    """What a rule that moto keeps is."""
    for kind, source in (
        ("CidrIp", one.ip_range.get("CidrIp")),
        ("CidrIpv6", one.ip_range.get("CidrIpv6")),
        ("PrefixListId", one.prefix_list_id),
        ("GroupId", one.source_group.get("GroupId")),
    ):
        if source:
            return Rule(one.ip_protocol, one.from_port, one.to_port, kind, source)
    raise AssertionError(f"a rule from nowhere: {one.id}")


def described(one: Any) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroupRule.html"""
    rule = kept(one)
    source: dict[str, dict[str, Any]] = {
        "CidrIp": {"CidrIpv4": rule.source},
        "GroupId": {"ReferencedGroupInfo": {"GroupId": rule.source, "UserId": one.owner_id}},
    }
    return {
        "SecurityGroupRuleId": one.id,
        "GroupId": one.group_id,
        "GroupOwnerId": one.owner_id,
        "IsEgress": one.is_egress,
        "IpProtocol": rule.protocol,
        "FromPort": -1 if rule.first is None else rule.first,
        "ToPort": -1 if rule.last is None else rule.last,
        **source.get(rule.kind, {rule.kind: rule.source}),
        "Description": one.description,
        "Tags": [{"Key": tag["key"], "Value": tag["value"]} for tag in one.get_tags()],
    }
