"""Reading IAM in bulk: one walk over the account serves roles, policies and profiles."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import unquote

from reconciler.aws.ec2 import instances_by
from reconciler.aws.session import Aws
from reconciler.aws.tagging import tagged

GONE = "NoSuchEntity"


class Authorization(NamedTuple):
    roles: list[dict[str, Any]]
    policies: list[dict[str, Any]]


def authorization(aws: Aws) -> Authorization:
    """Every role and customer managed policy of the account, with what is attached and inline.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
    """
    return aws.once("authorization", _authorization)


def _authorization(aws: Aws) -> Authorization:
    paginator = aws.client("iam").get_paginator("get_account_authorization_details")
    found = Authorization([], [])
    for page in paginator.paginate(
        Filter=["Role", "LocalManagedPolicy"], PaginationConfig={"PageSize": 1000}
    ):
        found.roles.extend(page["RoleDetailList"])
        found.policies.extend(page["Policies"])
    return found


def instance_profiles(aws: Aws) -> list[dict[str, Any]]:
    """Every instance profile of the account, with its role and without its tags."""
    return aws.once("instance profiles", _instance_profiles)


def _instance_profiles(aws: Aws) -> list[dict[str, Any]]:
    return aws.pages(
        "iam", "list_instance_profiles", "InstanceProfiles", PaginationConfig={"PageSize": 1000}
    )


def instances_of(aws: Aws, profiles: Sequence[str]) -> list[tuple[str, str]]:
    """The instances of a region that run with these profiles: the profile's ARN, and who."""
    return instances_by(
        aws, "iam-instance-profile.arn", profiles, lambda i: str(i["IamInstanceProfile"]["Arn"])
    )


def tags_by_arn(aws: Aws, estate: str) -> dict[str, dict[str, str]]:
    """Tags of the estate's policies, instance profiles and OIDC providers, listed without."""
    types = ("iam:policy", "iam:instance-profile", "iam:oidc-provider")
    return aws.once("iam tags", lambda aws: tagged(aws, estate, *types, region=aws.home))


def as_data(document: str | dict[str, Any]) -> Any:
    """A policy as IAM answers it: URL-encoded JSON, which botocore decodes in most places."""
    return json.loads(unquote(document)) if isinstance(document, str) else document


def name_in(arn: str) -> str:
    """The name at the end of an IAM ARN, which most calls take instead of the ARN."""
    return arn.rsplit("/", 1)[-1]
