"""Security groups: rules as AWS tells them apart, and groups in use that stay.

moto compares the text of addresses, takes a group's rule with another description for another
rule, forgets the descriptions of prefix lists, passes over IPv6 when egress is revoked, and fails
on a protocol without ports. So its part is to keep the rules; what they are is said here.
"""

from __future__ import annotations

from typing import Any

from reconciler.sandbox.call import Call, Onward
from reconciler.sandbox.corrections.kept_rules import described, keep, kept
from reconciler.sandbox.corrections.rules import (
    NUMBERS_WITH_PORTS,
    Rule,
    asked,
    duplicate,
    permissions,
)
from reconciler.sandbox.errors import AwsError
from reconciler.sandbox.wire import Answer, Parameters

# https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
MOST_RULES = 60


def a_rule_is_authorized_once(call: Call, parameters: Parameters, onward: Onward) -> Answer:
    """All of them or none, in their canonical form.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html
    """
    if parameters.get("DryRun"):
        return onward(parameters)
    group, rules = _group(call, parameters), _rules(call, parameters)
    new = asked(parameters, _groups(call))
    for rule in new:
        if rule in rules:
            raise duplicate(rule)
    _refuse_too_many([*rules, *new])
    egress, tags = call.operation.endswith("Egress"), _tags(parameters)
    added = [keep(group, rule, told, egress, tags) for rule, told in new.items()]
    _direction(call, group).extend(added)
    return {"Return": True, "SecurityGroupRules": [described(rule) for rule in added]}


def _refuse_too_many(rules: list[Rule]) -> None:
    """Counted apart for IPv4 and IPv6; what is no address counts for both."""
    for other in ("CidrIp", "CidrIpv6"):
        if sum(rule.kind != other for rule in rules) > MOST_RULES:
            told = "The maximum number of rules per security group has been reached."
            raise AwsError("RulesPerSecurityGroupLimitExceeded", told)


def a_rule_is_revoked_whatever_its_description(
    call: Call, parameters: Parameters, onward: Onward
) -> Answer:
    """An unknown rule is an error, and in a default VPC just told.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupIngress.html
    """
    if parameters.get("DryRun") or parameters.get("SecurityGroupRuleIds"):
        return onward(parameters)
    group, rules = _group(call, parameters), _rules(call, parameters)
    gone = asked(parameters, _groups(call))
    unknown = {rule: told for rule, told in gone.items() if rule not in rules}
    if unknown and not call.world("ec2").vpcs[group.vpc_id].is_default:
        raise _no_such_rule()
    stays = [one for rule, one in rules.items() if rule not in gone]
    _direction(call, group)[:] = stays
    answer: Answer = {"Return": True}
    if unknown:
        answer["UnknownIpPermissions"] = permissions(unknown.items(), call.account)
    return answer


def a_description_is_changed_or_taken_away(
    call: Call, parameters: Parameters, onward: Onward
) -> Answer:
    """Of every kind of rule; without a description in the call the rule has none afterwards.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_UpdateSecurityGroupRuleDescriptionsIngress.html
    """
    if parameters.get("DryRun"):
        return onward(parameters)
    rules = _rules(call, parameters)
    descriptions = _descriptions(call, parameters, rules)
    if not descriptions.keys() <= rules.keys():
        raise _no_such_rule()
    for rule, description in descriptions.items():
        rules[rule].ip_range["Description"] = description
    return {"Return": True}


def _descriptions(
    call: Call, parameters: Parameters, rules: dict[Rule, Any]
) -> dict[Rule, str | None]:
    """What the call tells of which rules, named by their ids or by all that they are."""
    if by_id := parameters.get("SecurityGroupRuleDescriptions"):
        told = {entry["SecurityGroupRuleId"]: entry.get("Description") for entry in by_id}
        if unknown := told.keys() - {one.id for one in rules.values()}:
            said = f"The security group rule ID '{min(unknown)}' does not exist"
            raise AwsError("InvalidSecurityGroupRuleId.NotFound", said)
        return {rule: told[one.id] for rule, one in rules.items() if one.id in told}
    _refuse_needless_ports(parameters)
    return asked(parameters, _groups(call))


def _refuse_needless_ports(parameters: Parameters) -> None:
    """Seen on AWS: https://github.com/hashicorp/terraform-provider-aws/issues/14756"""
    for permission in parameters.get("IpPermissions") or ():
        protocol = permission["IpProtocol"]
        if protocol.isdigit() and protocol not in NUMBERS_WITH_PORTS and "FromPort" in permission:
            told = f"When protocol is {protocol}, you cannot specify from-port."
            raise AwsError("InvalidParameterValue", told)


def rules_are_shown_with_all_descriptions(
    call: Call, parameters: Parameters, onward: Onward
) -> Answer:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroups.html"""
    answer, groups = onward(parameters), _groups(call)
    for shown in answer["SecurityGroups"]:
        group = groups[shown["GroupId"]]
        for key, rules in (
            ("IpPermissions", group.ingress_rules),
            ("IpPermissionsEgress", group.egress_rules),
        ):
            told = [(kept(rule), rule.ip_range.get("Description")) for rule in rules]
            shown[key] = permissions(told, call.account)
    return answer


def a_group_in_use_is_not_deleted(call: Call, parameters: Parameters, onward: Onward) -> Answer:
    """Nor is a VPC's own one; moto deletes any, and leaves rules that refer to nothing.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSecurityGroup.html
    """
    group = _group(call, parameters)
    if group.is_default:
        told = f'the specified group: "{group.id}" name: "{group.name}" cannot be deleted by a user'
        raise AwsError("CannotDelete", told)
    interfaces = call.world("ec2").enis.values()
    held = any(group in interface.group_set for interface in interfaces)
    if held or any(_refers(other, group) for other in _groups(call).values()):
        raise AwsError("DependencyViolation", f"resource {group.id} has a dependent object")
    return onward(parameters)


def _refers(other: Any, group: Any) -> bool:
    rules = (*other.ingress_rules, *other.egress_rules)
    return other is not group and any(kept(rule).source == group.id for rule in rules)


def _tags(parameters: Parameters) -> dict[str, str]:
    return {
        tag["Key"]: tag["Value"]
        for specification in parameters.get("TagSpecifications") or ()
        for tag in specification["Tags"]
    }


def _no_such_rule() -> AwsError:
    told = "The specified rule does not exist in this security group."
    return AwsError("InvalidPermission.NotFound", told)


def _groups(call: Call) -> dict[str, Any]:
    """Every group by its id."""
    by_vpc = call.world("ec2").groups.values()
    return {id_: group for groups in by_vpc for id_, group in groups.items()}


def _group(call: Call, parameters: Parameters) -> Any:
    """The group that a call is about; one named by its name is in the default VPC."""
    groups, id_, name = _groups(call), parameters.get("GroupId"), parameters.get("GroupName")
    if id_ in groups:
        return groups[id_]
    home = call.world("ec2").default_vpc
    for group in groups.values():
        if name and group.name == name and home and group.vpc_id == home.id:
            return group
    raise AwsError("InvalidGroup.NotFound", f"The security group '{id_ or name}' does not exist")


def _direction(call: Call, group: Any) -> list[Any]:
    rules: list[Any] = (
        group.egress_rules if call.operation.endswith("Egress") else group.ingress_rules
    )
    return rules


def _rules(call: Call, parameters: Parameters) -> dict[Rule, Any]:
    """The group's rules of the call's direction, as moto keeps them."""
    return {kept(rule): rule for rule in _direction(call, _group(call, parameters))}
