"""Rules that say the same are equal however they are written, and no others are."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reconciler.fields.rule import Rule, atoms, from_aws, to_aws
from reconciler.kinds.security_group import SecurityGroupSpec
from tests.effort import examples


def rules(*written: dict[str, Any]) -> tuple[Rule, ...]:
    return atoms(tuple(Rule.model_validate(rule) for rule in written))


def tcp(**more: Any) -> dict[str, Any]:
    return {"protocol": "tcp", "cidrs": ["10.0.0.0/8"], **more}


def icmp(**more: Any) -> dict[str, Any]:
    return {"protocol": "icmp", "cidrs": ["10.0.0.0/8"], **more}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([tcp(), icmp()], [icmp(), tcp()]),
        ([tcp(), tcp()], [tcp()]),
        ([tcp(cidrs=["10.0.0.0/8", "1.0.0.0/8"])], [tcp(cidrs=["1.0.0.0/8"]), tcp()]),
        ([tcp(groups=["a"])], [tcp(), {"protocol": "tcp", "groups": ["a"]}]),
        ([tcp(cidrs=["10.1.2.3/8"])], [tcp()]),
        ([tcp(cidrs=["2001:DB8:0:0::1/32"])], [tcp(cidrs=["2001:db8::/32"])]),
        ([tcp(protocol=6)], [tcp()]),
        ([tcp(protocol="6")], [tcp()]),
        ([tcp(protocol=-1)], [tcp(protocol="all")]),
        ([tcp(protocol="-1")], [tcp(protocol="all")]),
        ([tcp(protocol=132)], [tcp(protocol="sctp")]),
        ([tcp(protocol=58)], [tcp(protocol="icmpv6")]),
        ([tcp(ports=22)], [tcp(ports="22")]),
        ([tcp(ports="22-22")], [tcp(ports="22")]),
        ([tcp(ports="0-65535")], [tcp()]),
        ([icmp(icmpType=-1)], [icmp()]),
        ([icmp(icmpType=-1, icmpCode=-1)], [icmp()]),
        ([icmp(icmpType=8, icmpCode=-1)], [icmp(icmpType=8)]),
        ([tcp(description="")], [tcp()]),
    ],
)
def test_two_ways_to_say_the_same_are_equal(one: list[Any], other: list[Any]) -> None:
    assert rules(*one) == rules(*other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([tcp()], []),
        ([tcp()], [tcp(), icmp()]),
        ([tcp()], [tcp(protocol="udp")]),
        ([tcp()], [tcp(protocol="all")]),
        ([tcp()], [tcp(ports="0-65534")]),
        ([tcp(ports=22)], [tcp(ports=23)]),
        ([tcp(ports=22)], [tcp(ports="22-23")]),
        ([tcp()], [tcp(cidrs=["10.0.0.0/9"])]),
        ([tcp(cidrs=["0.0.0.0/0"])], [tcp(cidrs=["::/0"])]),
        ([tcp()], [tcp(description="a")]),
        ([icmp()], [icmp(icmpType=0)]),
        ([icmp(icmpType=8)], [icmp(icmpType=8, icmpCode=0)]),
        ([tcp(groups=["a"])], [tcp(groups=["A"])]),
    ],
)
def test_a_real_difference_is_one(one: list[Any], other: list[Any]) -> None:
    assert rules(*one) != rules(*other)
    assert {rule.words() for rule in rules(*one)} != {rule.words() for rule in rules(*other)}


_cidrs = st.sampled_from(["10.0.0.0/8", "10.1.2.3/8", "0.0.0.0/0", "::/0", "2001:DB8::1/64"])
_sources = st.sampled_from(["cidrs", "prefixLists", "groups"])


@st.composite
def _rules(draw: st.DrawFn) -> dict[str, Any]:
    protocol = draw(st.sampled_from(["tcp", "17", 1, "icmpv6", "gre", -1, 99]))
    rule: dict[str, Any] = {"protocol": protocol, "description": draw(st.sampled_from(["", "d"]))}
    if protocol in ("tcp", "17"):
        first, last = sorted((draw(st.integers(0, 65535)), draw(st.integers(0, 65535))))
        rule["ports"] = draw(st.sampled_from([first, f"{first}-{last}", "0-65535"]))
    if protocol in (1, "icmpv6"):
        rule["icmpType"] = draw(st.integers(0, 255))
        rule["icmpCode"] = draw(st.integers(-1, 255))
    for field in draw(st.sets(_sources, min_size=1)):
        some = {"prefixLists": ["pl-01234567"], "groups": ["sg-01234567", "sg-89abcdef"]}
        rule[field] = some.get(field) or draw(st.lists(_cidrs, min_size=1))
    return rule


@examples(150)
@given(written=st.lists(_rules(), max_size=4))
def test_what_is_sent_to_aws_reads_as_the_same_rules(written: list[dict[str, Any]]) -> None:
    wanted = rules(*written)
    permissions = [to_aws(rule) for rule in wanted]
    assert atoms(from_aws(permissions)) == wanted
    assert atoms(from_aws(permissions[::-1])) == wanted


@examples(100)
@given(one=_rules(), other=_rules())
def test_rules_with_different_words_differ(one: dict[str, Any], other: dict[str, Any]) -> None:
    here, there = rules(one), rules(other)
    assume(here != there)
    assert {rule.words() for rule in here} != {rule.words() for rule in there}


@pytest.mark.parametrize(
    ("rule", "permission"),
    [
        (tcp(ports=22), {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}),
        (tcp(), {"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535}),
        (icmp(), {"IpProtocol": "icmp", "FromPort": -1, "ToPort": -1}),
        (icmp(icmpType=8), {"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1}),
        (tcp(protocol="all"), {"IpProtocol": "-1"}),
        (tcp(protocol="gre"), {"IpProtocol": "47"}),
        (tcp(protocol="sctp"), {"IpProtocol": "132"}),
    ],
)
def test_protocols_and_ports_are_sent_as_ec2_wants_them(rule: Any, permission: Any) -> None:
    (one,) = rules(rule)
    assert to_aws(one) == {**permission, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}


def test_a_rule_reads_as_one_line() -> None:
    (one,) = rules(tcp(ports="22-23", description="SSH"))
    assert one.words() == 'tcp 22-23 10.0.0.0/8 "SSH"'


def test_without_egress_a_group_has_what_aws_gives_it_and_an_empty_one_has_none() -> None:
    default = SecurityGroupSpec.model_validate({"description": "a"})
    written = SecurityGroupSpec.model_validate(
        {"description": "a", "egress": [{"protocol": -1, "cidrs": ["0.0.0.0/0"]}]}
    )
    closed = SecurityGroupSpec.model_validate({"description": "a", "egress": []})
    assert default == written != closed
