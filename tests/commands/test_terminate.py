"""Terminate ends the estate's instances, those that were meant, and nobody else's."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from tests.commands.machines import ANOTHERS, OURS, alive, instance, of
from tests.laws.cases import Clients, document

HERE = ("--region", "eu-central-1")


def test_every_instance_of_ours_ends_wherever_it_is_and_nothing_else_does(
    aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    desired(document("SecurityGroup", "a", "{description: A}"))
    reconcile("apply", "--yes")
    here, far = aws("ec2"), boto3.client("ec2", region_name="ap-south-1")
    ours, lost = instance(here, of("small")), instance(far, of("gone"))
    instance(here, OURS)
    theirs = instance(here, ANOTHERS, SecurityGroups=["ci-a"])
    ended = reconcile("terminate", "--yes")
    assert ended.status == 0, ended.out + ended.err
    assert f"- Instance/{ours}  (WorkerType/small, eu-central-1)" in ended.out
    assert f"- Instance/{lost}  (WorkerType/gone, ap-south-1)" in ended.out
    assert "Gone: 3." in ended.out
    assert (alive(here), alive(far)) == ({theirs}, set())
    assert len(here.describe_security_groups(GroupNames=["ci-a"])["SecurityGroups"]) == 1
    assert f"terminate (delete) Instance/{lost} ({lost}, ap-south-1) done" in reconcile("log").out


def test_only_the_worker_types_that_are_named_are_ended(
    aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    ec2 = aws("ec2")
    small, large = instance(ec2, of("small")), instance(ec2, of("large"))
    other = instance(ec2, of("small-2"))
    desired()
    mistyped = reconcile("terminate", "smal", *HERE, "--yes")
    assert mistyped.status == 1
    assert "WorkerType/smal is not declared, and no instance is of it" in mistyped.err
    assert "did you mean 'WorkerType/small'" in mistyped.err
    assert alive(ec2) == {small, large, other}
    assert reconcile("terminate", "small", "WorkerType/large", *HERE, "--yes").status == 0
    assert alive(ec2) == {other}


def test_it_goes_on_only_when_the_estate_s_name_is_typed(
    aws: Clients,
    desired: Callable[..., None],
    reconcile: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours = instance(aws("ec2"), OURS)
    desired()
    for typed, left in (("yes", {ours}), ("acme", set())):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(f"{typed}\n".encode())))
        assert reconcile("terminate", *HERE).status == (1 if left else 0)
        assert alive(aws("ec2")) == left


def test_what_refuses_is_named_with_the_reason_and_keeps_nobody_else_alive(
    aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    ec2 = aws("ec2")
    kept = instance(ec2, {**of("small"), "reconciler:protect": "true"})
    refused = instance(ec2, of("small"), DisableApiTermination=True)
    for _ in range(2):
        instance(ec2, of("small"))
    desired()
    ended = reconcile("terminate", "small", *HERE, "--yes")
    assert ended.status == 1
    assert f"= Instance/{kept}  (WorkerType/small, eu-central-1) stays: its tag" in ended.out
    assert f"✗ Instance/{refused} of eu-central-1 of account 123456789012" in ended.out
    assert "OperationNotPermitted" in ended.out
    assert "Gone: 2, 1 still there." in ended.out
    assert alive(ec2) == {kept, refused}


def test_while_another_run_has_the_lock_nothing_is_ended(
    aws: Clients, desired: Callable[..., None], reconcile: Any
) -> None:
    ours = instance(aws("ec2"), OURS)
    holder = '{"who": "me", "where": "here", "since": "noon", "commit": "", "id": "1"}'
    aws("ssm").put_parameter(Name="/reconciler/lock/acme", Type="String", Value=holder)
    desired()
    assert reconcile("terminate", *HERE, "--yes").status == 4
    assert alive(aws("ec2")) == {ours}
