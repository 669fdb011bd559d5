"""What the kinds that live in SSM share."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from reconciler.aws.errors import gone_is_fine
from reconciler.aws.session import Aws
from reconciler.aws.tagging import as_mapping, as_pairs, tagged
from reconciler.fields.tags import ESTATE, TagChange

WRITTEN = "reconciler:written"
"""The tag that says which version we wrote last, and the digest of what we wrote.

Reading values takes a call for ten of them, and documents one each; listings give the version.
AWS makes a new version for every change, so while the version is still ours, the digest stands
for the content.
"""


SETTLING = ("TooManyUpdates",)
"""What SSM answers while a name that was just deleted can't be used again.

https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameter.html asks for 30
seconds; https://github.com/awslabs/aws-orbit-workbench/issues/1170 saw this error.
"""
DEFAULT_KEY = "alias/aws/ssm"
"""The account's own KMS key for SSM, which encrypts where no other is asked for."""

# How many names GetParameters, and how many values one of DescribeParameters' filters, may have.
# https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html
_VALUES_A_CALL = 10
_NAMES_A_FILTER = 50


class Written(NamedTuple):
    version: int
    digest: str

    def __str__(self) -> str:
        return f"{self.version} {self.digest}"


def written(tags: Mapping[str, str]) -> Written | None:
    """What the tag says, or None where it is missing or not ours."""
    version, _, sum_ = tags.get(WRITTEN, "").partition(" ")
    return Written(int(version), sum_) if version.isdigit() else None


def digest(text: str) -> str:
    """A digest for `WRITTEN`; never of a secret: who may read tags could try guesses on it."""
    return hashlib.sha256(text.encode()).hexdigest()


def own_parameters(aws: Aws, estate: str) -> list[dict[str, Any]]:
    """The estate's parameters without their values, each with its `Tags` as a mapping.

    https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html
    """
    return aws.once("parameters", lambda aws: _own_parameters(aws, estate))


def _own_parameters(aws: Aws, estate: str) -> list[dict[str, Any]]:
    found = describe_parameters(aws, f"tag:{ESTATE}", [estate])
    tags = (
        {_path(arn): t for arn, t in tagged(aws, estate, "ssm:parameter").items()} if found else {}
    )
    for parameter in found:
        known = tags.get(parameter["Name"].lstrip("/"))
        if known is None or _lags(known, parameter["Version"]):
            known = tags_of(aws, "Parameter", parameter["Name"])
        parameter["Tags"] = known
    return [parameter for parameter in found if parameter["Tags"] is not None]


def _lags(tags: Mapping[str, str], version: int) -> bool:
    """Whether these may be tags of before our last write: the tagging API is always a bit late."""
    last = written(tags)
    return last is not None and last.version != version


def describe_parameters(aws: Aws, key: str, values: list[str]) -> list[dict[str, Any]]:
    """Parameters by one of SSM's filters, fifty a page."""
    return aws.pages(
        "ssm",
        "describe_parameters",
        "Parameters",
        ParameterFilters=[{"Key": key, "Values": values}],
        PaginationConfig={"PageSize": 50},
    )


def named_parameters(aws: Aws, names: Sequence[str]) -> list[dict[str, Any]]:
    """Parameters of these names, whoever they belong to, each with its `Tags` as a mapping."""
    found = []
    for start in range(0, len(names), _NAMES_A_FILTER):
        found += describe_parameters(aws, "Name", list(names[start : start + _NAMES_A_FILTER]))
    tagged = [{**p, "Tags": tags_of(aws, "Parameter", p["Name"])} for p in found]
    return [parameter for parameter in tagged if parameter["Tags"] is not None]


def parameter_values(aws: Aws, names: Sequence[str]) -> dict[str, str]:
    """What the parameters of these names hold, secrets decrypted."""
    found: dict[str, str] = {}
    for start in range(0, len(names), _VALUES_A_CALL):
        answer = aws.client("ssm").get_parameters(
            Names=names[start : start + _VALUES_A_CALL], WithDecryption=True
        )
        found.update((p["Name"], p["Value"]) for p in answer["Parameters"])
    return found


def tags_of(aws: Aws, resource_type: str, name: str) -> dict[str, str] | None:
    """The tags of one thing, or None where it has gone since it was listed."""
    ssm = aws.client("ssm")
    with gone_is_fine("InvalidResourceId"):
        answer = ssm.list_tags_for_resource(ResourceType=resource_type, ResourceId=name)
        return as_mapping(answer["TagList"])
    return None


def retag(aws: Aws, resource_type: str, name: str, change: TagChange) -> None:
    """Write and take away tags of anything in SSM."""
    ssm, what = aws.client("ssm"), {"ResourceType": resource_type, "ResourceId": name}
    if change.write:
        ssm.add_tags_to_resource(**what, Tags=as_pairs(change.write))
    if change.drop:
        ssm.remove_tags_from_resource(**what, TagKeys=list(change.drop))


def _path(arn: str) -> str:
    """The name in a parameter's ARN, which has one slash however the name begins."""
    return arn.split(":parameter/", 1)[-1]
