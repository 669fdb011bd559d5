"""throttled: calls by the published buckets, which fill up again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from reconciler.sandbox import Sandbox


def goes_through(call: Callable[[], Any], most: int) -> tuple[int, str]:
    """How many calls go through, and what the next one is answered."""
    for number in range(most):
        try:
            call()
        except ClientError as error:
            return number, str(error.response["Error"]["Code"])
    return most, ""


BUCKETS = [
    # Each call takes a twentieth of a second, in which some tokens come back.
    ("ec2", "delete_key_pair", {"KeyName": "x"}, range(60, 70), "RequestLimitExceeded", 5),
    ("iam", "update_account_password_policy", {}, range(15, 20), "Throttling", 3),
    (
        "ssm",
        "put_parameter",
        {"Name": "p", "Type": "String", "Value": "x", "Overwrite": True},
        range(10, 14),
        "ThrottlingException",
        3,
    ),
    (
        "resourcegroupstaggingapi",
        "get_resources",
        {},
        range(15, 22),
        "ThrottledException",
        5,
    ),
]


@pytest.mark.parametrize(("service", "operation", "asked", "many", "code", "back"), BUCKETS)
def test_a_bucket_empties_and_fills(
    service: str,
    operation: str,
    asked: dict[str, Any],
    many: range,
    code: str,
    back: int,
    client: Any,
    sandbox: Sandbox,
) -> None:
    sandbox.weather("throttled")
    call = partial(getattr(client(service), operation), **asked)
    calls, refusal = goes_through(call, 100)
    assert calls in many
    assert refusal == code
    sandbox.turn(1)
    again, refusal = goes_through(call, 100)
    assert back <= again <= back + 3
    assert refusal == code


def test_reading_and_changing_drink_from_two_buckets(client: Any, sandbox: Sandbox) -> None:
    sandbox.weather("throttled")
    ec2 = client("ec2")
    goes_through(lambda: ec2.delete_key_pair(KeyName="x"), 100)
    ec2.describe_key_pairs()


def test_every_region_has_its_own_buckets_and_iam_one_for_all(
    client: Any, sandbox: Sandbox
) -> None:
    sandbox.weather("throttled")
    for service, call in (
        ("ec2", lambda client: client.delete_key_pair(KeyName="x")),
        ("iam", lambda client: client.update_account_password_policy()),
    ):
        goes_through(partial(call, client(service)), 100)
        elsewhere = goes_through(partial(call, client(service, "eu-west-1")), 2)
        assert elsewhere == ((2, "") if service == "ec2" else (0, "Throttling"))


def test_nobody_who_takes_his_time_is_throttled(client: Any, sandbox: Sandbox) -> None:
    sandbox.weather("throttled")
    ssm = client("ssm")
    for _ in range(40):
        ssm.put_parameter(Name="p", Type="String", Value="x", Overwrite=True)
        sandbox.turn(0.5)
