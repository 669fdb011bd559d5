"""What security groups' rules are: which is the same as which, and how AWS writes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_network
from typing import Any, NamedTuple

from reconciler.sandbox.errors import AwsError

# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
NUMBERS_WITH_PORTS = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}
_NAMES = {**NUMBERS_WITH_PORTS, "all": "-1"}

_SOURCES = (
    ("IpRanges", "CidrIp"),
    ("Ipv6Ranges", "CidrIpv6"),
    ("PrefixListIds", "PrefixListId"),
    ("UserIdGroupPairs", "GroupId"),
)


class Rule(NamedTuple):
    """All that makes a rule this one and no other: not its description."""

    protocol: str
    first: int | None
    last: int | None
    kind: str
    source: str

    def words(self) -> str:
        """As AWS's errors put it; such as https://github.com/ansible/ansible/issues/19759"""
        if self.protocol == "-1":
            what = "ALL"
        elif self.first is None:
            what = f"protocol: {self.protocol}"
        else:
            what = f"{self.protocol.upper()}, from port: {self.first}, to port: {self.last}"
        return f"peer: {self.source}, {what}, ALLOW"


def asked(parameters: Mapping[str, Any], groups: Mapping[str, Any]) -> dict[Rule, str | None]:
    """The rules that a call names, and what each is to be described as."""
    rules: dict[Rule, str | None] = {}
    for permission in parameters.get("IpPermissions") or (_old_form(parameters),):
        for rule, description in _rules(permission, groups):
            if rule in rules:
                raise duplicate(rule)
            rules[rule] = description
    return rules


def _old_form(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """One rule, spread over the call's own parameters."""
    permission = {k: parameters.get(k) for k in ("IpProtocol", "FromPort", "ToPort")}
    if "CidrIp" in parameters:
        permission["IpRanges"] = [{"CidrIp": parameters["CidrIp"]}]
    if "SourceSecurityGroupName" in parameters:
        pair = {"GroupName": parameters["SourceSecurityGroupName"]}
        permission["UserIdGroupPairs"] = [pair]
    return permission


def _rules(
    permission: Mapping[str, Any], groups: Mapping[str, Any]
) -> Iterator[tuple[Rule, str | None]]:
    protocol = str(permission["IpProtocol"]).lower()
    protocol = _NAMES.get(protocol, protocol)
    first = last = None
    if protocol in NUMBERS_WITH_PORTS.values():
        # Of ICMP, -1 is every type or code.
        first, last = (
            int(-1 if permission.get(port) is None else permission[port])
            for port in ("FromPort", "ToPort")
        )
    for key, kind in _SOURCES:
        for source in permission.get(key) or ():
            named = _group(source, groups) if kind == "GroupId" else source[kind]
            canonical = _network(named) if kind.startswith("Cidr") else named
            yield Rule(protocol, first, last, kind, canonical), source.get("Description")


def _network(cidr: str) -> str:
    """100.68.0.18/18 is kept and shown as 100.68.0.0/18, and IPv6 is shortened.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html
    """
    try:
        return str(ip_network(cidr, strict=False))
    except ValueError:
        raise AwsError("InvalidParameterValue", f"CIDR block {cidr} is malformed") from None


def _group(pair: Mapping[str, str], groups: Mapping[str, Any]) -> str:
    for group in groups.values():
        if (
            pair.get("GroupId", group.id) == group.id
            and pair.get("GroupName", group.name) == group.name
        ):
            return str(group.id)
    named = pair.get("GroupId") or pair.get("GroupName")
    raise AwsError("InvalidGroup.NotFound", f"The security group '{named}' does not exist")


def duplicate(rule: Rule) -> AwsError:
    told = f'the specified rule "{rule.words()}" already exists'
    return AwsError("InvalidPermission.Duplicate", told)


def permissions(rules: Iterable[tuple[Rule, str | None]], account: str) -> list[dict[str, Any]]:
    """IpPermissions: the rules by protocol and ports, each source with its description."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for rule, description in rules:
        permission = found.setdefault(rule[:3], _permission(rule))
        source = {rule.kind: rule.source}
        if rule.kind == "GroupId":
            source["UserId"] = account
        if description:
            source["Description"] = description
        key = next(key for key, kind in _SOURCES if kind == rule.kind)
        permission[key].append(source)
    return list(found.values())


def _permission(rule: Rule) -> dict[str, Any]:
    ports = {} if rule.first is None else {"FromPort": rule.first, "ToPort": rule.last}
    return {"IpProtocol": rule.protocol, **ports, **{key: [] for key, _ in _SOURCES}}
