"""Calls wait for the tokens of their bucket, and for no other's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reconciler.aws import budget
from reconciler.aws.budget import Bucket, Rate
from reconciler.aws.session import connect
from tests.derive.fleets import ESTATE_OF, HERE


def test_what_is_in_the_bucket_is_free_and_the_rest_comes_with_time() -> None:
    bucket = Bucket(Rate(2, 4), now=100.0)
    assert [bucket.take(100.0) for _ in range(4)] == [0.0, 0.0, 0.25, 0.5]
    assert bucket.take(100.5) == 0.25
    assert [bucket.take(200.0) for _ in range(3)] == [0.0, 0.0, 0.25]


def test_a_call_waits_once_its_tokens_are_spent(
    aws: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(budget, "sleep", slept.append)
    monkeypatch.setattr(budget, "RATES", {"CreateTags": Rate(2, 0.01)})
    monkeypatch.setattr(budget, "_buckets", {})
    group = aws("ec2").create_security_group(GroupName="a", Description="a")["GroupId"]
    ec2 = connect(ESTATE_OF).at(HERE).client("ec2")
    for number in range(3):
        ec2.create_tags(Resources=[group], Tags=[{"Key": "a", "Value": str(number)}])
        ec2.describe_tags()
    assert len(slept) == 1
    assert slept[0] > 50
