"""What late weather has found in the reconciler, each as small as it gets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reconciler.aws.ssm import WRITTEN
from reconciler.sandbox import Sandbox
from tests.laws.cases import BYSTANDER, document
from tests.world import Clients, world

DENY = '{Version: "2012-10-17", Statement: {Effect: Deny, Action: "*", Resource: "*"}}'
POLICIES = [document("Policy", f"p{number}", f"{{document: {DENY}}}") for number in range(8)]
GENERATED = document("KeyPair", "one", "{generate: {type: ed25519}}")


def test_a_policy_that_not_every_call_knows_leaves_the_rest_readable(
    desired: Callable[..., None], weathered: Sandbox, reconcile: Any
) -> None:
    desired(*POLICIES)
    weathered.weather("late", 2)
    assert reconcile("apply", "--yes").status == 0
    planned = reconcile("plan")
    assert "GetPolicy: NoSuchEntity" not in planned.out + planned.err


@pytest.mark.parametrize("seed", [0, 4], ids=["the private half is late", "the key pair is late"])
def test_a_key_pair_whose_half_shows_late_keeps_both(
    seed: int, aws: Clients, desired: Callable[..., None], weathered: Sandbox, reconcile: Any
) -> None:
    desired(BYSTANDER, GENERATED)
    weathered.weather("late", seed)
    assert reconcile("apply", "--yes").status == 0
    reconcile("apply", "--yes")
    weathered.weather("fair")
    there = world(aws)
    assert [*there["KeyPair"]] == ["ci-one"]
    half = there["Parameter"]["/ec2/keypair/ci-one"]
    tags = {tag["Key"]: tag["Value"] for tag in half["Tags"]}
    assert tags[WRITTEN] == there["KeyPair"]["ci-one"]["KeyFingerprint"]
