"""Tags in bulk, for what tells them only one resource at a time otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.aws.session import Aws
from reconciler.fields.tags import ESTATE


def tagged(
    aws: Aws, estate: str, *types: str, region: str | None = None
) -> dict[str, dict[str, str]]:
    """ARN to tags of the estate's resources of these types.

    DescribeParameters, ListInstanceProfiles and GetAccountAuthorizationDetails' policies come
    without tags; the tagging API gives a hundred at a time. It follows changes with a delay, so
    what it does not know may still be ours.
    https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
    """
    found = aws.pages(
        "resourcegroupstaggingapi",
        "get_resources",
        "ResourceTagMappingList",
        region=region,
        ResourceTypeFilters=list(types),
        TagFilters=[{"Key": ESTATE, "Values": [estate]}],
        PaginationConfig={"PageSize": 100},
    )
    return {entry["ResourceARN"]: as_mapping(entry["Tags"]) for entry in found}


def tagged_things(aws: Aws, estate: str) -> dict[str, dict[str, str]]:
    """ARN to tags of the estate's queues and event rules, which are listed without."""
    return aws.once("tagged things", lambda aws: tagged(aws, estate, "sqs", "events:rule"))


def as_pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as AWS's calls take them."""
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def as_mapping(pairs: Iterable[Mapping[str, Any]] | None) -> dict[str, str]:
    """Tags as AWS's calls answer them, as a mapping."""
    return {pair["Key"]: pair["Value"] for pair in pairs or ()}
