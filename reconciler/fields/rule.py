"""Rules of security groups: what git writes in one line, AWS keeps one source at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from reconciler.fields.cidr import Cidr
from reconciler.fields.plain import SET, Int, text, unique_sorted
from reconciler.spec import Refers, Spec

NAMES = r"[A-Za-z0-9 ._:/()#,@\[\]+=&;{}!$*-]"
"""The characters of groups' names and descriptions."""

RuleText = Annotated[
    str,
    text(rf"^{NAMES}*$", "a text of letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*", 255, 0),
]
GroupReference = Annotated[
    str, text(rf"^{NAMES}+$", "the name of a SecurityGroup, or the id of one", 255)
]
PrefixListId = Annotated[
    str, text(r"^pl-[0-9a-f]{8,17}$", "a prefix list's id, such as pl-0123abcd")
]

# https://www.iana.org/assignments/protocol-numbers; AWS itself names the first four only, and
# of those alone it keeps ports: any other protocol is allowed on all of them, whatever is asked.
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
PROTOCOLS = {
    "tcp": 6,
    "udp": 17,
    "icmp": 1,
    "icmpv6": 58,
    "all": -1,
    "gre": 47,
    "esp": 50,
    "ah": 51,
    "sctp": 132,
}
_NAME_OF = {str(number): name for name, number in PROTOCOLS.items()}
_NAMED_BY_AWS = ("tcp", "udp", "icmp", "icmpv6")
_WITH_PORTS = ("tcp", "udp")
_WITH_TYPES = ("icmp", "icmpv6")
_EVERY_PORT = "0-65535"


def _protocol(value: Any) -> Any:
    number = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    return _NAME_OF.get(number, number) if isinstance(number, str) else value


def _ports(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    first, dash, last = value.partition("-") if isinstance(value, str) else ("", "", "")
    return first if dash and first == last else value


def _written(names: Iterable[str]) -> tuple[str | int, ...]:
    """All that a document may write for these protocols."""
    return tuple(w for n in names for w in (n, str(PROTOCOLS[n]), PROTOCOLS[n]))


_NUMBER = "([0-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])"
ProtocolNumber = Annotated[Int, Field(ge=-1, le=255)]
IcmpNumber = Annotated[Int, Field(ge=-1, le=255)]
"""EC2 says -1 where every type is meant, or every code of one."""
_ProtocolText = Annotated[
    str,
    text(
        rf"^({'|'.join(PROTOCOLS)}|-1|{_NUMBER})$",
        f"a protocol: {', '.join(PROTOCOLS)} or a number",
    ),
]
Protocol = Annotated[
    _ProtocolText,
    BeforeValidator(_protocol, json_schema_input_type=_ProtocolText | ProtocolNumber),
]
_PORT = (
    "([0-9]|[1-9][0-9]{1,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
)
_PortsText = Annotated[
    str,
    text(
        rf"^{_PORT}(-{_PORT})?$",
        "a port from 0 to 65535 or a range of them, such as 22 or 5985-5986",
    ),
]
Ports = Annotated[
    _PortsText,
    BeforeValidator(
        _ports, json_schema_input_type=_PortsText | Annotated[Int, Field(ge=0, le=65535)]
    ),
]


class Rule(Spec):
    """Traffic that is allowed: of one protocol, from or to every address and group named."""

    some_of: ClassVar = ("cidrs", "prefixLists", "groups")
    only_with: ClassVar = {
        "ports": ("protocol", _written(_WITH_PORTS)),
        "icmpType": ("protocol", _written(_WITH_TYPES)),
        "icmpCode": ("icmpType", ()),
    }

    protocol: Protocol
    """tcp, udp, icmp, icmpv6, all, or another by its name or number."""
    ports: Ports | None = None
    """One port or a range such as 5985-5986; without it all of them."""
    icmp_type: IcmpNumber | None = None
    """For icmp and icmpv6; without it, as with -1, every type."""
    icmp_code: IcmpNumber | None = None
    """One code of the type; without it, as with -1, every code."""
    cidrs: Annotated[tuple[Cidr, ...], Field(min_length=1), SET] | None = None
    """Address ranges, IPv4 and IPv6."""
    prefix_lists: Annotated[tuple[PrefixListId, ...], Field(min_length=1), SET] | None = None
    """Managed prefix lists, by id."""
    groups: Annotated[
        Annotated[tuple[GroupReference, ...], Field(min_length=1), SET] | None,
        Refers("SecurityGroup", mutual=True),
    ] = None
    """Security groups by name, this one included, or by id."""
    description: RuleText = ""
    """AWS keeps one for each source."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        first, dash, last = (self.ports or "").partition("-")
        if dash and int(first) > int(last):
            raise PydanticCustomError(
                "bad_ports", "{ports} ends before it begins", {"ports": self.ports}
            )
        if self.icmp_type == -1 and self.icmp_code not in (None, -1):
            raise PydanticCustomError(
                "no_code", "icmpCode is for one icmpType, and -1 is every one"
            )
        return self

    def words(self) -> str:
        what = [self.protocol, self.ports]
        what += [
            f"{w} {n}"
            for w, n in (("type", self.icmp_type), ("code", self.icmp_code))
            if n is not None
        ]
        where = [*(self.cidrs or ()), *(self.prefix_lists or ()), *(self.groups or ())]
        told = f'"{self.description}"' if self.description else None
        return " ".join(part for part in (*what, ", ".join(where), told) if part)

    def unexplained(self) -> Rule:
        """The rule without its description, which is all that AWS can change of one."""
        return self.model_copy(update={"description": ""})


EVERYWHERE = (Rule(protocol="all", cidrs=("0.0.0.0/0",)),)


def atoms(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """The rules as AWS keeps them: one source each, every range of ports in one spelling."""
    return unique_sorted(
        tuple(
            rule.model_copy(
                update={
                    "cidrs": None,
                    "prefix_lists": None,
                    "groups": None,
                    "ports": None if rule.ports == _EVERY_PORT else rule.ports,
                    "icmp_type": None if rule.icmp_type == -1 else rule.icmp_type,
                    "icmp_code": None if rule.icmp_code == -1 else rule.icmp_code,
                    field: (source,),
                }
            )
            for rule in rules
            for field in ("cidrs", "prefix_lists", "groups")
            for source in getattr(rule, field) or ()
        )
    )


def to_aws(rule: Rule) -> dict[str, Any]:
    """An IpPermission; https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html"""
    told = {"Description": rule.description} if rule.description else {}
    protocol = (
        rule.protocol
        if rule.protocol in _NAMED_BY_AWS
        else PROTOCOLS.get(rule.protocol, rule.protocol)
    )
    permission: dict[str, Any] = {"IpProtocol": str(protocol), **_numbers(rule)}
    for cidr in rule.cidrs or ():
        if ":" in cidr:
            permission["Ipv6Ranges"] = [{"CidrIpv6": cidr, **told}]
        else:
            permission["IpRanges"] = [{"CidrIp": cidr, **told}]
    if rule.prefix_lists:
        permission["PrefixListIds"] = [{"PrefixListId": rule.prefix_lists[0], **told}]
    if rule.groups:
        permission["UserIdGroupPairs"] = [{"GroupId": rule.groups[0], **told}]
    return permission


def _numbers(rule: Rule) -> dict[str, int]:
    if rule.protocol in _WITH_PORTS:
        first, _, last = (rule.ports or _EVERY_PORT).partition("-")
        return {"FromPort": int(first), "ToPort": int(last or first)}
    if rule.protocol in _WITH_TYPES:
        # -1 is every type, or every code of one.
        kind = -1 if rule.icmp_type is None else rule.icmp_type
        return {"FromPort": kind, "ToPort": -1 if rule.icmp_code is None else rule.icmp_code}
    return {}


def from_aws(permissions: Iterable[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """Rules of IpPermissions, groups by their ids."""
    rules = []
    for permission in permissions:
        common = _common(permission)
        for field, source, told in _sources(permission):
            rules.append(Rule.seen(**common, **{field: (source,)}, description=told))
    return tuple(rules)


def _common(permission: Mapping[str, Any]) -> dict[str, Any]:
    protocol = _protocol(permission["IpProtocol"])
    first, last = permission.get("FromPort"), permission.get("ToPort")
    if protocol in _WITH_PORTS and first is not None and first >= 0:
        return {"protocol": protocol, "ports": f"{first}-{last}"}
    if protocol in _WITH_TYPES:
        numbers = {"icmp_type": first, "icmp_code": last}
        return {
            "protocol": protocol,
            **{k: n for k, n in numbers.items() if n is not None and n >= 0},
        }
    return {"protocol": protocol}


def _sources(permission: Mapping[str, Any]) -> Iterable[tuple[str, str, str]]:
    for key, word, field in (
        ("IpRanges", "CidrIp", "cidrs"),
        ("Ipv6Ranges", "CidrIpv6", "cidrs"),
        ("PrefixListIds", "PrefixListId", "prefix_lists"),
        ("UserIdGroupPairs", "GroupId", "groups"),
    ):
        for source in permission.get(key) or ():
            yield field, source[word], source.get("Description", "")
