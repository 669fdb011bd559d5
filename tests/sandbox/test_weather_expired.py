"""expired: sessions and tokens of pages that are over, until who calls begins anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from reconciler.sandbox import Sandbox

CALLS = 120


def answers(call: Callable[[], Any]) -> list[str]:
    """How AWS refuses each of many calls, "" where it does not."""

    def one() -> str:
        try:
            call()
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return ""

    return [one() for _ in range(CALLS)]


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("ec2", "describe_vpcs", "RequestExpired"),
        ("iam", "list_roles", "ExpiredToken"),
        ("ssm", "list_documents", "ExpiredTokenException"),
    ],
)
def test_credentials_expire_now_and_then_and_are_renewed(
    service: str, operation: str, code: str, client: Any, sandbox: Sandbox
) -> None:
    sandbox.weather("expired", 1)
    told = answers(getattr(client(service), operation))
    assert {*told} == {"", code}
    assert told.count(code) < CALLS / 5


def test_a_token_of_a_page_expires_and_from_the_first_page_on_all_is_listed(
    client: Any, sandbox: Sandbox
) -> None:
    for number in range(10):
        client("ssm").put_parameter(Name=f"p{number}", Type="String", Value="x")
    sandbox.weather("expired", 1)
    pages = client("ssm").get_paginator("describe_parameters")
    found: list[int] = []

    def look() -> None:
        asked = pages.paginate(PaginationConfig={"PageSize": 4})
        found.append(sum(len(page["Parameters"]) for page in asked))

    told = answers(look)
    assert "InvalidNextToken" in told
    assert {*found} == {10}
