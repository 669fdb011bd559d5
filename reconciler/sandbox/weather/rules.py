"""Security groups' rules as EC2 puts them together, which is not as they were asked for.

One permission for all sources of a protocol and its ports, one for each, or anything between;
in any order. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
Seen on AWS: https://github.com/hashicorp/terraform/issues/2471
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

_SOURCES = ("IpRanges", "Ipv6Ranges", "PrefixListIds", "UserIdGroupPairs")


def regrouped(dice: Random, permissions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same rules, put together anew."""
    told: list[dict[str, Any]] = []
    single = [one for permission in permissions for one in _single(permission)]
    for permission in dice.sample(single, len(single)):
        like = [one for one in told if _traffic(one) == _traffic(permission)]
        if like and dice.random() < 0.5:
            _join(dice.choice(like), permission)
        else:
            told.append(permission)
    return [_with_every_port(dice, permission) for permission in told]


def _single(permission: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """One permission for each source."""
    for sources in _SOURCES:
        for source in permission.get(sources) or ():
            yield {**_traffic(permission), **{s: [] for s in _SOURCES}, sources: [source]}


def _traffic(permission: dict[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in permission.items() if name not in _SOURCES}


def _join(permission: dict[str, Any], other: dict[str, Any]) -> None:
    for sources in _SOURCES:
        permission[sources] += other[sources]


def _with_every_port(dice: Random, permission: dict[str, Any]) -> dict[str, Any]:
    """-1 for ports of what has none, now and then, as DescribeSecurityGroupRules always does.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroupRule.html
    """
    if "FromPort" in permission or dice.random() < 0.5:
        return permission
    return {**permission, "FromPort": -1, "ToPort": -1}
