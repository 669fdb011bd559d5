"""What late weather has found in the reconciler, each as small as it gets."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from reconciler.aws.ssm import WRITTEN
from reconciler.sandbox import Sandbox
from tests.effort import EFFORT
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


TRUST = (
    '{Version: "2012-10-17", Statement: [{Effect: Allow, Action: "sts:AssumeRole", '
    "Principal: {Service: ec2.amazonaws.com}}]}"
)
PURGED = [
    document("Role", "one", f"{{trustPolicy: {TRUST}}}"),
    document("InstanceProfile", "one", "{role: one}"),
    document("Policy", "one", f"{{document: {DENY}}}"),
]


@pytest.mark.parametrize("seed", range(1 if EFFORT == 1 else EFFORT))
def test_a_purge_leaves_nothing_once_aws_shows_what_there_is(
    seed: int,
    aws: Clients,
    desired: Callable[..., None],
    weathered: Sandbox,
    reconcile: Any,
) -> None:
    desired(*PURGED)
    weathered.weather("late", seed)
    reconcile("apply", "--yes")
    passes: list[Any] = []
    while len(passes) < 5 and (not passes or passes[-1].status):
        # By then all shows that there is, and nothing that has gone; so does the lock.
        weathered.turn(90)
        if dead := re.search(r"`reconcile (unlock) (\S+)`", passes[-1].err if passes else ""):
            reconcile(*dead.groups())
        passes.append(reconcile("purge", "--region", "eu-central-1", "--yes"))
    weathered.weather("fair")
    there = world(aws)
    assert [*there["InstanceProfile"], *there["Policy"], *there["Role"]] == [], passes
